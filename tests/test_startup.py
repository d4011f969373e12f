"""Starting the server loads nothing that it does not need: NumPy, Alembic and others come when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from pbvote.commands import running
from pbvote.db import migrations_folder
from pbvote.db.migrations import newest_revision
from pbvote.settings import Settings

HEAVY = ("PIL", "alembic", "mako", "numpy", "psycopg", "pygments", "segno")


def loaded_after(statements: str) -> set[str]:
    """Which of the heavy packages a new process has loaded."""
    ask = f"import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    command = [sys.executable, "-c", f"{statements}\n{ask}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # our own statements
    return set(ran.stdout.split())


def test_the_app_loads_nothing_heavy() -> None:
    assert loaded_after("import pbvote.app") == set()


def test_what_is_heavy_is_loaded_when_it_is_used() -> None:
    assert "numpy" in loaded_after("from pbvote.tally.arrays import np; np.zeros(1)")
    assert "alembic" in loaded_after("import pbvote.schema; from alembic import command")
    assert "segno" in loaded_after("from pbvote.nights.qr import qr_code; qr_code('x')")


def test_the_newest_revision_is_the_one_that_alembic_would_go_to() -> None:
    assert newest_revision() == ScriptDirectory(str(migrations_folder())).get_current_head()


async def test_a_schema_that_is_there_is_left_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(url: str) -> None:
        raise AssertionError(url)

    monkeypatch.setattr(running, "migrate", never)
    await running.schema_is_there(settings)
