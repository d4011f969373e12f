"""The log as it is stored: what was signed is what is there, or nothing is added and nothing signed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import delete, func, select, update

from pbvote.ballotbox.checkpoints import open_checkpoint
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotbox.merkle import leaf_hash, root_of
from pbvote.ballotlog.models import Log, LogCheckpoint, LogLeaf
from pbvote.ballotlog.service import (
    LogIsDamaged,
    NoLogYet,
    append,
    begin_log,
    intact_leaves,
    leaves_of,
    lock_log,
    log_of,
    newest_checkpoint,
)
from pbvote.db import Database
from pbvote.errors import InputIsWrong
from pbvote.keys import Keys, make_keys
from pbvote.rounds.models import Poll
from tests.house import make_people, make_round
from tests.voting.steps import without_guards


@pytest.fixture
async def poll(database: Database) -> UUID:
    await make_people(database)
    await make_round(database)
    async with database.session(write=False) as db:
        return (await db.scalars(select(Poll.id))).one()


@pytest.fixture
async def log(database: Database, keys: Keys, poll: UUID) -> Log:
    """A log of seven leaves, in two strokes."""
    async with database.session(write=True) as db:
        await begin_log(db, keys, poll)
        await append(db, keys, poll, leaves(3))
    async with database.session(write=True) as db:
        return await append(db, keys, poll, leaves(4))


def leaves(count: int) -> list[bytes]:
    return [event_leaf("config", config_sha256=f"{number:064x}", poll=UUID(int=number)) for number in range(count)]


async def stored(database: Database) -> tuple[int, int, bytes]:
    """How many leaves and checkpoints there are, and the frontier."""
    async with database.session(write=False) as db:
        counts = [
            (await db.execute(select(func.count()).select_from(model))).scalar_one()
            for model in (LogLeaf, LogCheckpoint)
        ]
        return counts[0], counts[1], (await db.scalars(select(Log.nodes))).one()


async def test_before_it_begins_there_is_no_log(database: Database, keys: Keys, poll: UUID) -> None:
    async with database.session(write=True) as db:
        for read in (log_of, lock_log):
            with pytest.raises(NoLogYet):
                await read(db, poll)
        with pytest.raises(NoLogYet):
            await append(db, keys, poll, leaves(1))
        assert await newest_checkpoint(db, poll) is None
        assert await leaves_of(db, poll) == []


async def test_a_log_begins_once(database: Database, keys: Keys, poll: UUID) -> None:
    async with database.session(write=True) as db:
        await begin_log(db, keys, poll)
    with pytest.raises(sa.exc.IntegrityError):
        async with database.session(write=True) as db:
            await begin_log(db, keys, poll)


async def test_an_empty_log_is_not_signed_and_appending_nothing_signs_nothing(
    database: Database, keys: Keys, poll: UUID
) -> None:
    async with database.session(write=True) as db:
        await begin_log(db, keys, poll)
        empty = await append(db, keys, poll, [])
        assert (empty.size, empty.nodes, empty.origin) == (0, b"", f"{keys.sign.name}/{poll}")
        assert await newest_checkpoint(db, poll) is None
        assert await intact_leaves(db, keys, poll) == []


async def test_each_stroke_is_signed_for_all_that_is_there(database: Database, keys: Keys, log: Log) -> None:
    expected = [*leaves(3), *leaves(4)]
    async with database.session(write=False) as db:
        assert await leaves_of(db, log.poll_id) == expected
        assert await leaves_of(db, log.poll_id, 2, 3) == expected[2:5]
        assert await intact_leaves(db, keys, log.poll_id) == expected
        notes = list(await db.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size)))
        newest = await newest_checkpoint(db, log.poll_id)
    assert newest is not None
    assert ([note.size for note in notes], newest.size, log.size) == ([3, 7], 7, 7)
    for note in notes:
        point = open_checkpoint(note.note, keys.sign.verify_key, log.origin)
        assert (point.size, point.root) == (note.size, root_of([leaf_hash(leaf) for leaf in expected[: note.size]]))


def log_changed(**values: Any) -> Sequence[Any]:
    return [update(Log).values(**values)]


def note_changed(change: Any) -> Sequence[Any]:
    return [update(LogCheckpoint).where(LogCheckpoint.size == 7).values(note=change)]


CHANGES: dict[str, Sequence[Any]] = {
    "the frontier": log_changed(nodes=bytes(96)),
    "the frontier's length": log_changed(nodes=bytes(64)),
    "the frontier's bytes": log_changed(nodes=bytes(95)),
    "the size": log_changed(size=6),
    "size and frontier": log_changed(size=3, nodes=bytes(64)),
    "back to nothing": log_changed(size=0, nodes=b""),
    "the origin": log_changed(origin="vote.example.org/another"),
    "the checkpoint": note_changed(func.replace(LogCheckpoint.note, "\n7\n", "\n8\n")),
    "the checkpoint's signature": note_changed(func.replace(LogCheckpoint.note, "=\n", "\n")),
    "the checkpoint, for an older one": note_changed(
        select(LogCheckpoint.note).where(LogCheckpoint.size == 3).scalar_subquery()
    ),
    "no checkpoint": note_changed(""),
    "the last checkpoint is gone": [delete(LogCheckpoint).where(LogCheckpoint.size == 7)],
    "all checkpoints are gone": [delete(LogCheckpoint)],
}


@pytest.mark.parametrize("what", CHANGES)
async def test_nothing_is_added_to_a_log_that_was_changed(
    database: Database, keys: Keys, log: Log, *, what: str
) -> None:
    await without_guards(database)
    async with database.session(write=True) as db:
        for statement in CHANGES[what]:
            await db.execute(statement)
    before = await stored(database)
    with pytest.raises(LogIsDamaged):
        async with database.session(write=True) as db:
            await append(db, keys, log.poll_id, leaves(1))
    async with database.session(write=False) as db:
        with pytest.raises(LogIsDamaged):
            await intact_leaves(db, keys, log.poll_id)
    assert await stored(database) == before


LEAVES: dict[str, Any] = {
    "changed": update(LogLeaf).where(LogLeaf.number == 2).values(leaf="ballot"),
    "gone": delete(LogLeaf).where(LogLeaf.number == 2),
    "the last one gone": delete(LogLeaf).where(LogLeaf.number == 6),
    "all gone": delete(LogLeaf),
}


@pytest.mark.parametrize("what", LEAVES)
async def test_leaves_that_were_changed_are_not_taken_for_the_log(
    database: Database, keys: Keys, log: Log, *, what: str
) -> None:
    await without_guards(database)
    async with database.session(write=True) as db:
        await db.execute(LEAVES[what])
    async with database.session(write=False) as db:
        with pytest.raises(LogIsDamaged, match="not those that were signed"):
            await intact_leaves(db, keys, log.poll_id)


async def test_a_leaf_that_was_added_by_hand_is_not_taken_for_the_log(database: Database, keys: Keys, log: Log) -> None:
    async with database.session(write=True) as db:
        db.add(LogLeaf(poll_id=log.poll_id, number=7, leaf="ballot"))
    async with database.session(write=False) as db:
        with pytest.raises(LogIsDamaged):
            await intact_leaves(db, keys, log.poll_id)
    with pytest.raises(sa.exc.IntegrityError):
        async with database.session(write=True) as db:
            await append(db, keys, log.poll_id, leaves(1))


async def test_a_log_is_not_continued_with_another_key(
    database: Database, keys: Keys, log: Log, tmp_path: Path
) -> None:
    same_name = replace(keys, sign=make_keys(tmp_path / "others", keys.sign.name).sign)
    before = await stored(database)
    with pytest.raises(LogIsDamaged, match="not the one here"):
        async with database.session(write=True) as db:
            await append(db, same_name, log.poll_id, leaves(1))
    async with database.session(write=True) as db:  # whoever changes what the log says of its key gets no further
        await db.execute(update(Log).values(log_key=same_name.sign.verify_key.text))
    for one in (keys, same_name):
        with pytest.raises(LogIsDamaged):
            async with database.session(write=True) as db:
                await append(db, one, log.poll_id, leaves(1))
    assert await stored(database) == before


async def test_a_key_that_cannot_be_read_is_damage_too(database: Database, keys: Keys, log: Log) -> None:
    async with database.session(write=True) as db:
        await db.execute(update(Log).values(log_key="nonsense"))
    with pytest.raises(LogIsDamaged):
        async with database.session(write=True) as db:
            await append(db, keys, log.poll_id, leaves(1))


async def test_of_two_who_append_at_once_one_comes_second(database: Database, keys: Keys, log: Log) -> None:
    async def add(count: int) -> None:
        async with database.session(write=True) as db:
            await append(db, keys, log.poll_id, leaves(count))

    await asyncio.gather(*(add(count) for count in (1, 2, 3, 4)))
    async with database.session(write=False) as db:
        assert len(await intact_leaves(db, keys, log.poll_id)) == 17
        sizes = list(await db.scalars(select(LogCheckpoint.size).order_by(LogCheckpoint.size)))
    assert len(sizes) == 6


async def test_what_is_rolled_back_was_never_signed(database: Database, keys: Keys, log: Log) -> None:
    async def break_off() -> None:
        async with database.session(write=True) as db:
            await append(db, keys, log.poll_id, leaves(1))
            raise InputIsWrong("Something later went wrong.")

    before = await stored(database)
    with pytest.raises(InputIsWrong):
        await break_off()
    assert await stored(database) == before
    async with database.session(write=True) as db:
        assert (await append(db, keys, log.poll_id, leaves(2))).size == 9


async def test_a_long_stroke_is_written_in_parts_and_numbered_through(
    database: Database, keys: Keys, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbvote.ballotlog.service.ROWS_AT_ONCE", 4)
    async with database.session(write=True) as db:
        await append(db, keys, log.poll_id, leaves(10))
    async with database.session(write=False) as db:
        assert await intact_leaves(db, keys, log.poll_id) == [*leaves(3), *leaves(4), *leaves(10)]
        numbers = list(await db.scalars(select(LogLeaf.number).order_by(LogLeaf.number)))
    assert numbers == list(range(17))
