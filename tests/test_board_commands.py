"""`pbvote keys board`, `rehearse`, `show` and `restore-board` as three people at a terminal use them."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import anyio
import pypdf
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from pbvote.commands.keys import command
from pbvote.db import connect, migrate
from pbvote.keys import board as board_module
from pbvote.keys import make_keys
from pbvote.rounds.models import Poll, Round
from pbvote.settings import Settings, read_settings
from tests.house import make_people, make_round

SLUG = "harbourside-2026"
BOARD = ["seven grey herons", "a lock without key", "the third of three"]
TYPED = "".join(f"{one}\n{one}\n" for one in BOARD)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with one round in review, whose key a board is to keep."""
    monkeypatch.setattr(board_module, "MEMORY_KIB", 8 * board_module.LANES)
    for name in [name for name in os.environ if name.startswith("PBVOTE_")]:  # those of the tests are no settings
        monkeypatch.delenv(name)
    for name, folder in (("DATA_DIR", "data"), ("KEYS_DIR", "keys")):
        monkeypatch.setenv(f"PBVOTE_{name}", str(tmp_path / folder))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    read = read_settings({"PBVOTE_DATA_DIR": str(tmp_path / "data"), "PBVOTE_KEYS_DIR": str(tmp_path / "keys")})
    make_keys(read.keys_dir, read.name)
    anyio.run(migrate, read.database_url)
    anyio.run(_prepare, read)
    return read


async def _prepare(settings: Settings) -> None:
    database = connect(settings.database_url)
    await make_people(database)
    await make_round(database)
    await database.close()
    await change(settings, Poll, custody="board")


async def change(settings: Settings, table: type[Poll | Round], **values: object) -> None:
    database = connect(settings.database_url)
    async with database.session(write=True) as db:
        await db.execute(update(table).values(**values))
    await database.close()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=typed)


def seal_files(settings: Settings) -> list[str]:
    return sorted(path.suffix for path in (settings.keys_dir / "polls").glob("*"))


@pytest.mark.usefixtures("settings")
def test_a_round_that_is_not_there_is_said_to_be_missing() -> None:
    for name in ("board", "rehearse", "show"):
        assert "There is no round 'nowhere'" in str(run(name, "nowhere").exception)


def test_a_key_that_the_service_keeps_is_not_given_away(settings: Settings) -> None:
    anyio.run(lambda: change(settings, Poll, custody="host"))
    assert "choose a board on the page of the vote first" in str(run("board", SLUG, typed=TYPED).exception)
    assert "The keys work" in run("rehearse", SLUG).output


def test_nobody_gets_the_key_of_a_vote_that_is_open(settings: Settings) -> None:
    anyio.run(lambda: change(settings, Round, phase="voting"))
    done = run("board", SLUG, typed=TYPED)
    assert done.exception is not None
    assert "Passphrase" not in done.output
    assert seal_files(settings) == []


def test_weak_and_equal_passphrases_are_asked_for_again(settings: Settings) -> None:
    first, second, third = BOARD
    again = ["short", first, first, first, second, second, third, "mistyped by hand", third, third]
    done = run("board", SLUG, typed="\n".join(again))
    assert done.exit_code == 0, done.output
    assert "at least 12 characters" in done.output
    assert "Another member has this passphrase" in done.output
    assert not any(one in done.output for one in BOARD)
    assert ".board" in seal_files(settings)


def test_three_people_get_the_key_and_a_backup_that_brings_it_back(settings: Settings, tmp_path: Path) -> None:
    done = run("board", SLUG, typed=TYPED)
    assert done.exit_code == 0, done.output
    file = tmp_path / f"{SLUG}-board.pdf"
    assert file.stat().st_mode & 0o777 == 0o600
    assert seal_files(settings) == [".board", ".link", ".pub"]
    kept = next((settings.keys_dir / "polls").glob("*.board"))
    text = kept.read_text().strip()
    [page] = pypdf.PdfReader(io.BytesIO(file.read_bytes()), strict=True).pages
    printed = page.extract_text()
    lines = "".join(line.strip() for line in printed.partition('{"format"')[1:] for line in line.splitlines())
    assert json.loads(lines) == json.loads(text)
    shown = run("show", SLUG).output
    [seal] = re.findall(r"sealed with: ([0-9a-f]{64})", shown)
    assert seal in printed.replace("\n", "")
    assert "a board of three people" in shown
    kept.unlink()
    assert "restore-board" in str(run("rehearse", SLUG, typed=f"{BOARD[0]}\n{BOARD[1]}\n").exception)
    restored = run("restore-board", SLUG, "-", typed="\n".join(text[at : at + 64] for at in range(0, len(text), 64)))
    assert restored.exit_code == 0, restored.exception
    assert "The keys work" in run("rehearse", SLUG, typed=f"{BOARD[2]}\n{BOARD[0]}\n").output
    wrong = run("rehearse", SLUG, typed=f"{BOARD[2]}\nnot of this board\n")
    assert "these two do not open the box" in str(wrong.exception)


def test_a_second_board_or_a_file_that_is_there_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / f"{SLUG}-board.pdf").write_text("something precious")
    assert isinstance(run("board", SLUG, typed=TYPED).exception, FileExistsError)
    assert seal_files(settings) == []
    assert run("board", SLUG, "--backup", str(tmp_path / "other.pdf"), typed=TYPED).exit_code == 0
    assert "has its board already" in str(run("board", SLUG, typed=TYPED).exception)
    assert (tmp_path / f"{SLUG}-board.pdf").read_text() == "something precious"
