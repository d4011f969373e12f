"""Turns to write: one at a time, in spite of deaths, and never a reason not to write."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbvote.db.turn import Turn

HOLDS = "import sys; from pathlib import Path; from pbvote.db.turn import Turn\n"
HOLDS += "Turn(Path(sys.argv[1])).__enter__(); print('held', flush=True); sys.stdin.read()"


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
        with turn:
            has.set()

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


def test_a_turn_is_given_on_when_the_block_ends_however_it_ends(tmp_path: Path) -> None:
    first, second = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")
    waiting: list[tuple[threading.Thread, threading.Event]] = []

    def fail() -> None:
        with first:
            waiting.append(waits(second))
            assert not waiting[0][1].wait(0.2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    thread, has = waiting[0]
    thread.join(30)
    assert has.is_set()
    with first:  # once more
        pass
    first.close()
    second.close()
    second.close()


def test_where_no_file_can_be_made_everybody_writes(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "no such folder" / "turn")
    with turn:
        assert turn.file is None
    turn.close()
