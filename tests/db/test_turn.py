"""Turns to write: one at a time, in spite of deaths, and never a reason not to write."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import connect
from pbvote.db.turn import Turn

HOLDS = "import sys; from pathlib import Path; from pbvote.db.turn import Turn\n"
HOLDS += "Turn(Path(sys.argv[1])).take(); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, whose turn it is."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "turn")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def waits(turn: Turn) -> tuple[threading.Thread, threading.Event]:
    """Somebody who waits for a turn, and the event that tells of it."""
    has = threading.Event()

    def take() -> None:
        turn.take()
        has.set()
        turn.give_on()

    thread = threading.Thread(target=take)
    thread.start()
    return thread, has


def test_a_turn_is_waited_for_until_the_other_process_dies(other: subprocess.Popen[str], tmp_path: Path) -> None:
    turn = Turn(tmp_path / "turn")
    thread, has = waits(turn)
    assert not has.wait(0.3)
    other.kill()
    thread.join(30)
    assert has.is_set()
    turn.close()


async def test_a_transaction_has_the_turn_from_its_beginning_to_its_end_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "turns.db"
    database, other = connect(f"sqlite+aiosqlite:///{path}"), Turn(path.with_name("turns.db-writing"))
    waiting: list[tuple[threading.Thread, threading.Event]] = []

    async def work(db: AsyncSession) -> None:
        other.take()  # nothing has been asked yet: it is anybody's turn
        other.give_on()
        await db.execute(text("SELECT 1"))
        waiting.append(waits(other))
        assert not waiting[-1][1].wait(0.2)

    async def fails(db: AsyncSession) -> None:
        await work(db)
        raise ZeroDivisionError

    await database.write_whole(work)
    waiting[0][0].join(30)
    with pytest.raises(ZeroDivisionError):
        await database.write_whole(fails)
    waiting[1][0].join(30)
    assert all(has.is_set() for _, has in waiting)
    await database.close()
    other.close()


def test_where_no_file_can_be_made_everybody_writes(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "no such folder" / "turn")
    turn.give_on()
    turn.take()
    assert turn.file is None
    turn.give_on()
    turn.close()
