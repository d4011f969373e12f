"""The doctor finds what is wrong, says what to do, and has nothing to say where all is well."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, text, update

from pbvote.ballotlog.models import LogHold
from pbvote.db import Database, connect
from pbvote.db.leadership import LOCK
from pbvote.keys import Keys
from pbvote.notices.models import Outgoing
from pbvote.operations import doctor, surroundings
from pbvote.operations.backup import make_backup, note
from pbvote.operations.checks import CHECKS, machine, upkeep, votes
from pbvote.operations.checks.finding import Finding, Level
from pbvote.operations.disk import MIB, Disk
from pbvote.operations.doctor import exit_code, findings
from pbvote.operations.snapshot import connection_to
from pbvote.rounds.models import Round
from pbvote.settings import Mail, Settings, read_settings
from tests.conftest import SettableClock
from tests.operations.kept import Vote, begin_a_vote, enter, vote_with
from tests.operations.test_backup import pbvote


@pytest.fixture
async def vote(database: Database, keys: Keys, clock: SettableClock) -> Vote:
    return await begin_a_vote(database, keys, clock)


async def of(name: str, database: Database, settings: Settings, *, thorough: bool = True) -> list[Finding]:
    return [one for one in await findings(database, settings, thorough=thorough) if one.name == name]


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.name: one.level for one in found}


async def test_where_all_is_well_there_is_nothing_to_do(
    settings: Settings, database: Database, vote: Vote, tmp_path: Path
) -> None:
    """All but what the tests' own surroundings lack: their PostgreSQL forgets, and no server runs."""
    del vote
    await note(database, await make_backup(settings, tmp_path / "kept.pbbackup"))
    if settings.database_file:
        Disk(settings.database_file).look()
    found = await findings(database, settings)
    bad = {name for name, level in levels(found).items() if level != "good"}
    assert bad - {"clock"} == ({"leader"} if settings.embedded else {"leader", "durability"})
    assert [one.name for one in found if one.level == "good" and one.remedy] == []
    assert [one.name for one in found if one.level != "good" and not one.remedy] == []


async def test_a_vote_without_a_backup_is_wrong(
    settings: Settings, database: Database, vote: Vote, tmp_path: Path
) -> None:
    del vote
    assert levels(await of("backup", database, settings, thorough=False)) == {"backup": "wrong"}
    made = await make_backup(settings, tmp_path / "kept.pbbackup")
    await note(database, made)
    assert levels(await of("backup", database, settings, thorough=False)) == {"backup": "good"}


@pytest.mark.parametrize(
    ("voting", "hours", "level"),
    [(True, 25, "good"), (True, 27, "wrong"), (False, 27, "look"), (False, 24 * 9, "wrong")],
)
async def test_an_old_backup(
    settings: Settings,
    database: Database,
    vote: Vote,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
    level: str,
    *,
    voting: bool,
) -> None:
    del vote

    async def made(_: object) -> datetime:
        return datetime.now(UTC) - timedelta(hours=hours)

    monkeypatch.setattr(upkeep, "last_backup", made)
    if not voting:
        async with database.session(write=True) as db:
            await db.execute(update(Round).values(phase="counting"))
    assert levels(await of("backup", database, settings, thorough=False)) == {"backup": level}


@pytest.mark.parametrize("name", ["pepper.key", "sign.key", "polls/{poll}.link", "polls/{poll}.seal"])
async def test_a_missing_key(settings: Settings, database: Database, vote: Vote, name: str) -> None:
    assert levels(await of("keys", database, settings, thorough=False)) == {"keys": "good"}
    (settings.keys_dir / name.format(poll=vote.poll)).unlink()
    found = await of("keys", database, settings, thorough=False)
    assert levels(found) == {"keys": "wrong"}
    assert name.format(poll=vote.poll) in found[0].sentence
    assert "copy of the keys" in found[0].remedy


async def test_keys_that_others_can_read(settings: Settings, database: Database) -> None:
    settings.keys_dir.chmod(0o755)
    found = await of("keys", database, settings, thorough=False)
    assert ("wrong", True) in {(one.level, "chmod 700" in one.remedy) for one in found}


async def test_a_schema_of_another_release(settings: Settings, database: Database) -> None:
    async with database.session(write=True) as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '0012'"))
    (found,) = await of("schema", database, settings, thorough=False)
    assert (found.level, "pbvote migrate" in found.remedy) == ("wrong", True)


async def test_durability(settings: Settings, database: Database) -> None:
    """The tests' own PostgreSQL is fast and forgetful; SQLite is opened as it is for people."""
    found = await of("durability", database, settings, thorough=False)
    assert {one.level for one in found} == ({"good"} if settings.embedded else {"wrong"})


async def test_a_changed_entry_of_a_log_is_found_by_reading_all_of_it(
    settings: Settings, database: Database, vote: Vote
) -> None:
    del vote
    async with database.session(write=True) as db:
        if settings.embedded:
            await db.execute(text("DROP TRIGGER log_leaves_no_update"))
        else:
            await db.execute(text("DROP TRIGGER log_leaves_append_only ON log_leaves"))
        await db.execute(text("UPDATE log_leaves SET leaf = :other WHERE number = 7"), {"other": f"ballot {'0' * 64}"})
    assert levels(await of("logs", database, settings, thorough=True)) == {"logs": "wrong"}
    assert levels(await of("logs", database, settings, thorough=False)) == {"logs": "good"}, "roots only: the control"


async def test_a_held_log(settings: Settings, database: Database, vote: Vote) -> None:
    moment = datetime.now(UTC)
    assert levels(await of("held logs", database, settings, thorough=False)) == {"held logs": "good"}
    async with database.session(write=True) as db:
        db.add(LogHold(poll_id=vote.poll, held_at=moment, backup_at=moment, size=27))
    (found,) = await of("held logs", database, settings, thorough=False)
    assert (found.level, "pbvote continue-log" in found.remedy) == ("wrong", True)


async def test_messages_that_nobody_sends(settings: Settings, database: Database) -> None:
    posting = replace(settings, mail=Mail("forum@example.org"))
    assert levels(await of("outbox", database, posting, thorough=False)) == {"outbox": "good"}
    async with database.session(write=True) as db:
        db.add(Outgoing(id=uuid4(), kind="x", sealed=b"", tries=2, next_try_at=datetime.now(UTC) + timedelta(hours=1)))
    assert levels(await of("outbox", database, settings, thorough=False)) == {"outbox": "look"}, "no mail server"
    assert levels(await of("outbox", database, posting, thorough=False)) == {"outbox": "look"}, "refused before"
    async with database.session(write=True) as db:
        await db.execute(update(Outgoing).values(next_try_at=datetime.now(UTC) - timedelta(hours=1)))
    assert levels(await of("outbox", database, posting, thorough=False)) == {"outbox": "wrong"}
    async with database.session(write=True) as db:
        await db.execute(delete(Outgoing))


@contextmanager
def leading(settings: Settings) -> Iterator[None]:
    """Somebody holds the leader's lock."""
    if settings.database_file:
        with settings.database_file.with_name("pbvote.db-leader").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with connection_to(settings.database_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield


async def test_whether_anybody_leads(settings: Settings, database: Database) -> None:
    assert levels(await of("leader", database, settings, thorough=False)) == {"leader": "look"}
    with leading(settings):
        assert levels(await of("leader", database, settings, thorough=False)) == {"leader": "good"}


async def test_a_batch_that_does_not_move(
    settings: Settings, database: Database, keys: Keys, vote: Vote, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vote_with(database, keys, vote, 28, 50)
    monkeypatch.setattr(votes, "BATCH_WITHIN", 0)
    (found,) = await of("batches", database, settings)
    assert found.level == "wrong"
    await enter(database, keys, vote.poll)
    assert levels(await of("batches", database, settings)) == {"batches": "good"}


async def test_a_round_past_its_time(settings: Settings, database: Database, vote: Vote, clock: SettableClock) -> None:
    del vote
    assert levels(await of("rounds", database, settings, thorough=False)) == {"rounds": "good"}
    clock.advance(days=30)
    (found,) = await of("rounds", database, settings, thorough=False)
    assert (found.level, "harbourside-2026" in found.sentence) == ("look", True)


async def test_clocks_that_differ(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "ntp_says", lambda: True)
    assert levels(await of("clock", database, settings, thorough=False)) == {"clock": "good"}
    monkeypatch.setattr(surroundings, "ntp_says", lambda: False)
    assert levels(await of("clock", database, settings, thorough=False)) == {"clock": "look"}
    for seconds, level in ((5, "look"), (-60, "wrong")):

        async def other(_: object, seconds: int = seconds) -> datetime:
            return datetime.now(UTC) + timedelta(seconds=seconds)

        monkeypatch.setattr(machine, "database_clock", other)
        (found,) = await of("clock", database, settings, thorough=False)
        assert (found.level, f"{abs(seconds)} s apart" in found.sentence) == (level, True)


async def test_a_check_that_cannot_look_says_so_and_the_others_go_on(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: object) -> list[Finding]:
        raise OSError("a secret that nobody should read")

    monkeypatch.setattr(doctor, "CHECKS", {"outbox": fails, "schema": CHECKS["schema"]})
    found = await findings(database, settings, thorough=False)
    assert levels(found) == {"outbox": "wrong", "schema": "good"}
    assert "secret" not in found[0].sentence


@pytest.mark.parametrize(("seen", "code"), [([], 0), (["good"], 0), (["good", "look"], 1), (["wrong", "look"], 2)])
def test_the_exit_code_is_that_of_the_worst(seen: list[Level], code: int) -> None:
    assert exit_code([Finding("x", level, "Words.") for level in seen]) == code


def free(amount: int) -> Callable[[Path], int]:
    return lambda _: amount * MIB


@pytest.mark.parametrize(
    ("amount", "reserve", "level", "words"),
    [(100, False, "wrong", "reserve"), (100, True, "wrong", "only votes"), (400, True, "look", "no uploads")],
)
async def test_little_room(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    amount: int,
    level: str,
    words: str,
    *,
    reserve: bool,
) -> None:
    settings = read_settings({"PBVOTE_DATA_DIR": str(tmp_path / "data"), "PBVOTE_KEYS_DIR": str(tmp_path / "keys")})
    assert settings.database_file
    if reserve:
        Disk(settings.database_file).look()
    monkeypatch.setattr(machine, "Disk", lambda file: Disk(file, usage=free(amount)))
    database = connect(sqlite_url)
    (found,) = await of("disk", database, settings, thorough=False)
    assert (found.level, words in found.sentence) == (level, True)
    await database.close()


async def test_the_command_as_text_and_as_json(settings: Settings, vote: Vote) -> None:
    del vote
    done = pbvote(settings, "doctor", "--quick")
    assert done.returncode == 2, "there is no backup, and people vote"
    assert "WRONG  backup: There was no backup yet." in done.stdout
    assert "pbvote backup FOLDER" in done.stdout
    done = pbvote(settings, "doctor", "--quick", "--format", "json")
    assert {"name", "level", "sentence", "remedy"} == set(json.loads(done.stdout)[0])
