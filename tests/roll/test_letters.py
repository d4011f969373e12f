"""Letters through HTTP: codes are made with them, and letters that were posted stay good."""

from __future__ import annotations

import io
import re
from uuid import UUID

import httpx
import pypdf
import pytest
from sqlalchemy import func, select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.codes import hash_code, read_code
from pbvote.roll.models import Addressee, Elector
from pbvote.rounds.models import Round
from pbvote.rounds.readiness import NotReady
from pbvote.voting.casting import slot_of
from pbvote.voting.timekeeper import forget_what_nobody_needs, keep_time
from tests.conftest import BASE_URL, SettableClock
from tests.house import agree_to_open, let_in, make_people, make_round, open_the_vote
from tests.roll.test_import import GOOD, ROUND, take

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-\s*[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@pytest.fixture
async def clerk(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await make_round(database)
    await let_in(database, client, "clerk@example.org")
    return client


@pytest.fixture
async def batch(clerk: httpx.AsyncClient) -> str:
    """The address of a batch that came from a file."""
    return f"{ROUND}/batches/{(await take(clerk, GOOD)).json()['id']}"


async def letters(clerk: httpx.AsyncClient, batch: str, made: int = 0) -> pypdf.PdfReader:
    answer = await clerk.post(f"{batch}/letters", json={"made": made})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return pypdf.PdfReader(io.BytesIO(answer.content), strict=True)


def codes_in(pdf: pypdf.PdfReader) -> list[str]:
    found = [CODE.findall(page.extract_text()) for page in pdf.pages]
    assert all(len(codes) == 1 for codes in found)
    return [read_code(re.sub(r"\s", "", codes[0])) for codes in found]


async def test_each_elector_has_one_page_with_a_code_that_works(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys
) -> None:
    pdf = await letters(clerk, batch)
    codes = codes_in(pdf)
    assert len(set(codes)) == 3
    text = pdf.pages[1].extract_text()
    for said in ("Bell, Bob", "2 Mill Lane", "Harbourside budget 2026", "Voting opens", "How to vote", "R-2"):
        assert said in text
    assert f"{BASE_URL.partition('://')[2]}/en/r/harbourside-2026/vote" in re.sub(r"\s", "", text)
    async with database.session(write=False) as db:
        stored = set(await db.scalars(select(Elector.code_hash)))
    assert stored == {hash_code(keys.pepper, code) for code in codes}


async def test_the_audit_trail_says_that_letters_were_made_and_holds_no_code_and_no_name(
    clerk: httpx.AsyncClient, batch: str, database: Database
) -> None:
    codes = codes_in(await letters(clerk, batch))
    async with database.session(write=False) as db:
        events = list(await db.scalars(select(AuditEvent)))
    made = [event for event in events if event.kind == "letters_made"]
    assert [event.data for event in made] == [{"label": "Register", "count": 3, "times": 1}]
    written = "".join(str(event.data) for event in events)
    assert not any(secret in written for secret in (*codes, "Bell", "Mill Lane", "R-2"))


async def test_letters_are_not_made_a_second_time_by_accident(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys
) -> None:
    codes = codes_in(await letters(clerk, batch))
    answer = await clerk.post(f"{batch}/letters", json={"made": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "letters_are_made")
    assert await hashes(database) == {hash_code(keys.pepper, code) for code in codes}


async def test_whoever_says_so_makes_letters_again_and_the_earlier_codes_stop_working(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys
) -> None:
    first, second = codes_in(await letters(clerk, batch)), codes_in(await letters(clerk, batch, made=1))
    assert not set(first) & set(second)
    assert await hashes(database) == {hash_code(keys.pepper, code) for code in second}


async def hashes(database: Database) -> set[bytes | None]:
    async with database.session(write=False) as db:
        return set(await db.scalars(select(Elector.code_hash)))


async def test_posted_letters_stay_good_and_their_addresses_are_deleted(
    clerk: httpx.AsyncClient, batch: str, database: Database
) -> None:
    codes = codes_in(await letters(clerk, batch))
    posted = await clerk.post(f"{batch}/posted", json={"made": 1})
    assert posted.status_code == 200
    assert posted.json()["letters_posted"] is not None
    answer = await clerk.post(f"{batch}/letters", json={"made": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "letters_are_posted")
    assert await addresses(database) == 0
    assert len(await hashes(database)) == len(codes)
    again = await clerk.post(f"{batch}/posted", json={"made": 1})
    assert again.json() == posted.json()


async def test_only_the_latest_letters_can_be_posted(clerk: httpx.AsyncClient, batch: str, database: Database) -> None:
    assert (await clerk.post(f"{batch}/posted", json={"made": 0})).status_code == 404
    await letters(clerk, batch)
    await letters(clerk, batch, made=1)
    answer = await clerk.post(f"{batch}/posted", json={"made": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "letters_are_made")
    assert await addresses(database) == 3


async def addresses(database: Database) -> int:
    async with database.session(write=False) as db:
        return await db.scalar(select(func.count()).select_from(Addressee)) or 0


async def test_addresses_are_deleted_at_the_latest_when_voting_opens(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await letters(clerk, batch)
    await forget_what_nobody_needs(database)
    assert await addresses(database) == 3
    await open_the_vote(database, keys, clock)
    await forget_what_nobody_needs(database)
    assert await addresses(database) == 0


async def test_voting_does_not_open_while_somebody_from_a_file_has_no_code(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys, clock: SettableClock
) -> None:
    reasons = (await clerk.get(f"{ROUND}/readiness")).json()["reasons"]
    assert [(reason["code"], reason["params"]) for reason in reasons] == [("letters_not_made", {"label": "Register"})]
    with pytest.raises(NotReady):
        await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        assert (await db.scalars(select(Round))).one().phase == "review"
    await letters(clerk, batch)
    await agree_to_open(database)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        assert (await db.scalars(select(Round))).one().phase == "voting"


async def test_letters_need_the_dates_of_the_vote(clerk: httpx.AsyncClient, batch: str, database: Database) -> None:
    async with database.session(write=True) as db:
        (await db.scalars(select(Round))).one().voting_close_at = None
    answer = await clerk.post(f"{batch}/letters", json={"made": 0})
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["letters_need_dates"]


async def test_letters_are_for_batches_of_this_round_that_came_from_a_file(clerk: httpx.AsyncClient) -> None:
    await clerk.post(f"{ROUND}/codes", json={"label": "Cards", "count": 2})
    (batch,) = (await clerk.get(f"{ROUND}/roll")).json()["batches"]
    answer = await clerk.post(f"{ROUND}/batches/{batch['id']}/letters", json={"made": 0})
    assert answer.status_code == 404


async def test_a_lost_code_is_replaced_and_the_elector_keeps_the_slot(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys, clock: SettableClock
) -> None:
    old = codes_in(await letters(clerk, batch))[1]
    poll = await open_the_vote(database, keys, clock)
    link = link_key(keys, poll)
    before = slot_of(link, poll, await elector_of(database, keys, old))
    answer = await clerk.post(f"{ROUND}/replacement-code", json={"reference": " r-2 "})
    assert answer.status_code == 200, answer.text
    new = answer.json()["code"]
    assert slot_of(link, poll, await elector_of(database, keys, new)) == before
    refused = await clerk.post(f"/api/polls/{poll}/code", json={"code": old})
    assert refused.json()["code"] == "not_on_the_roll"
    assert (await clerk.post(f"/api/polls/{poll}/code", json={"code": new})).json() == {"has_voted": False}


async def test_a_vote_with_the_new_code_replaces_the_one_with_the_old(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys, clock: SettableClock
) -> None:
    old = codes_in(await letters(clerk, batch))[0]
    poll = await open_the_vote(database, keys, clock)
    await cast(clerk, poll, old, 1)
    new = (await clerk.post(f"{ROUND}/replacement-code", json={"reference": "R-1"})).json()["code"]
    assert (await clerk.post(f"/api/polls/{poll}/code", json={"code": new})).json() == {"has_voted": True}
    await cast(clerk, poll, new, 2)
    assert (await clerk.get(f"{ROUND}/turnout")).json()["voted"] == 1


async def elector_of(database: Database, keys: Keys, code: str) -> UUID:
    async with database.session(write=False) as db:
        found = await db.scalars(select(Elector.id).where(Elector.code_hash == hash_code(keys.pepper, code)))
        return found.one()


async def cast(client: httpx.AsyncClient, poll: UUID, code: str, project: int) -> None:
    body = {"code": code, "choices": [project], "points": None, "idempotency_key": f"{project:032}"}
    answer = await client.put(f"/api/polls/{poll}/ballot", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_replacement_is_audited_without_the_code_and_the_reference(
    clerk: httpx.AsyncClient, batch: str, database: Database
) -> None:
    await letters(clerk, batch)
    code = (await clerk.post(f"{ROUND}/replacement-code", json={"reference": "R-2"})).json()["code"]
    async with database.session(write=False) as db:
        event = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "code_replaced"))).one()
    assert event.actor_id is not None
    assert set(event.data) == {"elector_id"}
    assert code not in str(event.data)


async def test_unknown_references_are_answered_ever_more_slowly_and_known_ones_always(
    clerk: httpx.AsyncClient, batch: str
) -> None:
    await letters(clerk, batch)
    answers = [await clerk.post(f"{ROUND}/replacement-code", json={"reference": f"X-{number}"}) for number in range(21)]
    assert {answer.json()["code"] for answer in answers[:20]} == {"unknown_reference"}
    assert answers[20].status_code == 429
    assert (await clerk.post(f"{ROUND}/replacement-code", json={"reference": "R-1"})).status_code == 200


async def test_no_code_is_replaced_after_the_close(
    clerk: httpx.AsyncClient, batch: str, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await letters(clerk, batch)
    await open_the_vote(database, keys, clock)
    clock.advance(days=15)
    answer = await clerk.post(f"{ROUND}/replacement-code", json={"reference": "R-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "voting_is_closed")
