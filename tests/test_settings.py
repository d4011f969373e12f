from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pbvote.errors import SettingsError
from pbvote.keys import Keys, keys_exist, make_keys, read_keys
from pbvote.settings import read_settings


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PBVOTE_PORT": "eighty"}, ["PBVOTE_PORT", "eighty", "1 to 65535"]),
        ({"PBVOTE_PORT": "0"}, ["PBVOTE_PORT", "1 to 65535"]),
        ({"PBVOTE_PORT": "٣"}, ["PBVOTE_PORT"]),
        ({"PBVOTE_DATABASE_URL": "mysql://x"}, ["PBVOTE_DATABASE_URL", "postgresql+psycopg"]),
        ({"PBVOTE_BASE_URL": "vote.example.org"}, ["PBVOTE_BASE_URL", "https://vote.example.org"]),
        ({"PBVOTE_BASE_URL": "https://vote.example.org/path"}, ["PBVOTE_BASE_URL"]),
        ({"PBVOTE_TRUSTED_PROXIES": "10.0.0.1, proxy"}, ["PBVOTE_TRUSTED_PROXIES", "proxy"]),
        ({"PBVOTE_KEYS_DIR": "data/keys", "PBVOTE_DATA_DIR": "data"}, ["PBVOTE_KEYS_DIR", "outside"]),
        ({"PBVOTE_COLOUR": "green"}, ["PBVOTE_COLOUR", "not a setting"]),
    ],
)
def test_refuses_a_setting_that_does_not_parse_naming_it_and_what_was_expected(
    variables: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(variables)
    assert all(word in str(refused.value) for word in words)


def test_without_any_variable_everything_is_on_this_machine() -> None:
    settings = read_settings({})
    assert settings.embedded
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")


def test_the_command_says_what_is_wrong_in_one_sentence_without_a_traceback() -> None:
    command = [sys.executable, "-m", "pbvote", "serve"]
    root = Path(__file__).resolve().parents[1]
    environment = {"PBVOTE_PORT": "eighty", "PATH": "/usr/bin:/bin"}
    refused = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=root)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr == "pbvote: PBVOTE_PORT is 'eighty'; expected a port number from 1 to 65535.\n"


NAME = "vote.example.org"
FILES = ("pepper.key", "sign.key", "ticket.key")


def content(keys: Keys) -> tuple[bytes, bytes, str, bytes]:
    return keys.pepper, keys.ticket, keys.sign.name, keys.sign.private.private_bytes_raw()


def test_keys_are_made_once_for_their_owner_only_and_never_replaced(tmp_path: Path) -> None:
    made = make_keys(tmp_path / "keys", NAME)
    assert keys_exist(tmp_path / "keys")
    assert content(read_keys(tmp_path / "keys")) == content(made)
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == list(FILES)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    with pytest.raises(SettingsError, match="never replaced"):
        make_keys(tmp_path / "keys", NAME)
    assert content(read_keys(tmp_path / "keys")) == content(made)
    secrets = [made.pepper.hex(), repr(made.pepper), made.sign.private.private_bytes_raw().hex()]
    assert not any(secret in repr(made) + repr(made.sign) for secret in secrets)


def test_the_signing_key_has_the_name_of_the_installation(tmp_path: Path) -> None:
    assert make_keys(tmp_path, "vote.example.org:8443").sign.verify_key.text.startswith("vote.example.org:8443+")
    settings = read_settings({"PBVOTE_BASE_URL": "https://vote.example.org:8443"})
    assert settings.name == "vote.example.org:8443"


@pytest.mark.parametrize("missing", FILES)
def test_a_part_of_the_keys_is_neither_used_nor_completed(tmp_path: Path, missing: str) -> None:
    make_keys(tmp_path, NAME)
    (tmp_path / missing).unlink()
    with pytest.raises(SettingsError, match=missing):
        read_keys(tmp_path)
    with pytest.raises(SettingsError, match=f"expected {missing} from your copy"):
        make_keys(tmp_path, NAME)
    assert not (tmp_path / missing).exists()


@pytest.mark.parametrize("file", FILES)
def test_refuses_keys_that_are_missing_damaged_or_open_to_others(tmp_path: Path, file: str) -> None:
    with pytest.raises(SettingsError, match="keys init"):
        read_keys(tmp_path)
    make_keys(tmp_path, NAME)
    (tmp_path / file).chmod(0o644)
    with pytest.raises(SettingsError, match="mode 644"):
        read_keys(tmp_path)
    (tmp_path / file).chmod(0o600)
    (tmp_path / file).write_text("abc")
    with pytest.raises(SettingsError, match="damaged"):
        read_keys(tmp_path)


def test_refuses_a_signing_key_whose_name_was_changed(tmp_path: Path) -> None:
    make_keys(tmp_path, NAME)
    text = (tmp_path / "sign.key").read_text()
    (tmp_path / "sign.key").write_text(text.replace(NAME, "else.example.org"))
    with pytest.raises(SettingsError, match="damaged"):
        read_keys(tmp_path)
