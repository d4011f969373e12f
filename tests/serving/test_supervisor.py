"""The parent of several processes, with small children in the server's place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from pbvote.serving.inheritance import Inherited

HERE = Path(__file__).parent
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Family:
    folder: Path
    parent: subprocess.Popen[str]

    def births(self) -> list[tuple[int, float, bool]]:
        """Process, moment and whether it took another one's place, of every child so far."""
        path = self.folder / "births"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), float(moment), replaces == "1") for pid, moment, replaces in map(str.split, lines)]

    def living(self) -> set[int]:
        return {pid for pid, _, _ in self.births() if lives(pid)}

    def ask(self) -> int:
        """Which child answers."""
        port = int((self.folder / "port").read_text())
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            return int(connection.recv(100))


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@contextmanager
def family(folder: Path, kind: str, workers: int) -> Iterator[Family]:
    command = [sys.executable, str(HERE / "parent.py"), kind, str(folder), str(workers)]
    root = HERE.parents[1]
    environment = {"PYTHONPATH": str(root), "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, env=environment, cwd=root, stderr=subprocess.PIPE, text=True) as parent:
        made = Family(folder, parent)
        try:
            yield made
        finally:
            parent.kill()
            for pid in made.living():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("text", ["", "x", "1,2", "1,,3"])
def test_what_is_no_inheritance_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not enough values"):
        Inherited.read(text)


def test_an_inheritance_reads_as_it_was_written() -> None:
    given = Inherited((7, 9), 3, 4, replaces=True)
    assert Inherited.read(str(given)) == given
    assert given.descriptors == (3, 4, 7, 9)


def test_a_child_that_cannot_start_ends_everything_and_says_why_once(tmp_path: Path) -> None:
    with family(tmp_path, "wrong", 4) as started:
        _, told = started.parent.communicate(timeout=PATIENCE)
        assert (started.parent.returncode, told) == (2, "pbvote: the moon is not full.\n")
        assert len(started.births()) == 1


def test_a_child_that_dies_is_replaced_and_nobody_waits_for_it(tmp_path: Path) -> None:
    with family(tmp_path, "well", 2) as started:
        until(lambda: len(started.living()) == 2)
        killed = started.ask()
        os.kill(killed, signal.SIGKILL)
        assert started.ask() != killed
        until(lambda: len(started.births()) == 3)
        assert [replaces for _, _, replaces in started.births()] == [False, False, True]


def test_one_that_dies_again_and_again_is_replaced_ever_later(tmp_path: Path) -> None:
    with family(tmp_path, "short", 2) as started:
        until(lambda: len(started.living()) == 2)
        os.kill(started.births()[1][0], signal.SIGKILL)
        until(lambda: len(started.births()) == 6)
        moments = [moment for _, moment, replaces in started.births() if replaces]
        pauses = [after - before for before, after in pairwise(moments)]
        assert all(pause > 0.1 * 2**turn for turn, pause in enumerate(pauses, start=1)), pauses
        assert started.births()[0][0] in started.living()  # the other one is left alone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["well", "stubborn"])
def test_told_to_stop_all_of_them_end(tmp_path: Path, kind: str, number: signal.Signals) -> None:
    with family(tmp_path, kind, 3) as started:
        until(lambda: len(started.living()) == 3)
        started.ask()
        started.parent.send_signal(number)
        assert started.parent.wait(PATIENCE) == 0
        assert not started.living()
        with pytest.raises(ConnectionRefusedError):
            started.ask()


def test_told_to_stop_while_the_first_one_starts_it_ends(tmp_path: Path) -> None:
    with family(tmp_path, "well", 2) as started:
        until((tmp_path / "port").exists)
        until(lambda: bool(started.births()))
        started.parent.terminate()
        started.parent.wait(PATIENCE)
        until(lambda: not started.living())


def test_nobody_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    with family(tmp_path, "well", 3) as started:
        until(lambda: len(started.living()) == 3)
        started.parent.kill()
        until(lambda: not started.living())


def test_control_children_that_do_not_watch_would_be_left(tmp_path: Path) -> None:
    with family(tmp_path, "deaf", 3) as started:
        until(lambda: len(started.living()) == 3)
        started.parent.kill()
        started.parent.wait(PATIENCE)
        assert started.ask() in started.living()
