"""Opening the vote: what two officers agreed to is what is frozen, and nothing else opens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from pbvote.audit.models import AuditEvent
from pbvote.ballotlog.service import NoLogYet, log_of
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.board import give_to_board, unlock_seal_key
from pbvote.keys.polls import make_seal, path_of, public_seal_key
from pbvote.proposals.ballot import projects_of
from pbvote.proposals.models import Proposal
from pbvote.rounds.approvals import NothingToApprove
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.rounds.phases import NotInThisPhase
from pbvote.rounds.readiness import NotReady
from pbvote.voting.frozen import frozen_bytes
from pbvote.voting.opening import ask_to_open, open_voting, reasons_against_voting
from pbvote.voting.rehearsal import rehearse
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock
from tests.house import agree_to_open, make_codes, make_people, make_round, open_the_vote
from tests.voting.steps import BOTH, agreed, approve, ask, leaves, round_in


@pytest.fixture(autouse=True)
async def house(database: Database, keys: Keys) -> None:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys)


async def reasons(database: Database) -> list[str]:
    async with database.session(write=False) as db:
        return [reason.code for reason in await reasons_against_voting(db, await round_in(db))]


async def phase_at_the_hour(database: Database, keys: Keys, clock: SettableClock) -> str:
    """The phase once the hour of the opening has come."""
    clock.advance(days=1)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        return (await round_in(db)).phase


async def poll_of(database: Database) -> UUID:
    async with database.session(write=False) as db:
        return (await round_in(db)).poll.id


async def test_a_vote_that_nobody_agreed_to_is_held(database: Database, keys: Keys, clock: SettableClock) -> None:
    assert await reasons(database) == ["opening_not_approved"]
    assert await phase_at_the_hour(database, keys, clock) == "review"
    assert await reasons(database) == ["opening_not_approved"]
    async with database.session(write=True) as db:
        with pytest.raises(NotReady):
            await open_voting(db, keys, await round_in(db))
        with pytest.raises(NoLogYet):
            await log_of(db, (await round_in(db)).poll.id)


async def test_one_officer_is_not_enough(database: Database, keys: Keys, clock: SettableClock) -> None:
    await ask(database, ask_to_open)
    assert await phase_at_the_hour(database, keys, clock) == "review"
    assert await reasons(database) == ["opening_not_approved"]


def change(model: type[Any], *where: Any, **values: Any) -> Any:
    return update(model).where(*where).values(**values)


CHANGES: dict[str, Callable[[], Any]] = {
    "title": lambda: change(Round, title="Another title"),
    "eligibility": lambda: change(Round, eligibility="Everybody"),
    "budget": lambda: change(Pot, amount=600_00),
    "design": lambda: change(
        Poll,
        design={
            "kind": "approval",
            "min_choices": 1,
            "max_choices": 2,
            "total_points": None,
            "max_points": None,
        },
    ),
    "rule": lambda: change(Poll, rule_parameters={"utility": "votes", "skip": False}),
    "ties": lambda: change(Poll, ties=["most-votes", "cheapest", "ballot-order"]),
    "conditions": lambda: change(Poll, conditions={"reserve": 2}),
    "cost": lambda: change(Proposal, Proposal.number == 2, cost=249_00),
    "name": lambda: change(Proposal, Proposal.number == 2, title="Another one"),
    "category": lambda: change(Proposal, Proposal.number == 2, category=""),
    "proposals": lambda: change(Proposal, Proposal.number == 2, status="rejected"),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_changed_after_two_officers_agreed_is_held_again(
    database: Database, keys: Keys, clock: SettableClock, what: str
) -> None:
    await agree_to_open(database)
    assert await reasons(database) == []
    async with database.session(write=True) as db:
        await db.execute(CHANGES[what]())
    assert await reasons(database) == ["opening_not_approved"]
    assert await phase_at_the_hour(database, keys, clock) == "review"


async def test_a_close_that_was_moved_is_held_again(database: Database, clock: SettableClock) -> None:
    await agree_to_open(database)
    async with database.session(write=True) as db:
        await db.execute(update(Round).values(voting_close_at=clock.moment + timedelta(days=16)))
    assert await reasons(database) == ["opening_not_approved"]


async def test_an_ask_for_what_was_before_cannot_be_approved(database: Database) -> None:
    asked = await ask(database, ask_to_open)
    async with database.session(write=True) as db:
        await db.execute(CHANGES["cost"]())
    with pytest.raises(NothingToApprove):
        await approve(database, ask_to_open, asked.id)


async def test_what_voters_do_not_choose_by_may_still_be_put_right(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    await agree_to_open(database)
    async with database.session(write=True) as db:
        await db.execute(update(Round).values(description="With a comma, this time."))
    assert await phase_at_the_hour(database, keys, clock) == "voting"


async def test_an_agreement_to_what_stands_there_again_holds(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    await agree_to_open(database)
    async with database.session(write=True) as db:
        await db.execute(CHANGES["cost"]())
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 2).values(cost=250_00))
    assert await phase_at_the_hour(database, keys, clock) == "voting"


async def test_officers_cannot_agree_to_what_is_not_ready(database: Database) -> None:
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 1).values(status="submitted"))
    with pytest.raises(NotReady):
        await ask(database, ask_to_open)


async def test_the_log_begins_with_what_was_agreed_to(database: Database, keys: Keys, clock: SettableClock) -> None:
    agreement = await agreed(database, ask_to_open)
    clock.advance(hours=24)  # officers may agree long before
    await keep_time(database, keys)
    poll_id = await poll_of(database)
    config, opened = await leaves(database, poll_id)
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        poll, log = round_.poll, await log_of(db, poll_id)
        frozen = frozen_bytes(round_, poll, await projects_of(db, poll_id), log, public_seal_key(keys, poll_id))
        events = list(await db.scalars(select(AuditEvent).where(AuditEvent.round_id == round_.id)))
    assert config.fields == {"config_sha256": hashlib.sha256(frozen).hexdigest(), "poll": str(poll_id)}
    assert round_.poll.config_sha256 == config.fields["config_sha256"]
    assert opened.fields == {"at": "2026-03-03T09:00:00Z", "by": BOTH, "electors": 5}
    assert (log.size, log.log_key, poll.rehearsed_at) == (2, keys.sign.verify_key.text, clock.moment)
    assert agreement.approved_at is not None
    assert {"keys_rehearsed", "rules_frozen", "phase_began"} <= {event.kind for event in events}


async def test_an_open_vote_is_not_opened_again(database: Database, keys: Keys, clock: SettableClock) -> None:
    poll = await open_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        with pytest.raises(NotInThisPhase):
            await open_voting(db, keys, await round_in(db))
    with pytest.raises(NotInThisPhase):
        await ask(database, ask_to_open)
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_a_vote_does_not_open_with_a_key_that_does_not_open_its_ballots(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    await agree_to_open(database)
    poll, stranger = await poll_of(database), UUID(int=1)
    for one in (poll, stranger):
        make_seal(keys, one)
    path_of(keys, poll, "seal.pub").unlink()
    path_of(keys, stranger, "seal.pub").rename(path_of(keys, poll, "seal.pub"))
    assert await phase_at_the_hour(database, keys, clock) == "review"
    async with database.session(write=False) as db:
        with pytest.raises(NoLogYet):
            await log_of(db, poll)
        assert (await round_in(db)).poll.config_sha256 is None


PASSPHRASES = ["seven quiet harbours", "an orchard in the rain", "the last ferry home"]


async def test_with_a_board_the_vote_waits_for_a_rehearsal_of_the_last_seven_days(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    poll_id = await poll_of(database)
    async with database.session(write=True) as db:
        await db.execute(update(Poll).values(custody="board"))
    await agree_to_open(database)
    assert await reasons(database) == ["keys_not_rehearsed"]
    give_to_board(keys, poll_id, PASSPHRASES)
    private = unlock_seal_key(keys, poll_id, PASSPHRASES[:2])
    async with database.session(write=True) as db:
        await rehearse(db, keys, (await round_in(db)).poll, private)
    assert await reasons(database) == []
    clock.advance(days=7, seconds=1)
    assert await reasons(database) == ["keys_not_rehearsed"]
    clock.advance(days=-7)
    assert await phase_at_the_hour(database, keys, clock) == "voting"
    assert not path_of(keys, poll_id, "seal").exists()
