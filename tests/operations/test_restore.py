"""Restoring: never over something silently, with the keys that belong to it, and never so that a log can fork."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Login
from pbvote.accounts.roles import Actor
from pbvote.ballotbox.checkpoints import open_checkpoint
from pbvote.ballotlog.holds import LogIsHeld, LogWouldFork, read_seen
from pbvote.ballotlog.models import LogCheckpoint, LogHold, LogLeaf
from pbvote.ballotlog.service import intact_leaves, newest_checkpoint
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.errors import SettingsError
from pbvote.keys import Keys, make_keys
from pbvote.operations import restore as restoring
from pbvote.operations.backup import make_backup
from pbvote.operations.continuing import continue_logs
from pbvote.operations.lately import last_backup
from pbvote.operations.manifest import BackupIsDamaged, read_manifest
from pbvote.operations.restore import restore
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Round
from pbvote.rounds.phases import VotingIsPaused
from pbvote.settings import Settings
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, cast
from pbvote.voting.interruptions import resume_voting
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, _postgres, postgres_url
from tests.house import agree_to_open, make_codes, make_people, make_round, two_officers
from tests.operations.kept import Vote, begin_a_vote, elsewhere, enter, vote_with
from tests.operations.test_backup import pbvote

pytestmark = pytest.mark.usefixtures("postgres_template")  # the cluster runs before anything asynchronous does


@dataclass
class Kept:
    """A vote, its backup, and where it was made."""

    vote: Vote
    backup: Path
    source: Settings


@pytest.fixture
async def kept(settings: Settings, database: Database, keys: Keys, clock: SettableClock, tmp_path: Path) -> Kept:
    vote = await begin_a_vote(database, keys, clock)
    async with database.session(write=True) as db:
        first, _ = await two_officers(db, await the_round(db))
        moment = clock.moment
        db.add(Login(token_hash=b"x" * 32, account_id=first.account_id, created_at=moment, expires_at=moment))
    made = await make_backup(settings, tmp_path / "kept.pbbackup")
    return Kept(vote, made.file, settings)


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """The address of a PostgreSQL database without anything in it."""
    name = f"restored_{uuid4().hex}"
    _postgres(f"CREATE DATABASE {name}")
    yield postgres_url(name)
    _postgres(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["into sqlite", "into postgresql"])
def target(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    """Another machine with an empty database of either kind, and the same keys."""
    if request.param == "into sqlite":
        return elsewhere(settings, tmp_path / "elsewhere")
    return elsewhere(settings, tmp_path / "elsewhere", request.getfixturevalue("empty_postgres"))


@asynccontextmanager
async def opened(settings: Settings, clock: SettableClock) -> AsyncIterator[Database]:
    database = connect(settings.database_url, clock)
    yield database
    await database.close()


async def the_round(db: AsyncSession) -> Round:
    return (await db.scalars(select(Round))).one()


async def published(database: Database, vote: Vote) -> str:
    async with database.session(write=False) as db:
        newest = await newest_checkpoint(db, vote.poll)
    assert newest is not None
    return newest.note


async def test_either_database_comes_back_in_either(
    kept: Kept, target: Settings, keys: Keys, clock: SettableClock
) -> None:
    done = restore(target, kept.backup)
    assert (done.aside, done.lost, done.held) == ("", [], [kept.vote.poll])
    async with opened(target, clock) as there, there.session(write=False) as db:
        assert len(await intact_leaves(db, keys, kept.vote.poll)) == 27
        assert await last_backup(db) == done.manifest.made_at
        assert (await db.scalars(select(Login))).all() == [], "nobody is signed in as before"
        assert (await the_round(db)).paused_reason.startswith("This service had to be restored from a copy")
    again = restore(target, kept.backup, replace=True)
    assert again.aside != ""


async def test_what_was_restored_can_be_backed_up_and_is_the_same(kept: Kept, target: Settings, tmp_path: Path) -> None:
    """From one kind of database to the other and back: no value of any table changes."""
    restore(target, kept.backup)
    again = await make_backup(target, tmp_path / "again.pbbackup")
    before = read_manifest(kept.backup)
    changed = {name for name, table in before.tables.items() if again.manifest.tables[name] != table}
    assert changed == {"audit_events", "log_holds", "logins", "rounds"}
    assert again.manifest.logs == before.logs


async def test_refuses_a_database_that_is_not_empty_and_keeps_the_old_one_when_told(
    kept: Kept, settings: Settings, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await vote_with(database, keys, kept.vote, 28, 50)
    await enter(database, keys, kept.vote.poll)
    await database.close()
    with pytest.raises(SettingsError, match="not empty"):
        restore(settings, kept.backup)
    async with opened(settings, clock) as there, there.session(write=False) as db:
        assert len(await intact_leaves(db, keys, kept.vote.poll)) == 52, "nothing was touched"
    done = restore(settings, kept.backup, replace=True)
    if settings.embedded:
        with sqlite3.connect(done.aside) as old:
            assert old.execute("SELECT count(*) FROM log_leaves").fetchone() == (52,)
        old.close()
    else:
        async with opened(settings, clock) as there, there.session(write=False) as db:
            connection = await db.connection()
            query = f"SELECT count(*) FROM {done.aside}.log_leaves"  # noqa: S608
            assert (await connection.exec_driver_sql(query)).scalar_one() == 52


async def test_refuses_a_database_in_use(kept: Kept, settings: Settings, database: Database) -> None:
    async with database.session(write=False) as db:
        await the_round(db)
        with pytest.raises(SettingsError, match="in use"):
            restore(settings, kept.backup, replace=True)


async def test_a_damaged_backup_changes_nothing(kept: Kept, target: Settings) -> None:
    content = bytearray(kept.backup.read_bytes())
    content[len(content) // 2] ^= 1
    kept.backup.write_bytes(content)
    with pytest.raises(BackupIsDamaged):
        restore(target, kept.backup)
    if target.database_file:
        assert not target.database_file.exists()
        assert list(target.database_file.parent.iterdir()) == []


async def test_restoring_is_all_or_nothing(kept: Kept, target: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails at the last moment: the target is as it was."""

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring, "settle", fails)
    with pytest.raises(OSError, match="No space"):
        restore(target, kept.backup)
    if target.database_file:
        assert list(target.database_file.parent.iterdir()) == []
    else:
        with psycopg.connect(target.database_url.replace("+psycopg", "")) as raw:
            assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    monkeypatch.undo()
    assert restore(target, kept.backup).aside == ""


def replaced(folder: Path) -> None:
    for file in ("pepper.key", "ticket.key", "sign.key"):
        (folder / file).unlink()
    make_keys(folder, "vote.example.org")


def lost(ending: str) -> Callable[[Path], None]:
    return lambda folder: next(folder.rglob(f"*{ending}")).unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lost("pepper.key"), "pepper.key is not in"),
        (lost(".link"), "link is not in"),
        (lost(".seal"), "seal is not in"),
        (lost(".seal.pub"), "seal.pub is not in"),
        (replaced, "sign.key is not the one"),
        (lambda folder: (folder / "pepper.key").chmod(0o644), "mode 644"),
    ],
    ids=["pepper", "link", "seal", "seal.pub", "new keys", "open to others"],
)
async def test_says_which_keys_are_missing_or_others(
    kept: Kept, settings: Settings, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    target = elsewhere(settings, tmp_path / "elsewhere")
    change(settings.keys_dir)
    with pytest.raises(SettingsError, match=words):
        restore(target, kept.backup)
    assert target.database_file
    assert not target.database_file.exists()
    assert restore(target, kept.backup, without_keys=True).held == [kept.vote.poll]


async def test_nothing_is_signed_and_nobody_votes_before_somebody_has_decided(
    kept: Kept, target: Settings, keys: Keys, clock: SettableClock
) -> None:
    restore(target, kept.backup)
    async with opened(target, clock) as there:
        async with there.session(write=True) as db:
            with pytest.raises(VotingIsPaused):
                await cast(
                    db, keys, kept.vote.poll, [Cast(kept.vote.codes[40], Choice((1,), None), "another-key-1234")]
                )
        for closing in (False, True):
            if closing:
                clock.advance(days=30)
                await keep_time(there, keys)  # the close, which the clock asks for
            async with there.session(write=False) as db:
                assert len(await intact_leaves(db, keys, kept.vote.poll)) == 27
        with pytest.raises(LogIsHeld, match="restored from a backup"):
            async with there.session(write=True) as db:
                await enter_all(db, keys, kept.vote)


async def enter_all(db: AsyncSession, keys: Keys, vote: Vote) -> None:
    await enter_waiting(db, keys, vote.poll, closing=True)


async def test_a_log_of_which_more_was_published_never_goes_on(
    kept: Kept, database: Database, target: Settings, keys: Keys, clock: SettableClock
) -> None:
    await vote_with(database, keys, kept.vote, 28, 50)
    await enter(database, keys, kept.vote.poll)
    newest = await published(database, kept.vote)
    done = restore(target, kept.backup, [newest])
    (said,) = done.lost
    assert said.endswith("was published with 52 entries; the backup has 27, so the last 25 are lost.")
    async with opened(target, clock) as there:
        for attempt in (False, True):
            with pytest.raises(LogWouldFork, match="the last 25 are lost"):
                await go_on(there, keys, newest, nothing_newer=attempt)


async def go_on(database: Database, keys: Keys, newest: str, *, nothing_newer: bool) -> None:
    async with database.session(write=True) as db:
        await continue_logs(db, keys, None, [read_seen(newest, keys.sign.verify_key)], nothing_newer=nothing_newer)


async def test_without_the_hold_the_key_would_sign_a_second_truth(
    kept: Kept, database: Database, target: Settings, keys: Keys, clock: SettableClock
) -> None:
    """The negative control: the same size, signed twice by the same key, with two roots."""
    await vote_with(database, keys, kept.vote, 28, 50)
    await enter(database, keys, kept.vote.poll)
    restore(target, kept.backup)
    async with opened(target, clock) as there:
        async with there.session(write=True) as db:
            (await the_round(db)).paused_reason = ""
            await db.delete((await db.scalars(select(LogHold))).one())
        await vote_with(there, keys, kept.vote, 30, 52)
        await enter(there, keys, kept.vote.poll)
        origin = f"vote.example.org/{kept.vote.poll}"
        points = [
            open_checkpoint(await published(one, kept.vote), keys.sign.verify_key, origin) for one in (database, there)
        ]
    assert points[0].size == points[1].size
    assert points[0].root != points[1].root


async def test_a_log_goes_on_once_the_newest_checkpoint_is_shown(
    kept: Kept, target: Settings, keys: Keys, clock: SettableClock
) -> None:
    restore(target, kept.backup)
    async with opened(target, clock) as there:
        newest = await published(there, kept.vote)
        with pytest.raises(SettingsError, match="Nobody has shown a checkpoint"):
            async with there.session(write=True) as db:
                await continue_logs(db, keys, "harbourside-2026", [], nothing_newer=False)
        async with there.session(write=True) as db:
            seen = [read_seen(newest, keys.sign.verify_key)]
            done = await continue_logs(db, keys, "harbourside-2026", seen, nothing_newer=False)
        assert [sentence.startswith("harbourside-2026: the log of the vote") for sentence in done] == [True]
        async with there.session(write=True) as db:
            round_ = await the_round(db)
            assert round_.paused_reason != "", "it is for the officers to let people vote again"
            first, second = await two_officers(db, round_)
            await resume(db, keys, round_, first, second)
        await vote_with(there, keys, kept.vote, 28, 50)
        await enter(there, keys, kept.vote.poll)
        async with there.session(write=False) as db:
            leaves = [leaf.partition(b" ")[0] for leaf in await intact_leaves(db, keys, kept.vote.poll)]
    assert leaves[25:29] == [b"ballot", b"ballot", b"pause", b"resume"]
    assert leaves.count(b"ballot") == 25 + 25


async def resume(db: AsyncSession, keys: Keys, round_: Round, first: Actor, second: Actor) -> None:
    asked = await resume_voting(db, keys, round_, Consent(reason="Nothing is missing."), first)
    await resume_voting(db, keys, round_, Consent(asked.id), second)


async def test_a_checkpoint_that_nobody_here_signed_is_refused(
    kept: Kept, target: Settings, keys: Keys, tmp_path: Path
) -> None:
    others = make_keys(tmp_path / "others", "vote.example.org")
    note = read_manifest(kept.backup).logs[str(kept.vote.poll)].checkpoint
    forged = note.replace("\n27\n", "\n99\n")
    for bad in (forged, "not a note"):
        with pytest.raises(SettingsError, match="no checkpoint"):
            restore(target, kept.backup, [bad])
    assert keys.sign.verify_key != others.sign.verify_key
    assert restore(target, kept.backup, [note]).checked == 1


async def test_a_vote_that_may_have_opened_after_the_backup_is_held_too(
    settings: Settings, database: Database, keys: Keys, clock: SettableClock, tmp_path: Path
) -> None:
    """It has no log in the backup; were it opened again, its log would begin a second time under the same name."""
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys)
    await agree_to_open(database)
    made = await make_backup(settings, tmp_path / "kept.pbbackup")
    target = elsewhere(settings, tmp_path / "elsewhere")
    (poll,) = restore(target, made.file).held
    async with opened(target, clock) as there:
        clock.advance(days=1)
        await keep_time(there, keys)
        async with there.session(write=False) as db:
            assert (await the_round(db)).phase == "review"
            assert (await db.scalars(select(LogLeaf))).all() == []
            assert (await db.scalars(select(LogCheckpoint))).all() == []
        async with there.session(write=True) as db:
            await continue_logs(db, keys, None, [], nothing_newer=True)
        await keep_time(there, keys)
        async with there.session(write=False) as db:
            assert (await the_round(db)).phase == "voting"
            assert len(await intact_leaves(db, keys, poll)) == 2


async def test_the_commands_restore_and_go_on(kept: Kept, settings: Settings, tmp_path: Path) -> None:
    target = replace(elsewhere(settings, tmp_path / "elsewhere"), base_url=settings.base_url)
    refused = pbvote(target, "restore", str(tmp_path / "none"))
    assert (refused.returncode, "There is no file" in refused.stderr) == (2, True)
    done = pbvote(target, "restore", str(kept.backup))
    assert (done.returncode, done.stderr) == (0, "")
    assert "27 entries" in done.stdout
    assert "continue-log" in done.stdout
    refused = pbvote(target, "continue-log", "harbourside-2026")
    assert (refused.returncode, "--nothing-newer" in refused.stderr) == (2, True)
    done = pbvote(target, "continue-log", "--every-round", "--nothing-newer")
    assert (done.returncode, done.stderr) == (0, "")
    assert "goes on, with 28 entries" in done.stdout
