"""A county's Decision Nights: 25 forums that each give their budget away in two votes on one evening.

The figures are those of Leicestershire's Community Forum Budgets of 2013 (25 forums with 12,500, 15,000 or 20,000
pounds by population, 271 proposals, 1,370 voters); places, people and proposals are made up. What was reported there
as 320,000 pounds a year cannot be 25 forums in all three bands (the least that they add up to is 322,500), so the sum
here is another.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from importlib import resources

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Role
from pbvote.accounts.service import add_account, grant_role
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.demo.plan import PersonPlan
from pbvote.demo.story import (
    CLERK,
    MIDNIGHT,
    OFFICER,
    ORGANISER,
    PASSWORD,
    SECOND,
    ZONE,
    Story,
    StoryClock,
    actor_of,
    count_and_publish,
    find_round,
)
from pbvote.forums.bands import Band, change_bands
from pbvote.forums.editing import NewForum, add_forum
from pbvote.keys import Keys
from pbvote.outcomes.result import stored_result
from pbvote.proposals.ballot import projects_of
from pbvote.proposals.content import Draft, LineDraft
from pbvote.proposals.decisions import Checks, DecisionMade
from pbvote.proposals.reviewing import decide
from pbvote.proposals.service import submit
from pbvote.proposals.states import Decision
from pbvote.publication.service import published
from pbvote.roll.service import issue_codes
from pbvote.rounds.approvals import Consent
from pbvote.rounds.calendar import local_text
from pbvote.rounds.changes import DatesChange, MoneyChange
from pbvote.rounds.making import make_round
from pbvote.rounds.models import Round
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.setup import change_dates, change_money, open_round
from pbvote.voting.casting import Cast, cast
from pbvote.voting.opening import ask_to_open

Codes = Mapping[str, Sequence[str]]  # of each round, by its slug
TEMPLATE = "community-forum-budget"
PROPOSALS, VOTERS = 271, 1_370
COMMON = 0.35  # how much of what somebody likes everybody likes
PICKS = 3
MODEST = 0.5  # the share of proposals that half of what they ask for would help
FIRST, FIRST_ENDS = time(19, 30), time(20, 15)
SECOND_BEGINS, SECOND_ENDS, LATE = time(20, 30), time(21, 0), time(21, 30)


class CountyPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `nights.json`: bands and amounts in people and pence, ideas with the range of their cost."""

    title: str
    people: list[PersonPlan]
    funder: str
    bands: list[tuple[int, int]]
    forums: list[tuple[str, int]]
    places: list[str]
    ideas: list[tuple[str, str, str, int, int]]


@dataclass(frozen=True, slots=True)
class ForumNight:
    """One forum's part: its round, how many proposals it gets, and how many people vote."""

    forum: str
    name: str
    slug: str
    proposals: int
    voters: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of all the nights. Money is pence."""

    forums: int
    budget: int
    proposals: int
    voters: int
    funded: int
    part_funded: int
    awarded: int


def read_county() -> CountyPlan:
    """The plan as its file has it."""
    return msgspec.json.decode((resources.files("pbvote.demo") / "nights.json").read_bytes(), type=CountyPlan)


def shares(whole: int, parts: int) -> list[int]:
    """A whole number in parts that differ by one at most, the larger ones first."""
    least, more = divmod(whole, parts)
    return [least + 1] * more + [least] * (parts - more)


async def build_county(database: Database, keys: Keys, today: datetime, forums: int | None = None) -> Figures:
    """Fill an empty database with the nights of the county, all of it through the website's verbs.

    `forums` takes only so many of the 25, each with as many proposals and voters as it has among all of them.
    """
    plan = read_county()
    clock = StoryClock(today)
    story = Story(replace(database, clock=clock), clock, keys, today, random.Random(2013))  # noqa: S311  # a story
    clock.moment = story.at(-120)
    nights = await _forums(story, plan, forums)
    await story.go_to(story.at(-100) + timedelta(hours=1))
    for night in nights:
        await _propose(story, plan, night)
    await story.go_to(story.at(-30))
    for night in nights:
        await _review(story, night)
    codes = {night.slug: await _hand_out_codes(story, night) for night in nights}
    await _vote(story, nights, codes, story.at(-7, FIRST), story.at(-7, FIRST_ENDS))
    await _vote(story, nights, codes, story.at(-7, SECOND_BEGINS), story.at(-7, LATE))
    await story.go_to(story.today)
    async with story.database.session(write=False) as db:
        return await _figures(db, nights)


async def _forums(story: Story, plan: CountyPlan, forums: int | None) -> list[ForumNight]:
    """The forums, the people who work for them, and a round for each, open to the public."""
    proposals, voters = shares(PROPOSALS, len(plan.forums)), shares(VOTERS, len(plan.forums))
    nights = []
    async with story.database.session(write=True) as db:
        await change_bands(db, [Band(least, amount, plan.funder) for least, amount in plan.bands], None)
        slugs = []
        for at, (name, population) in enumerate(plan.forums[:forums]):
            slug = name.lower().replace(" ", "-")
            new = NewForum(
                slug=slug,
                name=f"{name} Community Forum",
                population=population,
                postcodes=(f"TS{at + 30}",),
                contact_email=f"{slug}@tarnshire.example",
                contact_phone="01632 960 123",
            )
            await add_forum(db, new)
            slugs.append(slug)
        for person in plan.people:
            await add_account(db, email=person.email, name=person.name, password=PASSWORD, administrator=False)
            for slug in slugs:
                await grant_role(db, email=person.email, forum_slug=slug, role=person.role)
        for at, slug in enumerate(slugs):
            name = plan.forums[at][0]
            round_slug = await _open_round(db, story, f"{name} {plan.title}", slug)
            nights.append(ForumNight(slug, name, round_slug, proposals[at], voters[at]))
    return nights


async def _open_round(db: AsyncSession, story: Story, title: str, forum: str) -> str:
    organiser = await actor_of(db, ORGANISER, Role.ORGANISER)
    round_ = await make_round(db, forum, TEMPLATE, title, organiser)
    if not round_.pots:
        raise LookupError(f"the band of {forum} gave its round no money")
    pots = [PotPlan(pot.funder, pot.amount, [], [], "returned") for pot in round_.pots]
    money = MoneyChange(
        pots, round_.smallest_award, round_.largest_award, None, part_funding=True, version=round_.version
    )
    round_ = await change_money(db, round_, money, organiser)
    dates = {
        "proposals_open": story.at(-100),
        "proposals_close": story.at(-40, MIDNIGHT),
        "voting_open": story.at(-7, FIRST),
        "voting_close": story.at(-7, FIRST_ENDS),
        "second_voting_open": story.at(-7, SECOND_BEGINS),
        "second_voting_close": story.at(-7, SECOND_ENDS),
        "results": story.at(-7, LATE),
    }
    local = {name: local_text(at, ZONE) for name, at in dates.items()}
    round_ = await change_dates(db, round_, DatesChange(**local, version=round_.version), organiser)
    await open_round(db, round_, organiser)
    return round_.slug


async def _propose(story: Story, plan: CountyPlan, night: ForumNight) -> None:
    ideas = story.chance.sample(plan.ideas, night.proposals)
    async with story.database.session(write=True) as db:
        round_ = await find_round(db, night.slug)
        for category, title, summary, least, most in ideas:
            place = story.chance.choice(plan.places)
            cost = story.chance.randrange(least, most + 1, 1_000)
            draft = Draft(
                title=title.format(place=place),
                summary=summary,
                description=f"{summary} It is for everybody in {night.name}.",
                category=category,
                place=f"{place[0].upper()}{place[1:]}, {night.name}",
                proposer=f"A group of neighbours in {night.name}",
                contact_email="resident@tarnshire.example",
                running_costs="",
                lines=[LineDraft("Everything that we need", cost, "estimate")],
                smallest=cost // 2 if story.chance.random() < MODEST else None,
            )
            await submit(db, round_, draft)


async def _review(story: Story, night: ForumNight) -> None:
    """Accept every proposal."""
    async with story.database.session(write=True) as db:
        officer, round_ = await actor_of(db, OFFICER, Role.OFFICER), await find_round(db, night.slug)
        checks = Checks(appropriate=True, feasible=True, sustainable=True)
        reason = "Officers have checked that this can be done for this cost."
        for number in range(1, night.proposals + 1):
            await decide(db, round_, number, DecisionMade(Decision.ACCEPTED, reason, checks, None, 1), officer)


async def _hand_out_codes(story: Story, night: ForumNight) -> list[str]:
    async with story.database.session(write=True) as db:
        clerk, round_ = await actor_of(db, CLERK, Role.CLERK), await find_round(db, night.slug)
        return await issue_codes(db, story.keys, round_, "Decision Night", night.voters, clerk)


async def _vote(story: Story, nights: Sequence[ForumNight], codes: Codes, opens: datetime, ends: datetime) -> None:
    """One vote of every forum: two officers agree, everybody votes, it is counted and published."""
    for night in nights:
        async with story.database.session(write=True) as db:
            officer, second = await actor_of(db, OFFICER, Role.OFFICER), await actor_of(db, SECOND, Role.OFFICER)
            asked = await ask_to_open(db, await find_round(db, night.slug), Consent(), officer)
            await ask_to_open(db, await find_round(db, night.slug), Consent(asked.id), second)
    await story.go_to(opens + timedelta(minutes=5))
    for night in nights:
        await _cast(story, night, codes[night.slug])
    await story.go_to(ends + timedelta(minutes=1))
    for night in nights:
        await count_and_publish(story, night.slug)


async def _cast(story: Story, night: ForumNight, codes: Sequence[str]) -> None:
    """Everybody scores every proposal, or picks three of those that are left."""
    async with story.database.session(write=True) as db:
        round_ = await find_round(db, night.slug)
        projects = await projects_of(db, round_.poll.id)
        taste = {project.proposal.number: random.Random(project.title).random() for project in projects}  # noqa: S311  # a story
        casts = []
        for index, code in enumerate(codes):
            liking = {
                project.number: COMMON * taste[project.proposal.number] + (1 - COMMON) * story.chance.random()
                for project in projects
            }
            choice = _scores(liking) if round_.current == 1 else _picks(liking)
            casts.append(Cast(code, choice, f"night-{round_.current}-{night.slug}-{index:04}"))
        results = await cast(db, story.keys, round_.poll.id, casts)
        if refused := [result for result in results if isinstance(result, Exception)]:
            raise refused[0]


def _scores(liking: Mapping[int, float]) -> Choice:
    """One to five points for every project."""
    return Choice(tuple(sorted(liking)), tuple(1 + min(4, int(5 * liking[number])) for number in sorted(liking)))


def _picks(liking: Mapping[int, float]) -> Choice:
    """The three that a voter likes best."""
    return Choice(tuple(sorted(sorted(liking, key=lambda number: -liking[number])[:PICKS])), None)


async def _figures(db: AsyncSession, nights: Sequence[ForumNight]) -> Figures:
    """What the published results say."""
    slugs = [night.slug for night in nights]
    rounds = list(await db.scalars(select(Round).where(Round.slug.in_(slugs))))
    results = [stored_result((await published(db, round_))[1].result) for round_ in rounds]
    projects = [project for result in results for project in result.projects if project.funded]
    return Figures(
        forums=len(rounds),
        budget=sum(round_.budget for round_ in rounds),
        proposals=sum(night.proposals for night in nights),
        voters=sum(result.ballots for result in results),
        funded=len(projects),
        part_funded=sum(project.awarded < project.cost for project in projects),
        awarded=sum(project.awarded for project in projects),
    )
