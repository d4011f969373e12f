"""Voiding a ballot and taking an elector off the roll: both officers name the elector, and nothing tells who voted."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.models import AuditEvent
from pbvote.ballotbox.log import order_problem
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.errors import InputIsWrong, NotFound
from pbvote.keys import Keys
from pbvote.outcomes.box import unsealed
from pbvote.roll.codes import hash_code, new_code, read_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.roll.service import NotOnTheRoll, size_of_roll
from pbvote.rounds.approvals import Consent, NothingToApprove
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import NotInThisPhase
from pbvote.voting.casting import Cast, cast, has_voted
from pbvote.voting.models import Slot
from pbvote.voting.roll_changes import remove_elector, void_ballot
from pbvote.voting.service import ballots_in_the_box
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import choices_that_count
from tests.voting.steps import BOTH, WHY, Step, agreed, approve, ask, leaves, round_in, vote

REFERENCE = "R-17"
VERBS = {"void": void_ballot, "removal": remove_elector}


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    """Codes of five electors, the first of whom the forum knows by a reference."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys)
    async with database.session(write=True) as db:
        known = hash_reference(keys, (await round_in(db)).id, REFERENCE)
        own = hash_code(keys.pepper, read_code(codes[0]))
        await db.execute(update(Elector).where(Elector.code_hash == own).values(reference_hash=known))
    return codes


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


def step(keys: Keys, verb: str, whose: str) -> Step:
    async def called(db: AsyncSession, round_: Round, consent: Consent, actor: Actor) -> Approval:
        return await VERBS[verb](db, keys, round_, whose, consent, actor)

    return called


async def told(database: Database, keys: Keys, poll: UUID, code: str) -> bool:
    async with database.session(write=False) as db:
        return await has_voted(db, keys, poll, code)


@pytest.mark.parametrize("verb", VERBS)
async def test_nothing_is_changed_before_the_opening_and_after_the_close(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str], verb: str
) -> None:
    with pytest.raises(NotInThisPhase):
        await ask(database, step(keys, verb, codes[0]))
    await open_the_vote(database, keys, clock)
    clock.advance(days=13, hours=23)
    asked = await ask(database, step(keys, verb, codes[0]))
    clock.advance(hours=1)
    for call in (ask(database, step(keys, verb, codes[0])), approve(database, step(keys, verb, codes[0]), asked.id)):
        with pytest.raises(NotInThisPhase):
            await call


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize("verb", VERBS)
async def test_nobody_is_found_by_what_is_not_on_the_roll(database: Database, keys: Keys, verb: str) -> None:
    for whose in ("R-99", new_code(), "K7QF"):
        with pytest.raises(NotFound) as unknown:
            await ask(database, step(keys, verb, whose))
        assert [reason.code for reason in unknown.value.reasons] == ["unknown_elector"]
    for empty in ("", "  "):
        with pytest.raises(InputIsWrong):
            await ask(database, step(keys, verb, empty))


@pytest.mark.usefixtures("poll")
async def test_an_elector_of_another_round_is_not_found(database: Database, keys: Keys) -> None:
    await make_round(database, "harbourside-2027")
    [elsewhere] = await make_codes(database, keys, "harbourside-2027", count=1)
    with pytest.raises(NotFound):
        await ask(database, step(keys, "void", elsewhere))


@pytest.mark.parametrize("verb", VERBS)
async def test_one_officer_changes_nothing_and_two_mean_the_same_elector(
    database: Database, keys: Keys, poll: UUID, codes: list[str], verb: str
) -> None:
    await vote(database, keys, poll, codes[:2], 1)
    asked = await ask(database, step(keys, verb, codes[0]))
    with pytest.raises(NothingToApprove):
        await approve(database, step(keys, verb, codes[1]), asked.id)
    assert await choices_that_count(database, keys, poll) == [(1,), (1,)]
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_a_voided_ballot_does_not_count_and_its_elector_votes_again(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes[:2], 1)
    await agreed(database, step(keys, "void", " r-17 "))
    assert await choices_that_count(database, keys, poll) == [(1,)]
    assert not await told(database, keys, poll, codes[0])
    async with database.session(write=False) as db:
        assert await ballots_in_the_box(db, poll) == 1
    last = (await leaves(database, poll))[-1]
    assert (last.type, last.fields) == (
        "void",
        {"at": "2026-03-03T09:00:00Z", "by": BOTH, "reason": WHY, "slots": 1},
    )
    await vote(database, keys, poll, codes[:1], 3)
    assert await choices_that_count(database, keys, poll) == [(1,), (3,)]
    clock.advance(days=14)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        box = await unsealed(db, keys, await round_in(db), ())
    assert (len(box.openings), len(box.superseded)) == (2, 1)
    assert order_problem(await leaves(database, poll)) is None


@pytest.mark.usefixtures("poll")
async def test_voiding_tells_nothing_of_whether_there_was_a_ballot(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes[:1], 1)
    given = [await agreed(database, step(keys, "void", code)) for code in codes[:2]]
    voted, silent = (await leaves(database, poll))[-2:]
    assert voted.fields == silent.fields
    async with database.session(write=False) as db:
        slots = list(await db.scalars(select(Slot).where(Slot.poll_id == poll)))
        events = list(await db.scalars(select(AuditEvent).where(AuditEvent.kind == "ballot_voided")))
    assert [(slot.ballot, slot.locked) for slot in slots] == [(b"", False)] * 2
    assert [set(event.data) for event in events] == [{"elector_id", "reason"}] * 2
    assert len({approval.id for approval in given}) == 2


async def test_who_was_taken_off_the_roll_does_not_count_and_cannot_vote(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes[:2], 1)
    await agreed(database, step(keys, "removal", codes[0]))
    assert await choices_that_count(database, keys, poll) == [(1,)]
    async with database.session(write=True) as db:
        [refused] = await cast(db, keys, poll, [Cast(codes[0], Choice((3,), None), "once-more-with-feeling")])
        assert isinstance(refused, NotOnTheRoll)
        assert await size_of_roll(db, (await round_in(db)).id) == 4
        assert (await db.scalars(select(Slot.locked).where(Slot.ballot == b""))).all() == [True]
    with pytest.raises(NotOnTheRoll):
        await told(database, keys, poll, codes[0])
    last = (await leaves(database, poll))[-1]
    assert (last.type, last.fields) == (
        "roll-change",
        {"added": 0, "at": "2026-03-03T09:00:00Z", "by": BOTH, "reason": WHY, "removed": 1},
    )
    for verb in VERBS:
        for whose in (codes[0], REFERENCE):
            with pytest.raises(NotFound):
                await ask(database, step(keys, verb, whose))


async def test_a_ballot_that_waits_for_its_batch_is_voided_as_well(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    [stored] = await vote(database, keys, poll, codes[:1], 1)
    await agreed(database, step(keys, "removal", REFERENCE))
    await enter_batches(database, keys)
    clock.advance(days=14)
    await keep_time(database, keys)
    log = await leaves(database, poll)
    assert [leaf.type for leaf in log] == ["config", "open", "roll-change", "ballot", "close"]
    assert log[3].commitment == stored.opening.commitment
    assert {key: (log[-1].fields or {})[key] for key in ("ballots", "counted")} == {"ballots": 1, "counted": 0}
    assert order_problem(log) is None


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize("verb", VERBS)
async def test_what_officers_typed_is_stored_nowhere(
    database: Database, keys: Keys, codes: list[str], verb: str
) -> None:
    for whose in (REFERENCE, codes[1]):
        await agreed(database, step(keys, verb, whose))
    typed = [REFERENCE, codes[1], read_code(codes[1])]
    async with database.session(write=False) as db:
        names = await db.run_sync(lambda session: sa.inspect(session.connection()).get_table_names())
        rows = [
            str(tuple(row))
            for name in names
            for row in await db.execute(sa.text(f"SELECT * FROM {name}"))  # noqa: S608  # our own names
        ]
    assert not [one for one in typed for row in rows if one in row]
