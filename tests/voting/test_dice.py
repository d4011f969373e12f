"""Public dice: rolled after the close, once for each purpose, and the last word where a tie is left."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update

from pbvote.accounts.roles import Role
from pbvote.audit.models import AuditEvent
from pbvote.ballotbox.log import order_problem
from pbvote.db import Database
from pbvote.errors import InputIsWrong, NotAllowed
from pbvote.keys import Keys
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.service import DiceNeeded, count
from pbvote.rounds.approvals import Consent, NothingToApprove
from pbvote.rounds.models import Poll
from pbvote.rounds.phases import NotInThisPhase
from pbvote.rounds.service import cancel
from pbvote.verify import OK, verify
from pbvote.voting.dice import DiceWereRolled, Throw, dice_of, roll_dice
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote, two_officers
from tests.voting.steps import BOTH, SLUG, Step, agreed, approve, ask, leaves, round_in, vote

DIGITS = "416322551364"
EQUAL = (100_00, 100_00, 100_00)
ELECTORS = 30


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    """Three proposals that cost the same, money for one of them, and ties that only dice can break."""
    await make_people(database)
    await make_round(database, costs=EQUAL, budget=100_00)
    async with database.session(write=True) as db:
        await db.execute(update(Poll).values(ties=["most-votes"]))
    return await make_codes(database, keys, count=ELECTORS)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


async def hold(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str], votes: Sequence[int]
) -> None:
    """So many votes for each proposal, and the close."""
    electors = iter(codes)
    for project, number in enumerate(votes, start=1):
        await vote(database, keys, poll, [next(electors) for _ in range(number)], project)
    clock.advance(days=14)
    await keep_time(database, keys)


def throw(keys: Keys, digits: str = DIGITS, purpose: str = "ties") -> Step:
    return lambda db, round_, consent, actor: roll_dice(db, keys, round_, Throw(purpose, digits), consent, actor)


async def counted(database: Database, keys: Keys) -> Outcome:
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        return await count(db, keys, round_, (await two_officers(db, round_))[0])


def first_by_lot(digits: str) -> int:
    return min((1, 2, 3), key=lambda number: hashlib.sha256(f"{digits}{number}".encode()).digest())


@pytest.mark.usefixtures("poll")
async def test_no_dice_are_rolled_while_voting_is_open(database: Database, keys: Keys, clock: SettableClock) -> None:
    with pytest.raises(NotInThisPhase):
        await ask(database, throw(keys))
    clock.advance(days=14)  # nobody has written down that voting is over
    assert (await agreed(database, throw(keys))).approved_at == clock.moment


@pytest.mark.usefixtures("poll")
async def test_no_dice_are_rolled_in_a_round_that_was_cancelled(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    clock.advance(days=14)
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        first, _ = await two_officers(db, round_)
        organiser = replace(first, roles=frozenset({(round_.forum_id, Role.ORGANISER)}))
        await cancel(db, round_, "The money is gone.", organiser)
    with pytest.raises(NotInThisPhase):
        await ask(database, throw(keys))


@pytest.mark.usefixtures("poll")
async def test_who_is_no_officer_rolls_no_dice(database: Database, keys: Keys, clock: SettableClock) -> None:
    clock.advance(days=14)
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        officer, _ = await two_officers(db, round_)
        for role in (Role.CLERK, Role.SCRUTINEER):
            other = replace(officer, administrator=True, roles=frozenset({(round_.forum_id, role)}))
            with pytest.raises(NotAllowed):
                await roll_dice(db, keys, round_, Throw("ties", DIGITS), Consent(), other)


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize(
    ("digits", "purpose", "codes_of"),
    [
        ("1" * 11, "ties", ["bad_digits"]),
        ("1" * 61, "ties", ["bad_digits"]),
        ("12345678901x", "ties", ["bad_digits"]),
        ("٣" * 12, "ties", ["bad_digits"]),
        ("-12345678901", "ties", ["bad_digits"]),
        (DIGITS, "luck", ["unknown_purpose"]),
        ("", "", ["unknown_purpose", "bad_digits"]),
    ],
)
async def test_refuses_what_dice_do_not_show(
    database: Database, keys: Keys, clock: SettableClock, *, digits: str, purpose: str, codes_of: list[str]
) -> None:
    clock.advance(days=14)
    with pytest.raises(InputIsWrong) as refused:
        await ask(database, throw(keys, digits, purpose))
    assert [reason.code for reason in refused.value.reasons] == codes_of


@pytest.mark.usefixtures("poll")
async def test_both_officers_read_the_same_and_dice_are_rolled_once(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID
) -> None:
    clock.advance(days=14)
    asked = await ask(database, throw(keys))
    for misread in (throw(keys, DIGITS[::-1]), throw(keys, DIGITS, "turnout-audit")):
        with pytest.raises(NothingToApprove):
            await approve(database, misread, asked.id)
    await approve(database, throw(keys, f" {DIGITS[:6]} {DIGITS[6:]}"), asked.id)
    for again in (throw(keys), throw(keys, "1" * 12)):
        with pytest.raises(DiceWereRolled):
            await ask(database, again)
    await agreed(database, throw(keys, "2" * 12, "turnout-audit"))
    log = await leaves(database, poll)
    assert [leaf.fields for leaf in log[-2:]] == [
        {"at": "2026-03-17T09:00:00Z", "by": BOTH, "digits": DIGITS, "purpose": "ties"},
        {"at": "2026-03-17T09:00:00Z", "by": BOTH, "digits": "2" * 12, "purpose": "turnout-audit"},
    ]
    assert order_problem(log) is None
    async with database.session(write=False) as db:
        found = [await dice_of(db, poll, purpose) for purpose in ("ties", "turnout-audit", "paper-recount")]
        rolled = list(await db.scalars(select(AuditEvent).where(AuditEvent.kind == "dice_rolled")))
    assert (found, len(rolled)) == ([DIGITS, "2" * 12, None], 2)


async def test_a_tie_that_nothing_else_breaks_is_not_counted_without_dice(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await hold(database, keys, clock, poll, codes, (2, 2, 2))
    with pytest.raises(DiceNeeded):
        await counted(database, keys)
    async with database.session(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(Outcome)) == 0
    await agreed(database, throw(keys, "3" * 12, "turnout-audit"))  # dice, but not for this
    with pytest.raises(DiceNeeded):
        await counted(database, keys)


async def test_where_no_tie_is_left_no_dice_are_needed(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await hold(database, keys, clock, poll, codes, (1, 3, 2))
    outcome = await counted(database, keys)
    assert [project["funded"] for project in outcome.result["projects"]] == [False, True, False]


@pytest.mark.parametrize("digits", ["416322551364", "111111111111", "654321654321", "123456123456"])
async def test_dice_have_the_last_word_and_anybody_can_draw_the_lot_again(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str], *, digits: str
) -> None:
    await hold(database, keys, clock, poll, codes, (10, 10, 10))
    await agreed(database, throw(keys, digits))
    outcomes = [await counted(database, keys) for _ in range(2)]
    [won] = [project["number"] for project in outcomes[0].result["projects"] if project["funded"]]
    assert won == first_by_lot(digits)
    assert outcomes[0].result == outcomes[1].result


def test_the_dice_of_these_tests_do_not_all_fall_the_same_way() -> None:
    assert len({first_by_lot(digits) for digits in ("416322551364", "111111111111", "654321654321")}) > 1


async def test_the_bundle_of_a_vote_that_dice_decided_verifies(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await hold(database, keys, clock, poll, codes, (10, 10, 10))
    async for officer, second in officers(app, database):
        path = f"/api/rounds/{SLUG}"
        refused = await officer.post(f"{path}/count", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "dice_needed")
        assert (await agree(officer, second, f"{path}/dice", {"purpose": "ties", "digits": DIGITS})).status_code == 200
        outcome = {"outcome_id": (await officer.post(f"{path}/count", json={})).json()["outcome_id"]}
        assert (await agree(officer, second, f"{path}/publish", outcome)).status_code == 200
        report = verify((await officer.get(f"{path}/results/bundle.zip")).content)
        assert (report.code, report.wrong) == (OK, ())


async def officers(app: Litestar, database: Database) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with browser(app) as officer, browser(app) as second:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        yield officer, second
