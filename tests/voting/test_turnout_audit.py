"""The turnout audit: how many are asked, who, and what is put on record of it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.rounds.models import Round
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.models import TurnoutAudit
from pbvote.voting.sampling import SIZES, drawn, sample_size
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote
from tests.outcomes.counting import count, publish
from tests.rounds.ready import SLUG

ROUND = f"/api/rounds/{SLUG}"
AUDIT = f"{ROUND}/turnout-audit"
SAMPLE = f"{AUDIT}/sample"
DICE = {"purpose": "turnout-audit", "digits": "416322551364"}
CSV = {"content-type": "text/csv"}
ELECTORS, VOTED = 12, 7
REFERENCES = [f"Mill Lane {number}" for number in range(ELECTORS)]
People = dict[str, httpx.AsyncClient]


@pytest.mark.parametrize(("percent", "size"), SIZES.items())
def test_the_sample_is_the_smallest_that_finds_a_false_mark_with_a_chance_of_95_percent(
    percent: int, size: int
) -> None:
    kept = 1 - percent / 100
    assert kept**size <= 0.05 < kept ** (size - 1)
    assert sample_size(percent, 1_000) == size
    assert sample_size(percent, size - 1) == size - 1


def test_lots_are_drawn_as_they_are_written_down() -> None:
    electors = [UUID(int=number) for number in range(1, 5)]
    lots = {elector: hashlib.sha256(b"1234\x00" + elector.bytes).hexdigest() for elector in electors}
    assert drawn("1234", electors, 3) == sorted(electors, key=lambda elector: lots[elector])[:3]
    assert drawn("1234", electors, 3) != drawn("4321", electors, 3)


@given(st.sets(st.uuids(), max_size=40), st.integers(0, 50), st.randoms())
def test_a_sample_is_the_same_whatever_the_order_of_the_roll(electors: set[UUID], size: int, chance: object) -> None:
    there = sorted(electors)
    shuffled = list(there)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    sample = drawn("123456", there, size)
    assert sample == drawn("123456", shuffled, size)
    assert len(sample) == min(size, len(there)) == len(set(sample) & electors)


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database)
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("officer", "second", "clerk", "scrutineer", "elsewhere", "nobody"):
            found[name] = await stack.enter_async_context(browser(app))
            if name != "nobody":
                await let_in(database, found[name], f"{name}@example.org")
        yield found


async def give_references(database: Database, keys: Keys, references: Sequence[str | None]) -> list[str]:
    """Let the forum know electors by these references; the codes they vote with, in the same order."""
    codes = [new_code() for _ in references]
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        electors = (await db.scalars(select(Elector).where(Elector.round_id == round_.id))).all()
        for elector, reference, code in zip(electors, references, codes, strict=True):
            elector.reference_hash = hash_reference(keys, round_.id, reference) if reference else None
            elector.code_hash = hash_code(keys.pepper, code)
    return codes


async def hold_the_vote(
    database: Database, keys: Keys, clock: SettableClock, references: Sequence[str | None]
) -> list[str | None]:
    """Let the first ones of these electors vote, and the vote end; their references."""
    await make_codes(database, keys, count=len(references))
    codes = await give_references(database, keys, references)
    poll = await open_the_vote(database, keys, clock)
    casts = [Cast(code, Choice((1,), None), f"of-an-audited-vote-{index}") for index, code in enumerate(codes[:VOTED])]
    async with database.session(write=True) as db:
        assert all(isinstance(one, Stored) for one in await cast(db, keys, poll, casts))
    clock.advance(days=14)
    await keep_time(database, keys)
    return list(references[:VOTED])


@pytest.fixture
async def voted(people: People, database: Database, keys: Keys, clock: SettableClock) -> list[str | None]:
    assert people
    return await hold_the_vote(database, keys, clock, REFERENCES)


@pytest.fixture
async def rolled(people: People, voted: list[str | None]) -> list[str | None]:
    assert (await agree(people["officer"], people["second"], f"{ROUND}/dice", DICE)).status_code == 200
    return voted


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def listed(*references: str) -> bytes:
    return "".join(f"{reference}\n" for reference in references).encode()


async def sample(who: httpx.AsyncClient, content: bytes = listed(*REFERENCES), percent: int = 5) -> httpx.Response:
    return await who.post(f"{SAMPLE}?percent={percent}", content=content, headers=CSV)


def answers(size: int = VOTED, **changes: int) -> dict[str, int]:
    return {"size": size, "asked": size, "yes": size, "no": 0, "not_reached": 0, **changes}


async def test_nobody_is_drawn_before_the_close_or_without_dice(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    assert code_of(await sample(people["officer"])) == (409, "not_in_this_phase")
    await hold_the_vote(database, keys, clock, REFERENCES)
    assert code_of(await sample(people["officer"])) == (409, "dice_not_rolled")
    refused = await people["officer"].post(AUDIT, json={**answers(), "approves": None})
    assert code_of(refused) == (409, "dice_not_rolled")
    told = (await people["scrutineer"].get(AUDIT)).json()
    assert (told["digits"], told["marked"], told["with_reference"], told["recorded"]) == (None, VOTED, ELECTORS, None)


@pytest.mark.usefixtures("rolled")
async def test_only_officers_of_the_forum_see_whom_to_ask(people: People) -> None:
    for who in ("clerk", "scrutineer", "elsewhere"):
        assert code_of(await sample(people[who])) == (403, "not_allowed")
        refused = await people[who].post(AUDIT, json={**answers(), "approves": None})
        assert code_of(refused) == (403, "not_allowed")
    assert code_of(await people["elsewhere"].get(AUDIT)) == (403, "not_allowed")


@pytest.mark.usefixtures("rolled")
async def test_a_list_that_cannot_be_read_is_refused(people: People) -> None:
    twice = await sample(people["officer"], listed("A", "a"))
    assert code_of(twice) == (422, "roll_file_is_wrong")
    assert code_of(await sample(people["officer"], percent=7)) == (400, "input_is_wrong")
    plain = await people["officer"].post(f"{SAMPLE}?percent=5", json={})
    assert code_of(plain) == (400, "bad_request_body")


async def test_those_who_are_asked_are_marked_as_having_voted(people: People, rolled: list[str]) -> None:
    found = (await sample(people["officer"])).json()
    assert (found["size"], found["elsewhere"], found["unknown"]) == (VOTED, 0, 0)
    assert sorted(found["references"]) == sorted(rolled)
    csv_file = b"name;reference\n" + "".join(f"Ann;{one.upper()}\n" for one in REFERENCES).encode()
    again = (await sample(people["second"], csv_file)).json()
    assert [one.casefold() for one in again["references"]] == [one.casefold() for one in found["references"]]
    part = (await sample(people["officer"], listed(rolled[0], REFERENCES[-1], "a stranger"))).json()
    assert (part["references"], part["elsewhere"]) == ([rolled[0]], VOTED - 1)


async def test_where_codes_were_handed_out_nobody_can_be_asked(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock, [None] * ELECTORS)
    assert (await agree(people["officer"], people["second"], f"{ROUND}/dice", DICE)).status_code == 200
    assert (await people["officer"].get(AUDIT)).json()["with_reference"] == 0
    assert code_of(await sample(people["officer"])) == (409, "nobody_can_be_asked")


async def test_those_whom_the_forum_does_not_know_stay_in_the_sample(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    some = [None, None, *REFERENCES[2:]]
    await hold_the_vote(database, keys, clock, some)
    assert (await agree(people["officer"], people["second"], f"{ROUND}/dice", DICE)).status_code == 200
    found = (await sample(people["officer"])).json()
    assert (found["size"], found["unknown"], len(found["references"])) == (VOTED, 2, VOTED - 2)


@pytest.mark.usefixtures("rolled")
async def test_who_was_drawn_is_stored_nowhere(people: People, database: Database) -> None:
    references = (await sample(people["officer"])).json()["references"]
    async with database.session(write=False) as db:
        event = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "turnout_sample_drawn"))).one()
        assert await db.scalar(select(TurnoutAudit)) is None
    assert event.data == {"size": VOTED}
    assert references


@pytest.mark.usefixtures("rolled")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": VOTED - 1, "asked": 1, "yes": 1}, "size"),
        ({"asked": VOTED + 1, "yes": VOTED + 1}, "asked"),
        ({"yes": VOTED - 1}, "asked"),
        ({"no": 1}, "asked"),
        ({"yes": VOTED + 1, "no": -1}, "asked"),
    ],
    ids=str,
)
async def test_numbers_that_do_not_add_up_are_refused(people: People, change: dict[str, int], field: str) -> None:
    refused = await people["officer"].post(AUDIT, json={**answers(**change), "approves": None})
    assert code_of(refused) == (400, "input_is_wrong")
    assert field in {reason["field"] for reason in refused.json()["reasons"]}


@pytest.mark.usefixtures("rolled")
async def test_what_came_of_it_takes_two_officers_and_is_published_with_the_result(
    people: People, clock: SettableClock
) -> None:
    found = answers(asked=VOTED, yes=VOTED - 2, no=1, not_reached=1)
    asked = (await people["officer"].post(AUDIT, json={**found, "approves": None})).json()["id"]
    both = {**found, "approves": asked}
    assert code_of(await people["officer"].post(AUDIT, json=both)) == (409, "second_officer_needed")
    other = {**both, "yes": VOTED - 1, "no": 0}
    assert code_of(await people["second"].post(AUDIT, json=other)) == (409, "nothing_to_approve")
    clock.advance(hours=24)
    assert code_of(await people["second"].post(AUDIT, json=both)) == (409, "nothing_to_approve")
    assert (await people["officer"].get(AUDIT)).json()["recorded"] is None
    assert (await agree(people["second"], people["officer"], AUDIT, found)).status_code == 200
    again = await people["officer"].post(AUDIT, json={**found, "approves": None})
    assert code_of(again) == (409, "audit_is_recorded")
    assert code_of(await people["nobody"].get(f"{ROUND}/results")) == (404, "results_not_published")
    done = await publish(people["officer"], people["second"], await count(people["officer"]))
    assert done.status_code == 200, done.text
    shown = (await people["nobody"].get(f"{ROUND}/results")).json()["turnout_audit"]
    assert {name: shown[name] for name in found} == found
    page = await people["nobody"].get(f"/en/r/{SLUG}/plain/results")
    assert "1 said that they had not voted" in page.text


@pytest.mark.usefixtures("rolled")
async def test_nobody_is_drawn_after_the_keys_are_destroyed(people: People, clock: SettableClock) -> None:
    await publish(people["officer"], people["second"], await count(people["officer"]))
    clock.advance(days=91)
    assert (await sample(people["officer"])).status_code == 200
    for step in ("certify", "destroy-keys"):
        assert (await agree(people["officer"], people["second"], f"{ROUND}/{step}", {})).status_code == 200
    assert code_of(await sample(people["officer"])) == (409, "keys_are_destroyed")
