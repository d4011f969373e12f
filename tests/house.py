"""What tests need to have in the house: forums, people, sign-ins. Plain functions, named as the domain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account, Login
from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import grant_role
from pbvote.db import Database, now
from pbvote.forums.models import Forum, ForumArea
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.roll.service import add_electors
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.voting.opening import ask_to_open
from pbvote.voting.timekeeper import keep_time
from pbvote.web.sign_in import COOKIE
from tests.remembered import remembered

PASSWORD = "a long enough password"
_hashes: list[str] = []


async def make_forum(db: AsyncSession, slug: str = "harbourside", **changes: object) -> Forum:
    """A community forum in TS1 2."""
    values: dict[str, object] = {
        "slug": slug,
        "name": f"{slug.title()} Community Forum",
        "kind": "community",
        "description": "The streets around the harbour.",
        "population": 9_400,
        "contact_email": "forum@example.org",
        "contact_phone": "01632 960 123",
        "timezone": "Europe/London",
        "language": "en",
    }
    forum = Forum(**(values | changes), areas=[ForumArea(prefix="TS1 2")])
    db.add(forum)
    await db.flush()
    return forum


async def make_account(db: AsyncSession, email: str, *grants: tuple[str, str], administrator: bool = False) -> None:
    """An account whose roles are pairs of forum slug and role. All have one password, which is hashed only once."""
    name = email.split("@", 1)[0].title()
    values = {"email": email, "name": name, "password_hash": await password_hash(), "administrator": administrator}
    db.add(Account(**values, created_at=await now(db)))
    await db.flush()
    for forum, role in grants:
        await grant_role(db, email=email, forum_slug=forum, role=role)


async def password_hash() -> str:
    """The hash of everybody's password: one that takes no time, for it is checked thousands of times."""
    if not _hashes:
        _hashes.append(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
    return _hashes[0]


async def make_people(database: Database) -> None:
    """One forum with one person for each role, a second officer, and an organiser of another forum."""
    await remembered(database, None, ("people",), lambda: _make_people(database))


async def _make_people(database: Database) -> None:
    async with database.session(write=True) as db:
        await make_forum(db)
        await make_forum(db, "castle-hill", name="Castle Hill Area Forum", kind="area")
        for role in ("organiser", "officer", "clerk", "scrutineer"):
            await make_account(db, f"{role}@example.org", ("harbourside", role))
        await make_account(db, "second@example.org", ("harbourside", "officer"))
        await make_account(
            db,
            "elsewhere@example.org",
            *(("castle-hill", role) for role in ("organiser", "officer", "clerk", "scrutineer")),
        )
        await make_account(db, "admin@example.org", administrator=True)


async def sign_in(client: httpx.AsyncClient, email: str) -> None:
    """Sign this browser in."""
    answer = await client.post("/api/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


KNAPSACK = {"kind": "knapsack", "min_choices": 1, "max_choices": None, "total_points": None, "max_points": None}
GREEDY = {"utility": "votes"}


async def make_round(
    database: Database,
    slug: str = "harbourside-2026",
    *,
    forum: str = "harbourside",
    costs: Sequence[int] = (100_00, 250_00, 400_00, 75_00),
    budget: int = 500_00,
    design: Mapping[str, object] = KNAPSACK,
    rule: tuple[str, Mapping[str, object]] = ("greedy", GREEDY),
) -> None:
    """A round whose accepted proposals have these costs, in review until voting opens a day from now."""
    what = ("round", slug, forum, tuple(costs), budget, dict(design), rule)

    async def step() -> None:
        await _make_round(database, slug, forum=forum, costs=costs, budget=budget, design=design, rule=rule)

    await remembered(database, None, what, step)


async def _make_round(
    database: Database,
    slug: str,
    *,
    forum: str,
    costs: Sequence[int],
    budget: int,
    design: Mapping[str, object],
    rule: tuple[str, Mapping[str, object]],
) -> None:
    async with database.session(write=True) as db:
        moment = await now(db)
        found = (await db.scalars(select(Forum).where(Forum.slug == forum))).one()
        round_ = Round(
            forum_id=found.id,
            slug=slug,
            title="Harbourside budget 2026",
            description="The streets around the harbour decide together.",
            eligibility="I live, work or study in Harbourside, and this is my only vote",
            template="area-forum-small",
            phase="review",
            currency="GBP",
            categories=[{"id": "parks", "name": "Parks and nature", "theme": "parks"}],
            smallest_award=None,
            largest_award=None,
            proposals_open_at=moment - timedelta(days=20),
            proposals_close_at=moment - timedelta(days=10),
            voting_open_at=moment + timedelta(days=1),
            voting_close_at=moment + timedelta(days=15),
            results_at=moment + timedelta(days=20),
            created_at=moment - timedelta(days=30),
            opened_at=moment - timedelta(days=25),
            cancelled_reason="",
            version=1,
            pots=[Pot(position=1, funder="Tarnshire", amount=budget)],
            polls=[
                Poll(
                    position=1,
                    title="The vote",
                    design=dict(design),
                    rule_id=rule[0],
                    rule_parameters=dict(rule[1]),
                    ties=["cheapest", "most-votes", "ballot-order"],
                    budget=None,
                )
            ],
        )
        db.add(round_)
        await db.flush()
        for number, cost in enumerate(costs, start=1):
            db.add(accepted_proposal(round_.id, number, cost, moment))


APPROVAL = {"kind": "approval", "min_choices": 1, "max_choices": 3, "total_points": None, "max_points": None}


async def make_two_votes(
    database: Database, slug: str = "harbourside-2026", *, chosen: int = 2, **of_the_round: Any
) -> None:
    """A round as `make_round` makes it whose first vote chooses so many; the second opens a day after its close."""
    await make_round(database, slug, **of_the_round)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
        first = round_.poll
        second = Poll(
            round_id=round_.id,
            position=2,
            title="Choose what is paid for",
            design=first.design,
            rule_id=first.rule_id,
            rule_parameters=first.rule_parameters,
            ties=first.ties,
            conditions=first.conditions,
        )
        db.add(second)
        first.title, first.design, first.conditions = "Choose the best", dict(APPROVAL), {}
        first.rule_id, first.rule_parameters = "top", {"k": chosen, "utility": "votes"}
        assert round_.voting_close_at is not None
        round_.second_voting_open_at = round_.voting_close_at + timedelta(days=1)
        round_.second_voting_close_at = round_.voting_close_at + timedelta(days=3)


def accepted_proposal(round_id: UUID, number: int, cost: int, moment: datetime) -> Proposal:
    """A proposal that officers have accepted."""
    return Proposal(
        round_id=round_id,
        number=number,
        title=f"Proposal {number}",
        summary="A sentence about it.",
        description="More about it.",
        category="parks",
        place="The Meadows",
        proposer="Mill Lane Hall committee",
        contact_email="hall@example.org",
        running_costs="None",
        cost=cost,
        status="accepted",
        status_reason="It can be done for this cost.",
        appropriate=True,
        feasible=True,
        sustainable=True,
        submitted_at=moment,
        decided_at=moment,
        key_hash=b"",
        version=1,
        search_text="",
    )


async def make_codes(database: Database, keys: Keys, slug: str = "harbourside-2026", count: int = 5) -> list[str]:
    """Voting codes for as many electors."""
    return await remembered(database, keys, ("codes", slug, count), lambda: _make_codes(database, keys, slug, count))


async def _make_codes(database: Database, keys: Keys, slug: str, count: int) -> list[str]:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
        return await add_electors(db, keys, round_, "letters", count, None)


async def open_the_vote(database: Database, keys: Keys, clock: Clock, slug: str = "harbourside-2026") -> UUID:
    """Let two officers agree to the opening of the vote, and the clock reach it; the id of its poll."""
    if clock is not cast("object", database.clock):
        return await _open_the_vote(database, keys, clock, slug)
    return await remembered(database, keys, ("open", slug), lambda: _open_the_vote(database, keys, clock, slug))


async def _open_the_vote(database: Database, keys: Keys, clock: Clock, slug: str) -> UUID:
    await agree_to_open(database, slug)
    clock.advance(days=1)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
        assert round_.phase == "voting"
        return round_.poll.id


async def agree_to_open(database: Database, slug: str = "harbourside-2026") -> None:
    """Two officers of the forum agree to open the vote as it is now."""
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
        first, second = await two_officers(db, round_)
        asked = await ask_to_open(db, round_, Consent(), first)
        await ask_to_open(db, round_, Consent(asked.id), second)


async def two_officers(db: AsyncSession, round_: Round) -> tuple[Actor, Actor]:
    """Two officers of the round's forum: those of `make_people`, or two who are made now."""
    actors = []
    for email in ("officer@example.org", "second@example.org"):
        account = await db.scalar(select(Account).where(Account.email == email))
        if account is None:
            await make_account(db, email, (round_.forum.slug, "officer"))
            account = (await db.scalars(select(Account).where(Account.email == email))).one()
        role = frozenset({(round_.forum_id, Role.OFFICER)})
        actors.append(Actor(account.id, account.name, account.email, administrator=False, roles=role))
    return actors[0], actors[1]


async def agree(
    first: httpx.AsyncClient, second: httpx.AsyncClient, path: str, body: Mapping[str, object]
) -> httpx.Response:
    """Ask for a step with the first officer; the answer to the second one, who approves what was asked."""
    asked = await first.post(path, json={**body, "approves": None})
    assert asked.status_code == 202, asked.text
    return await second.post(path, json={**body, "approves": asked.json()["id"]})


class Clock(Protocol):
    """What moves the tests' time."""

    def advance(self, **difference: float) -> None: ...


async def let_in(database: Database, client: httpx.AsyncClient, email: str) -> None:
    """Give this browser the cookie of somebody who has signed in, without the time that a password takes."""
    await let_all_in(database, {email: client})


async def let_all_in(database: Database, clients: Mapping[str, httpx.AsyncClient]) -> None:
    """The same for browsers of several people, each by their email address."""
    async with database.session(write=True) as db:
        moment = await now(db)
        found = await db.execute(select(Account.email, Account.id).where(Account.email.in_(clients)))
        accounts = {row.email: row.id for row in found}
        for email, client in clients.items():
            token = f"cookie of {email}"
            hashed = hashlib.sha256(token.encode()).digest()
            until = moment + timedelta(days=999)
            db.add(Login(token_hash=hashed, account_id=accounts[email], created_at=moment, expires_at=until))
            client.cookies.set(COOKIE, token)
