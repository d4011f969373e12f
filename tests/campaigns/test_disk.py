"""The simulated disk keeps what was synced and nothing that it need not keep; it fails when it is told to."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns.disk import PAGE, Disk, compiled
from tests.campaigns.rows import Row, read_rows, table

OPEN = (
    "import os; f = os.open('new', os.O_RDWR | os.O_CREAT); old = os.open('old', os.O_RDWR); here = os.open('.', 0); "
)


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old").write_bytes(b"before")
    return Disk(tmp_path / "data", tmp_path / "disk", random.Random(1))  # noqa: S311  # what a disk keeps


def after(
    disk: Disk, shim: Path, program: str, kept: float, fail: tuple[str, int, int] | None = None
) -> dict[str, bytes]:
    """The folder after the program and a power cut; `fail` is a kind, its number and its error."""
    control = disk.begin()
    if fail:
        control.fail(*fail)
    env = os.environ | disk.env | {"LD_PRELOAD": str(shim)}
    subprocess.run([sys.executable, "-I", "-c", OPEN + program], cwd=disk.folder, env=env, check=True)
    disk.cut(kept)
    return {path.name: path.read_bytes() for path in disk.folder.iterdir()}


BOTH = {"new": b"one", "old": b"before"}


@pytest.mark.parametrize(
    ("program", "nothing_kept", "all_kept"),
    [
        ("os.write(f, b'one'); os.fsync(f); os.fsync(here)", BOTH, BOTH),
        ("os.write(f, b'one'); os.fsync(f)", {"old": b"before"}, BOTH),
        ("os.write(f, b'one'); os.fsync(here)", {"new": b"", "old": b"before"}, BOTH),
        ("os.pwrite(old, b'BE', 0)", {"old": b"before"}, {"new": b"", "old": b"BEfore"}),
        ("os.pwrite(old, b'BE', 0); os.fdatasync(old)", {"old": b"BEfore"}, {"new": b"", "old": b"BEfore"}),
        ("os.pwrite(old, b'BE', 0); os.fsync(f)", {"old": b"before"}, {"new": b"", "old": b"BEfore"}),
        ("os.ftruncate(old, 2)", {"old": b"before"}, {"new": b"", "old": b"be"}),
        ("os.unlink('old')", {"old": b"before"}, {"new": b""}),
        ("os.unlink('old'); os.fsync(here)", {"new": b""}, {"new": b""}),
        ("os.rename('old', 'moved')", {"old": b"before"}, {"new": b"", "moved": b"before"}),
        (
            "os.rename('old', 'moved'); os.fsync(here)",
            {"new": b"", "moved": b"before"},
            {"new": b"", "moved": b"before"},
        ),
    ],
)
def test_what_is_left(
    program: str, nothing_kept: dict[str, bytes], all_kept: dict[str, bytes], disk: Disk, shim: Path
) -> None:
    assert after(disk, shim, program, 0.0) == nothing_kept
    for path in disk.folder.iterdir():
        path.unlink()
    (disk.folder / "old").write_bytes(b"before")
    assert after(disk, shim, program, 1.0) == all_kept


CARELESS = """
os.pwrite(old, b'BE', 0)
try: os.fsync(old)
except OSError: pass
"""


def test_a_sync_after_one_that_failed_saves_nothing(disk: Disk, shim: Path) -> None:
    failed = ("sync", 1, errno.EIO)
    assert after(disk, shim, CARELESS + "os.fsync(old)", 0.0, failed)["old"] == b"before"
    assert after(disk, shim, CARELESS + "os.pwrite(old, b'BE', 0); os.fsync(old)", 0.0, failed)["old"] == b"BEfore"


def test_a_write_may_be_short(disk: Disk, shim: Path) -> None:
    program = "assert os.pwrite(old, b'BEFORE', 0) == 3; os.fsync(old)"
    assert after(disk, shim, program, 0.0, ("write", 1, 0))["old"] == b"BEFore"


def test_some_pages_are_kept_and_some_are_torn(disk: Disk, shim: Path) -> None:
    (disk.folder / "old").write_bytes(bytes(64 * PAGE))
    left = after(disk, shim, f"os.pwrite(old, b'x' * {64 * PAGE}, 0)", 0.5)["old"]
    pages = [left[at : at + PAGE] for at in range(0, len(left), PAGE)]
    assert {bytes(PAGE), b"x" * PAGE} < set(pages)


def test_rows_of_slices_are_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.campaigns.rows.FOLDER", tmp_path)
    for lost in (0, 1):
        Row("power cut I/O", "SQLite", 20, 7_000, lost, control_runs=1, control_found=1, control_lost=12).write()
    [row] = read_rows(tmp_path)
    assert (row.runs, row.acknowledged, row.lost, row.control_found) == (40, 14_000, 1, 2)
    assert "| power cut I/O | SQLite | 40 | 14,000 | 1 | 0 | 0 | 2 of 2 runs found it (24 faults) |" in table([row])
