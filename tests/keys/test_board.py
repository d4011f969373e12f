"""The board: any two of three open the box, nobody alone, and nobody without their passphrases."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pbvote.errors import InputIsWrong, SettingsError
from pbvote.keys import Keys, board, make_keys
from pbvote.keys.board import WrongPassphrases, give_to_board, unlock_seal_key
from pbvote.keys.polls import make_seal, path_of, public_seal_key, seal_key

POLL = UUID(int=7)
PASSPHRASES = ["seven quiet harbours", "an orchard in the rain", "the last ferry home"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least memory: what is tested here does not depend on how long trying out takes."""
    monkeypatch.setattr(board, "MEMORY_KIB", 64)
    monkeypatch.setattr(board, "PASSES", 1)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys", "vote.example.org")


@pytest.fixture
def backup(keys: Keys) -> str:
    """The printable backup of a board's key."""
    return give_to_board(keys, POLL, PASSPHRASES)


@pytest.mark.parametrize(
    ("passphrases", "codes"),
    [
        (PASSPHRASES[:2], ["board_passphrases"]),
        ([*PASSPHRASES, "one too many of them"], ["board_passphrases"]),
        ([PASSPHRASES[0], PASSPHRASES[0], PASSPHRASES[1]], ["board_passphrases"]),
        ([PASSPHRASES[0], f"  {PASSPHRASES[0].replace(' ', '  ')} ", PASSPHRASES[1]], ["board_passphrases"]),
        ([*PASSPHRASES[:2], "too short  "], ["passphrase_too_short"]),
        ([*PASSPHRASES[:2], "a          b"], ["passphrase_too_short"]),
        (["", "", ""], ["board_passphrases", "passphrase_too_short"]),
    ],
)
def test_refuses_passphrases_that_are_too_short_or_alike_and_makes_no_key(
    keys: Keys, passphrases: list[str], codes: list[str]
) -> None:
    with pytest.raises(InputIsWrong) as refused:
        give_to_board(keys, POLL, passphrases)
    assert [reason.code for reason in refused.value.reasons] == codes
    assert not (keys.folder / "polls").exists()


def test_a_vote_has_one_key(keys: Keys, backup: str) -> None:
    with pytest.raises(SettingsError, match="never replaced"):
        give_to_board(keys, POLL, PASSPHRASES)
    assert path_of(keys, POLL, "seal.board").read_text().strip() == backup
    other = UUID(int=8)
    make_seal(keys, other)
    with pytest.raises(SettingsError, match="never replaced"):
        give_to_board(keys, other, PASSPHRASES)
    assert not path_of(keys, other, "seal.board").exists()


@pytest.mark.usefixtures("backup")
def test_the_host_does_not_keep_the_key(keys: Keys) -> None:
    assert sorted(path.name for path in (keys.folder / "polls").iterdir()) == [
        f"{POLL}.seal.board",
        f"{POLL}.seal.pub",
    ]
    assert {path.stat().st_mode & 0o777 for path in (keys.folder / "polls").iterdir()} == {0o600}
    make_seal(keys, POLL)
    with pytest.raises(SettingsError):
        seal_key(keys, POLL)


def test_the_backup_holds_no_passphrase_and_no_secret_key(keys: Keys, backup: str) -> None:
    secret = unlock_seal_key(keys, POLL, PASSPHRASES[:2]).private_bytes_raw()
    told = [*PASSPHRASES, secret.hex()]
    assert not [one for one in told if one in backup]
    assert [pair["members"] for pair in json.loads(backup)["pairs"]] == [[1, 2], [1, 3], [2, 3]]


@pytest.mark.parametrize("two", [*permutations(range(3), 2)], ids=str)
def test_any_two_open_the_box_in_either_order(keys: Keys, backup: str, two: tuple[int, int]) -> None:
    assert backup
    opened = unlock_seal_key(keys, POLL, [PASSPHRASES[member] for member in two])
    assert opened.public_key() == public_seal_key(keys, POLL)


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize(
    "passphrases",
    [
        [],
        [""],
        ["", ""],
        PASSPHRASES[:1],
        [PASSPHRASES[0], PASSPHRASES[0]],
        [PASSPHRASES[0], "the last ferry house"],
        [PASSPHRASES[0], PASSPHRASES[1].upper()],
        ["some words of nobody", "other words of nobody"],
        [PASSPHRASES[0] + PASSPHRASES[1], ""],
        PASSPHRASES,
        [*PASSPHRASES[:2], "one too many of them"],
    ],
    ids=str,
)
def test_nobody_opens_it_alone_or_with_wrong_words(keys: Keys, passphrases: list[str]) -> None:
    with pytest.raises(WrongPassphrases):
        unlock_seal_key(keys, POLL, passphrases)


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize(
    "typed",
    [
        "  seven quiet harbours ",
        "seven  quiet\tharbours\n",
    ],
)
def test_spaces_do_not_count(keys: Keys, typed: str) -> None:
    unlock_seal_key(keys, POLL, [typed, PASSPHRASES[1]])


def test_letters_count_however_a_keyboard_makes_them(keys: Keys) -> None:
    composed, split = "un été à la plage", "un e\u0301te\u0301 a\u0300 la plage"
    give_to_board(keys, POLL, [composed, *PASSPHRASES[:2]])
    unlock_seal_key(keys, POLL, [split, PASSPHRASES[0]])


def without(document: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != field}


def with_pair(document: dict[str, Any], **change: Any) -> dict[str, Any]:
    return document | {"pairs": [pair | change for pair in document["pairs"]]}


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no object": lambda document: [document],
    "no pairs": lambda document: without(document, "pairs"),
    "no public half": lambda document: without(document, "public"),
    "another format": lambda document: document | {"format": "pbvote board 2"},
    "another vote": lambda document: document | {"poll": str(UUID(int=8))},
    "a public half that is none": lambda document: document | {"public": "zz"},
    "a short public half": lambda document: document | {"public": "ff"},
    "pairs that are none": lambda document: document | {"pairs": 7},
    "a pair without its salt": lambda document: document | {"pairs": [without(document["pairs"][0], "salt")]},
    "a salt that is no text": lambda document: with_pair(document, salt=7),
    "a sealed key that is no base64": lambda document: with_pair(document, sealed="é"),
    "a nonce of another length": lambda document: with_pair(document, nonce="AA=="),
    "a salt of another length": lambda document: with_pair(document, salt="AA=="),
    "a sealed key that is cut": lambda document: with_pair(document, sealed="AA=="),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file_is_named_and_opens_nothing(keys: Keys, backup: str, what: str) -> None:
    path = path_of(keys, POLL, "seal.board")
    path.write_text(json.dumps(DAMAGE[what](json.loads(backup))))
    with pytest.raises((SettingsError, WrongPassphrases)):
        unlock_seal_key(keys, POLL, PASSPHRASES[:2])


@pytest.mark.parametrize("text", ["", "{", "null", "[1]", "seal"])
def test_a_file_that_is_no_document_is_damaged(keys: Keys, backup: str, text: str) -> None:
    assert backup
    path_of(keys, POLL, "seal.board").write_text(text)
    with pytest.raises(SettingsError, match="damaged"):
        unlock_seal_key(keys, POLL, PASSPHRASES[:2])


def test_a_box_of_another_vote_is_not_opened(keys: Keys, backup: str) -> None:
    other = UUID(int=8)
    path_of(keys, other, "seal.board").write_text(backup.replace(str(POLL), str(other)))
    path_of(keys, other, "seal.board").chmod(0o600)
    with pytest.raises(WrongPassphrases):
        unlock_seal_key(keys, other, PASSPHRASES[:2])


def test_trying_out_takes_as_long_as_it_should() -> None:
    """RFC 9106, section 4, second recommendation; the fixture of this page changes the module, not the default."""
    source = Path(board.__file__).read_text()
    assert "MEMORY_KIB, PASSES, LANES = 65_536, 3, 4" in source
