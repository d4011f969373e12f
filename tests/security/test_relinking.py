"""Whoever has the whole database, its files and its write-ahead log cannot tell who cast which ballot.

Electors vote one after the other in an order that the attacker does not know; some are given a new code at a desk and
vote at once. The attacker lays every order of the electors beside every order of the ballots. By chance one pair in all
is right; ten or more happen once in ten million times.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select, update

from pbvote.ballotlog.service import leaves_of
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.codes import hash_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.roll.replacing import replace_code
from pbvote.rounds.models import Round
from pbvote.voting.batches import enter_waiting, waiting_commitments
from pbvote.voting.casting import Cast, Stored, cast, slot_of
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote, two_officers
from tests.security.attacker import Orders, best_match, nearest, orders, same_rows, transactions

pytestmark = pytest.mark.new_database

ELECTORS = 100
LUCK = 10
BATCH_EVERY = 25
AT_THE_DESK = 20
SLUG = "harbourside-2026"


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=ELECTORS)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        for number, code in enumerate(codes):
            found = (Elector.round_id == round_.id, Elector.code_hash == hash_code(keys.pepper, code))
            reference = hash_reference(keys, round_.id, f"R{number}")
            await db.execute(update(Elector).where(*found).values(reference_hash=reference))
    return codes


async def everybody_votes(
    database: Database, keys: Keys, poll: UUID, codes: list[str], *, last_batch: bool = True
) -> dict[bytes, bytes]:
    """Everybody votes in an order of their own, some with a new code that was just handed to them: the truth."""
    chance = random.Random(11)  # noqa: S311  # an order that the attacker does not know
    truth: dict[bytes, bytes] = {}
    for place, number in enumerate(chance.sample(range(ELECTORS), ELECTORS)):
        code = codes[number]
        if number < AT_THE_DESK:
            async with database.session(write=True) as db:
                round_ = (await db.scalars(select(Round))).one()
                code = await replace_code(db, keys, round_, f"R{number}", (await two_officers(db, round_))[0])
        async with database.session(write=True) as db:
            choice = Choice((number % 4 + 1,), None)
            [stored] = await cast(db, keys, poll, [Cast(code, choice, f"relinking-number-{number:03}")])
            assert isinstance(stored, Stored)
            elector = await db.scalar(select(Elector.id).where(Elector.code_hash == hash_code(keys.pepper, code)))
            assert elector is not None
            truth[elector.bytes] = stored.opening.commitment
        if place % BATCH_EVERY == BATCH_EVERY - 1 and (last_batch or place < ELECTORS - 1):
            async with database.session(write=True) as db:
                await enter_waiting(db, keys, poll)
    return truth


async def ballot_orders(database: Database, poll: UUID) -> Orders:
    """Every order of the ballots, that of the log among them."""
    found = {
        f"ballots, {name}": order for name, order in (await orders(database, "sealed_ballots", "commitment")).items()
    }
    async with database.session(write=False) as db:
        leaves = await leaves_of(db, poll)
    found["log"] = [bytes.fromhex(leaf.decode()[7:]) for leaf in leaves if leaf.startswith(b"ballot ")]
    return found


async def test_no_order_of_rows_ties_electors_to_ballots(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    poll = await open_the_vote(database, keys, clock)
    truth = await everybody_votes(database, keys, poll, codes)
    electors, ballots = await orders(database, "electors", "id"), await ballot_orders(database, poll)
    slots = await orders(database, "slots", "slot")
    assert same_rows([electors, slots, ballots])
    assert len(electors) * len(ballots) >= 6
    hits, how = best_match(electors, ballots, truth)
    assert hits < LUCK, how
    # Slots are written in the order of voting. Whoever had the link key would know whose they are; but which ballot is
    # theirs, even that order does not say: in each batch one is right by chance.
    link = link_key(keys, poll)
    true_slots = {slot_of(link, poll, UUID(bytes=elector)): ballot for elector, ballot in truth.items()}
    hits, how = best_match(slots, ballots, true_slots)
    assert hits < LUCK + ELECTORS // BATCH_EVERY, how


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite keeps no transaction numbers
async def test_a_new_code_is_not_tied_to_the_ballot_that_follows_it(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    """The last batch waits still, and the attacker has PostgreSQL's transaction numbers."""
    poll = await open_the_vote(database, keys, clock)
    truth = await everybody_votes(database, keys, poll, codes, last_batch=False)
    async with database.session(write=False) as db:
        assert await waiting_commitments(db, keys, poll)
    handed_out = await transactions(database, "electors", "id")
    first = min(handed_out.values())
    at_the_desk = {elector: number for elector, number in handed_out.items() if number > first}
    assert len(at_the_desk) >= AT_THE_DESK
    guesses = nearest(at_the_desk, await transactions(database, "sealed_ballots", "commitment"))
    assert right(guesses, truth) < LUCK
    # What was written next is found: it says nothing of which ballot it is.
    waiting = await transactions(database, "waiting_ballots", "id")
    assert right(nearest(at_the_desk, waiting), truth) == 0


def right(guesses: Mapping[bytes, bytes], truth: Mapping[bytes, bytes]) -> int:
    return sum(truth.get(elector) == ballot for elector, ballot in guesses.items())


async def test_a_mark_on_the_roll_would_tie_every_elector_to_a_ballot(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    """The negative control: a table that says who has voted, in which nothing else than the elector is written."""
    poll = await open_the_vote(database, keys, clock)
    truth = await everybody_votes(database, keys, poll, codes)
    async with database.session(write=True) as db:
        kind = "BLOB" if database.engine.dialect.name == "sqlite" else "BYTEA"
        for table, column in (("marked", "elector"), ("put_in", "ballot")):
            await db.execute(sa.text(f"CREATE TABLE {table} ({column} {kind})"))
    for elector, ballot in truth.items():  # in the order of voting, and in one transaction, without a join
        async with database.session(write=True) as db:
            await db.execute(sa.text("INSERT INTO marked VALUES (:elector)"), {"elector": elector})
            await db.execute(sa.text("INSERT INTO put_in VALUES (:ballot)"), {"ballot": ballot})
    marked, put_in = await orders(database, "marked", "elector"), await orders(database, "put_in", "ballot")
    hits, _ = best_match(marked, put_in, truth)
    assert hits == ELECTORS


async def test_two_votes_of_one_elector_are_not_tied_together(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    """What a slot holds is other bytes each time, and no file of the database has a commitment that still waits."""
    poll = await open_the_vote(database, keys, clock)
    pointers, committed = [], []
    for time in range(3):
        async with database.session(write=True) as db:
            sent = Cast(codes[0], Choice((1,), None), f"one-elector-time-{time}")
            [stored] = await cast(db, keys, poll, [sent])
            assert isinstance(stored, Stored)
            committed.append(stored.opening.commitment)
        async with database.session(write=False) as db:
            pointers.append((await db.execute(sa.text("SELECT ballot FROM slots"))).scalar_one())
    assert len(set(pointers)) == 3
    assert not any(one in pointer for one in committed for pointer in map(bytes, pointers))
    async with database.session(write=False) as db:
        for table in ("slots", "waiting_ballots", "cast_keys"):
            rows = (await db.execute(sa.text(f"SELECT * FROM {table}"))).all()  # noqa: S608  # names of ours
            held = b"|".join(bytes(cell) for row in rows for cell in row if isinstance(cell, bytes | memoryview))
            assert held
            assert not any(one in held for one in committed), table
