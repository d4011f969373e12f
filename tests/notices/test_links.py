"""A link by e-mail, through HTTP: what it tells nobody, that it works once, and that using it leaves no trace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event, func, select, text, update

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.notices.messages import Message
from pbvote.notices.models import Outgoing
from pbvote.notices.sending import send_waiting
from pbvote.notices.service import OUTBOX
from pbvote.roll import email_tokens
from pbvote.roll.codes import hash_code
from pbvote.roll.contacts import add_contacts, forget_contacts
from pbvote.roll.email_tokens import MOST, new_token
from pbvote.roll.models import Elector, EmailToken
from pbvote.rounds.models import Round
from pbvote.settings import Mail, Settings
from pbvote.voting.timekeeper import keep_time
from tests.conftest import BASE_URL, SettableClock
from tests.house import agree_to_open, let_in, make_codes, make_people, make_round, open_the_vote
from tests.notices.test_sending import Postbox
from tests.roll.test_at_rest import files_of

pytestmark = pytest.mark.new_database

ANN, BOB, NOBODY = "Ann.Quetzal@example.net", "bob@example.net", "nobody@example.net"
SETUP = "/api/rounds/harbourside-2026/setup"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a way out for e-mail."""
    return replace(settings, mail=Mail("votes@example.org", folder=tmp_path / "mail"))


@dataclass(frozen=True)
class Vote:
    """An open vote that sends links: the codes of Ann and Bob from their letters, and a browser."""

    client: httpx.AsyncClient
    database: Database
    keys: Keys
    poll: UUID
    round_id: UUID
    codes: Sequence[str]

    async def ask(self, email: str) -> httpx.Response:
        return await self.client.post(f"/api/polls/{self.poll}/email-link", json={"email": email})

    async def use(self, token: str) -> httpx.Response:
        return await self.client.post(f"/api/polls/{self.poll}/email-link/use", json={"token": token})

    async def outbox(self) -> list[Message]:
        sealer = Sealer.of(self.keys.pepper, OUTBOX)
        async with self.database.session(write=False) as db:
            rows = list(await db.scalars(select(Outgoing)))
        return [sealer.open(row.id.bytes, row.sealed, Message).trimmed() for row in rows]

    async def sent(self) -> list[tuple[str, str]]:
        """Whom links are sent to, with their tokens; the outbox is empty afterwards."""
        postbox = Postbox()
        await send_waiting(self.database, self.keys, postbox)
        return [(to, token_in(str(message.get_content()))) for to, message in postbox.taken]

    async def token(self, email: str = ANN) -> str:
        assert (await self.ask(email)).status_code == 202
        [(_, token)] = await self.sent()
        return token

    async def cast(self, code: str, project: int) -> None:
        body = {"code": code, "choices": [project], "points": None, "idempotency_key": uuid4().hex}
        answer = await self.client.put(f"/api/polls/{self.poll}/ballot", json=body)
        assert answer.status_code == 200, answer.text

    async def has_voted(self, code: str) -> object:
        return (await self.client.post(f"/api/polls/{self.poll}/code", json={"code": code})).json()


def token_in(said: str) -> str:
    [link] = [line for line in said.split() if "/email#" in line]
    address, _, token = link.partition("#")
    assert address == f"{BASE_URL}/en/r/harbourside-2026/email"
    return token


@pytest.fixture
async def codes(client: httpx.AsyncClient, database: Database, keys: Keys) -> list[str]:
    """A round in review that allows links; Ann and Bob have addresses."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=3)
    async with database.session(write=True) as db:
        [round_] = await db.scalars(select(Round))
        round_.email_link = True
        electors = dict((await db.execute(select(Elector.code_hash, Elector.id))).all())
        named = zip(codes, (ANN, BOB), strict=False)
        await add_contacts(
            db, keys, round_.id, [(electors[hash_code(keys.pepper, code)], email) for code, email in named]
        )
    del client
    return codes


@pytest.fixture
async def vote(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> Vote:
    poll = await open_the_vote(database, keys, clock)
    async with database.session(write=False) as db:
        [round_id] = await db.scalars(select(Round.id))
    return Vote(client, database, keys, poll, round_id, codes)


async def test_a_round_that_sends_no_links_has_no_such_address(vote: Vote) -> None:
    token = await vote.token()
    async with vote.database.session(write=True) as db:
        await db.execute(update(Round).values(email_link=False))
    assert {(await vote.ask(email)).status_code for email in (ANN, NOBODY)} == {404}
    assert (await vote.use(token)).status_code == 404
    assert await vote.outbox() == []


async def test_links_are_for_the_time_of_the_vote(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    async with database.session(write=False) as db:
        [round_] = await db.scalars(select(Round))
    vote = Vote(client, database, keys, round_.poll.id, round_.id, codes)
    assert (await vote.ask(ANN)).json()["code"] == "voting_is_not_open"
    assert (await vote.use("x")).json()["code"] == "voting_is_not_open"
    await open_the_vote(database, keys, clock)
    clock.advance(days=15)
    assert (await vote.ask(ANN)).json()["code"] == "voting_is_closed"
    assert await vote.outbox() == []


@pytest.mark.parametrize("email", ["", "ann", "ann@example.net\nBcc: all@example.net", f"{ANN},{BOB}"])
async def test_what_is_no_address_is_refused(vote: Vote, email: str) -> None:
    answer = await vote.ask(email)
    assert (answer.status_code, [reason["code"] for reason in answer.json()["reasons"]]) == (400, ["bad_email"])
    assert await vote.outbox() == []


@contextmanager
def statements(app: Litestar) -> Iterator[list[str]]:
    """What the server says to its database."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    database: Database = app.state["database"]
    engines = database.engines
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


async def test_the_answer_and_the_work_are_the_same_whether_or_not_anybody_has_the_address(
    vote: Vote, app: Litestar
) -> None:
    answers, work = [], []
    for email in (ANN, NOBODY):
        with statements(app) as said:
            answers.append(await vote.ask(email))
        work.append(said)
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"minutes":60}')}
    assert work[0] == work[1]
    assert any("INSERT INTO outbox" in statement for statement in work[0])
    async with vote.database.session(write=False) as db:
        rows = list(await db.scalars(select(Outgoing)))
        tokens = list(await db.scalars(select(EmailToken)))
    assert len({len(row.sealed) for row in rows}) == len({len(token.sealed) for token in tokens}) == 1
    assert [to for to, _ in await vote.sent()] == [ANN]


async def test_the_link_goes_to_the_address_that_the_forum_gave(vote: Vote) -> None:
    await vote.ask(" ANN.QUETZAL@EXAMPLE.NET ")
    [message] = await vote.outbox()
    assert message.to == ANN
    assert message.subject == "Your link to vote: Harbourside budget 2026"
    assert "within 60 minutes" in message.text


async def test_a_link_gives_a_code_that_shares_the_slot_with_the_letters(vote: Vote) -> None:
    await vote.cast(vote.codes[0], 1)
    answer = await vote.use(await vote.token())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    code = answer.json()["code"]
    assert await vote.has_voted(code) == {"has_voted": True}
    assert await vote.has_voted(vote.codes[1]) == {"has_voted": False}
    await vote.cast(code, 2)
    await vote.cast(vote.codes[0], 3)  # the letter's code goes on working
    async with vote.database.session(write=False) as db:
        assert await db.scalar(text("SELECT count(*) FROM slots")) == 1


async def test_looking_at_the_page_uses_nothing_up(vote: Vote) -> None:
    token = await vote.token()
    for method in ("GET", "HEAD", "GET"):
        answer = await vote.client.request(method, f"/en/r/harbourside-2026/email#{token}")
        assert answer.status_code == 200
    assert (await vote.use(token)).status_code == 200


async def test_used_expired_and_unknown_links_get_one_and_the_same_answer(vote: Vote, clock: SettableClock) -> None:
    used, expired = await vote.token(), await vote.token(BOB)
    assert (await vote.use(used)).status_code == 200
    clock.advance(minutes=60)
    answers = [await vote.use(token) for token in (used, expired, "unknown", "", "x" * 5000, "0" * 43)]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert (answers[0].status_code, answers[0].json()["code"]) == (410, "link_does_not_work")


async def test_a_link_works_until_its_last_minute(vote: Vote, clock: SettableClock) -> None:
    token = await vote.token()
    clock.advance(minutes=59, seconds=59)
    assert (await vote.use(token)).status_code == 200


async def test_a_link_that_is_used_twice_at_once_works_once(vote: Vote) -> None:
    token = await vote.token()
    answers = await asyncio.gather(*(vote.use(token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7


async def test_a_link_of_another_round_does_not_work(vote: Vote) -> None:
    await make_round(vote.database, "harbourside-2027")
    async with vote.database.session(write=True) as db:
        [other] = await db.scalars(select(Round.id).where(Round.id != vote.round_id))
        token = await new_token(db, vote.keys, other, ANN, uuid4())
    assert token
    assert (await vote.use(token)).json()["code"] == "link_does_not_work"


async def test_whoever_was_taken_off_the_roll_gets_no_code_and_theirs_stops(vote: Vote) -> None:
    first, second = await vote.token(), await vote.token()
    code = (await vote.use(first)).json()["code"]
    async with vote.database.session(write=True) as db:
        await db.execute(update(Elector).values(removed=True))
    assert (await vote.use(second)).json()["code"] == "link_does_not_work"
    refused = await vote.client.post(f"/api/polls/{vote.poll}/code", json={"code": code})
    assert refused.json()["code"] == "not_on_the_roll"


async def test_neither_token_nor_code_nor_who_asked_is_stored(vote: Vote, database_url: str) -> None:
    token = await vote.token()
    code = (await vote.use(token)).json()["code"]
    stored = files_of(database_url)
    assert b"harbourside-2026" in stored  # what is stored in plain is found this way
    said = (token, code, code.replace("-", ""), ANN, ANN.lower())
    assert not any(secret.encode() in stored for secret in said)
    async with vote.database.session(write=False) as db:
        [row] = await db.scalars(select(EmailToken))
        electors = [str(elector).encode() for elector in await db.scalars(select(Elector.id))]
    assert not any(elector in row.sealed + row.asker + row.token_hash for elector in electors)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # which says who wrote a row
async def test_asking_and_using_leave_no_trace_on_the_side_of_the_elector(vote: Vote) -> None:
    before = await traces(vote)
    code = (await vote.use(await vote.token())).json()["code"]
    await vote.cast(code, 1)
    assert await traces(vote) == before
    async with vote.database.session(write=True) as db:  # what is written there would be seen
        await db.execute(select(Elector.id).where(Elector.id == before[0][0]).with_for_update())
    assert await traces(vote) != before


async def traces(vote: Vote) -> list[Any]:
    found: list[Any] = []
    async with vote.database.session(write=False) as db:
        for table, key in (("electors", "id"), ("contacts", "elector_id")):
            rows = await db.execute(text(f"SELECT {key}, xmin::text, xmax::text, ctid::text FROM {table} ORDER BY 1"))  # noqa: S608  # names of ours
            found += [tuple(row) for row in rows]
    return found


async def test_one_address_is_sent_a_few_links_in_an_hour_and_is_not_told(vote: Vote, clock: SettableClock) -> None:
    for email in (ANN, NOBODY):
        answers = [await vote.ask(email) for _ in range(MOST + 2)]
        assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"minutes":60}')}
    assert len(await vote.outbox()) == 2 * (MOST + 2)
    assert [to for to, _ in await vote.sent()] == [ANN] * MOST
    clock.advance(minutes=60)
    await vote.ask(ANN)
    assert [to for to, _ in await vote.sent()] == [ANN]


async def two_at_once(vote: Vote) -> list[str | None]:
    """The tokens of two who ask for one address, the second before the first has committed."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def ask(*, first: bool) -> str | None:
        if not first:
            await begun.wait()
        async with vote.database.session(write=True) as db:
            token = await new_token(db, vote.keys, vote.round_id, ANN, uuid4())
            if first:
                begun.set()
                await go_on.wait()
        return token

    tasks = [asyncio.create_task(ask(first=True)), asyncio.create_task(ask(first=False))]
    await asyncio.wait(tasks, timeout=0.3)  # as long as the second waits for the first
    go_on.set()
    return list(await asyncio.gather(*tasks))


async def test_asking_at_the_same_time_gets_no_more(vote: Vote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_tokens, "MOST", 1)
    first, second = await two_at_once(vote)
    assert first
    assert second is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite there is one writer at a time
async def test_without_waiting_for_each_other_it_would(vote: Vote, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_at_all(*_: object) -> None: ...

    monkeypatch.setattr(email_tokens, "MOST", 1)
    monkeypatch.setattr(email_tokens, "_one_at_a_time", not_at_all)
    assert None not in await two_at_once(vote)


async def test_one_network_asks_and_fails_only_so_often(vote: Vote) -> None:
    asked = [(await vote.ask(f"v{number}@example.net")).status_code for number in range(21)]
    assert asked == [202] * 20 + [429]
    used = [(await vote.use(f"token {number}")).status_code for number in range(21)]
    assert used == [410] * 20 + [429]


async def test_a_ballot_can_be_voided_by_naming_the_code_from_e_mail(vote: Vote) -> None:
    code = (await vote.use(await vote.token())).json()["code"]
    await vote.cast(code, 1)
    answers: list[httpx.Response] = []
    for email in ("officer@example.org", "second@example.org"):
        await let_in(vote.database, vote.client, email)
        body = {"whose": code, "reason": "Not theirs.", "approves": answers[0].json()["id"] if answers else None}
        answers.append(await vote.client.post("/api/rounds/harbourside-2026/void", json=body))
    assert [answer.status_code for answer in answers] == [202, 200]
    assert await vote.has_voted(code) == await vote.has_voted(vote.codes[0]) == {"has_voted": False}


async def test_links_that_nobody_used_are_deleted_when_they_are_too_old(vote: Vote, clock: SettableClock) -> None:
    used, _ = await vote.token(), await vote.token(BOB)
    await vote.use(used)
    clock.advance(minutes=60)
    await vote.ask(NOBODY)
    async with vote.database.session(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(EmailToken)) == 2  # the used one, and the new one


async def test_codes_from_e_mail_are_forgotten_with_the_addresses(vote: Vote) -> None:
    code = (await vote.use(await vote.token())).json()["code"]
    async with vote.database.session(write=True) as db:
        await forget_contacts(db, vote.round_id)
    refused = await vote.client.post(f"/api/polls/{vote.poll}/code", json={"code": code})
    assert refused.json()["code"] == "not_on_the_roll"


@pytest.fixture
async def organiser(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await make_round(database)
    await let_in(database, client, "organiser@example.org")
    return client


async def allow(client: httpx.AsyncClient, *, allowed: bool = True) -> httpx.Response:
    version = (await client.get(SETUP)).json()["version"]
    return await client.put(f"{SETUP}/email-link", json={"allowed": allowed, "version": version})


async def test_an_organiser_allows_links_and_everybody_can_see_it(organiser: httpx.AsyncClient) -> None:
    assert (await organiser.get(SETUP)).json()["email_link"] is False
    assert (await allow(organiser)).json()["email_link"] is True
    assert (await organiser.get("/api/rounds/harbourside-2026")).json()["email_link"] is True
    stale = await organiser.put(f"{SETUP}/email-link", json={"allowed": False, "version": 1})
    assert stale.json()["code"] == "changed_by_somebody_else"


async def test_nobody_allows_links_where_no_mail_is_sent(organiser: httpx.AsyncClient, app: Litestar) -> None:
    app.state["settings"] = replace(app.state["settings"], mail=None)
    answer = await allow(organiser)
    assert (answer.status_code, [reason["code"] for reason in answer.json()["reasons"]]) == (400, ["no_mail"])
    assert (await allow(organiser, allowed=False)).status_code == 200


async def test_two_officers_agree_to_links_or_to_none(
    organiser: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_codes(database, keys)
    await agree_to_open(database)
    await allow(organiser)
    clock.advance(days=1)
    await keep_time(database, keys)
    reasons = (await organiser.get("/api/rounds/harbourside-2026/readiness")).json()["reasons"]
    assert "opening_not_approved" in {reason["code"] for reason in reasons}
    await agree_to_open(database)
    await keep_time(database, keys)
    assert (await organiser.get("/api/rounds/harbourside-2026")).json()["phase"] == "voting"


async def test_links_can_be_stopped_while_voting_is_open_and_not_begun(
    organiser: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    assert (await allow(organiser)).status_code == 200
    await make_codes(database, keys)
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    paper = (await organiser.get("/api/rounds/harbourside-2026/ballot-paper")).json()
    assert paper["email_link"] is True
    assert (await allow(organiser, allowed=False)).json()["email_link"] is False
    assert (await allow(organiser)).json()["code"] == "rules_are_frozen"
