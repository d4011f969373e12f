from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pbvote.errors import SettingsError
from pbvote.keys import keys_exist, make_keys, read_keys
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


def test_keys_are_made_once_for_their_owner_only_and_never_replaced(tmp_path: Path) -> None:
    made = make_keys(tmp_path / "keys")
    assert keys_exist(tmp_path / "keys")
    assert read_keys(tmp_path / "keys") == made
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    with pytest.raises(SettingsError, match="never replaced"):
        make_keys(tmp_path / "keys")
    assert read_keys(tmp_path / "keys") == made
    assert made.link.hex() not in repr(made)


def test_refuses_keys_that_are_missing_damaged_or_open_to_others(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keys init"):
        read_keys(tmp_path)
    make_keys(tmp_path)
    (tmp_path / "link.key").chmod(0o644)
    with pytest.raises(SettingsError, match="mode 644"):
        read_keys(tmp_path)
    (tmp_path / "link.key").chmod(0o600)
    (tmp_path / "link.key").write_text("abc")
    with pytest.raises(SettingsError, match="damaged"):
        read_keys(tmp_path)
