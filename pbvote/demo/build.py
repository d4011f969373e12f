"""Build the demo partnership through the verbs that the website uses, with a clock that goes through the story."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import add_account, grant_role
from pbvote.ballots.design import Choice, Design, Kind
from pbvote.db import Database
from pbvote.demo.plan import ForumPlan, Partnership, RoundPlan, read_partnership
from pbvote.demo.story import (
    CLERK,
    MIDNIGHT,
    NINE,
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
from pbvote.forums.bands import change_bands
from pbvote.forums.editing import NewForum, add_forum, change_boundary
from pbvote.keys import Keys
from pbvote.proposals.ballot import projects_of
from pbvote.proposals.content import Draft
from pbvote.proposals.decisions import Checks, DecisionMade
from pbvote.proposals.reviewing import decide
from pbvote.proposals.service import submit
from pbvote.proposals.states import Decision
from pbvote.roll.file import read_roll
from pbvote.roll.importing import import_roll
from pbvote.roll.letters import make_letters, mark_posted
from pbvote.roll.service import issue_codes
from pbvote.rounds.approvals import Consent
from pbvote.rounds.calendar import local_text
from pbvote.rounds.changes import AboutChange, DatesChange, EmailLinkChange, MoneyChange, PollsChange, VoteChange
from pbvote.rounds.making import make_round
from pbvote.rounds.models import CHALLENGE_DAYS, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.service import begin_delivery, cancel, finish
from pbvote.rounds.setup import (
    change_about,
    change_dates,
    change_email_link,
    change_money,
    change_polls,
    change_vote,
    open_round,
)
from pbvote.rounds.templates import RuleChoice
from pbvote.voting.casting import Cast, cast
from pbvote.voting.opening import ask_to_open

ADMINISTRATOR = "administrator"
ORDER = list(Phase)
REGISTER = b"""reference,name,address_1,email
TS1-0001,Kim Resident,1 Mill Lane,kim@tarnshire.example
TS1-0002,Lee Resident,2 Mill Lane,lee@tarnshire.example
TS1-0003,Max Resident,3 Mill Lane,
"""
DESCRIPTION = (
    "This year the people of our forum decide together how its budget is spent.\n\nAnybody who lives here can put a "
    "proposal forward. Officers check that each proposal is appropriate, feasible and sustainable, and work out its "
    "cost. Then residents vote: you choose the proposals you want, as many as the budget can pay for."
)
ACCEPTED = "Officers have checked that this can be done for this cost, on land that we may use."
REJECTED = "We would gladly do this, but the road belongs to the county, which plans to rebuild it next year."


async def build(database: Database, keys: Keys, today: datetime) -> list[str]:
    """Fill an empty database; gives back codes that have not voted in the round that is open for voting."""
    clock = StoryClock(today - timedelta(days=900))
    story = Story(replace(database, clock=clock), clock, keys, today, random.Random(2026))  # noqa: S311  # a story
    plan = read_partnership()
    await _people(story, plan)
    unused: list[str] = []
    for round_plan in plan.rounds:
        codes = await _round(story, plan, round_plan)
        if round_plan.until == Phase.VOTING:
            unused = codes
    return unused


async def _people(story: Story, plan: Partnership) -> None:
    async with story.database.session(write=True) as db:
        await change_bands(db, plan.bands, None)
        for forum in plan.forums:
            await _forum(db, forum)
        for person in plan.people:
            looks_after_all = person.role == ADMINISTRATOR
            await add_account(
                db, email=person.email, name=person.name, password=PASSWORD, administrator=looks_after_all
            )
            for forum in [] if looks_after_all else plan.forums:
                await grant_role(db, email=person.email, forum_slug=forum.slug, role=person.role)


async def _forum(db: AsyncSession, plan: ForumPlan) -> None:
    values = msgspec.structs.asdict(plan)
    people, boundary = values.pop("people"), values.pop("boundary")
    forum = await add_forum(db, NewForum(**values))
    if boundary:
        file = msgspec.json.encode({"type": "Polygon", "coordinates": [boundary]})
        await change_boundary(db, forum, file, forum.version, None)
    forum.people = msgspec.to_builtins(people)


async def _round(story: Story, plan: Partnership, of: RoundPlan) -> list[str]:
    """Take one round as far as its plan says; gives back the voting codes that were not used."""
    opens = of.days["proposals_open"]
    story.clock.moment = story.at((opens if opens is not None else 0) - 20)
    slug = await _set_up(story, of)
    if of.until == Phase.DRAFT:
        return []
    await story.go_to(story.at(opens or 0) + timedelta(hours=1))
    await _propose(story, plan, of, slug)
    if _reaches(of, Phase.REVIEW) or of.until == Phase.CANCELLED:
        await story.go_to(story.at(of.days["proposals_close"] or 0) + timedelta(hours=30))
        await _review(story, of, slug)
    codes = await _vote(story, of, slug) if _reaches(of, Phase.VOTING) else []
    if _reaches(of, Phase.PUBLISHED):
        await story.go_to(story.at(of.days["results"] or 0))
        await count_and_publish(story, slug)
    await _end(story, of, slug)
    return codes


def _reaches(of: RoundPlan, phase: Phase) -> bool:
    return of.until != Phase.CANCELLED and ORDER.index(Phase(of.until)) >= ORDER.index(phase)


async def _set_up(story: Story, of: RoundPlan) -> str:
    async with story.database.session(write=True) as db:
        organiser = await actor_of(db, ORGANISER, Role.ORGANISER)
        round_ = await make_round(db, of.forum, of.template, of.title, organiser)
        if of.until == Phase.DRAFT:
            return round_.slug
        about = AboutChange(
            of.title, DESCRIPTION, of.eligibility, "", CHALLENGE_DAYS, advisory=False, version=round_.version
        )
        round_ = await change_about(db, round_, about, organiser)
        pots = [PotPlan(pot.funder, pot.amount, [], [], "returned") for pot in of.pots]
        money = MoneyChange(pots, None, of.largest_award, None, part_funding=False, version=round_.version)
        round_ = await change_money(db, round_, money, organiser)
        round_ = await _one_vote(db, round_, organiser)
        dates = {
            name: local_text(story.at(day or 0, MIDNIGHT if name.endswith("close") else NINE), ZONE)
            for name, day in of.days.items()
        }
        round_ = await change_dates(db, round_, DatesChange(**dates, version=round_.version), organiser)
        await open_round(db, round_, organiser)
        return round_.slug


async def _one_vote(db: AsyncSession, round_: Round, organiser: Actor) -> Round:
    """Have one vote by basket in place of a Decision Night's two."""
    if len(round_.polls) == 1:
        return round_
    round_ = await change_polls(db, round_, PollsChange(1, ["The vote"], round_.version), organiser)
    round_.night = False  # a template says it, and planning an evening does: nobody takes it back
    basket = Design(Kind.KNAPSACK, 1, None, None, None)
    rule = RuleChoice("equal-shares", {"utility": "cost", "completion": "add1u"})
    change = VoteChange(1, basket, rule, round_.polls[0].ties, round_.version)
    return await change_vote(db, round_, change, organiser)


async def _propose(story: Story, plan: Partnership, of: RoundPlan, slug: str) -> None:
    async with story.database.session(write=True) as db:
        round_ = await find_round(db, slug)
        for place in of.proposals:
            proposal = msgspec.structs.asdict(plan.pools[of.pool][place])
            await submit(db, round_, Draft(**proposal, contact_email="resident@tarnshire.example"))


async def _review(story: Story, of: RoundPlan, slug: str) -> None:
    async with story.database.session(write=True) as db:
        round_, officer = await find_round(db, slug), await actor_of(db, OFFICER, Role.OFFICER)
        numbers = range(1, len(of.proposals) + 1)
        undecided = 3 if of.until == Phase.REVIEW else 0
        for number in numbers[: len(of.proposals) - undecided]:
            good = number - 1 not in of.rejected
            decision, reason = (Decision.ACCEPTED, ACCEPTED) if good else (Decision.REJECTED, REJECTED)
            checks = Checks(appropriate=True, feasible=good, sustainable=True)
            await decide(db, round_, number, DecisionMade(decision, reason, checks, None, 1), officer)
        if of.electors:
            clerk = await actor_of(db, CLERK, Role.CLERK)
            await issue_codes(db, story.keys, round_, "Sample of letters", 3, clerk)


async def _vote(story: Story, of: RoundPlan, slug: str) -> list[str]:
    async with story.database.session(write=True) as db:
        clerk = await actor_of(db, CLERK, Role.CLERK)
        officer = await actor_of(db, OFFICER, Role.OFFICER)
        second = await actor_of(db, SECOND, Role.OFFICER)
        codes = await issue_codes(
            db, story.keys, await find_round(db, slug), "Letters to residents", of.electors, clerk
        )
        if of.until == Phase.VOTING:
            await _people_with_email(db, story, slug, clerk)
        asked = await ask_to_open(db, await find_round(db, slug), Consent(), officer)
        await ask_to_open(db, await find_round(db, slug), Consent(asked.id), second)
    await story.go_to(story.at(of.days["voting_open"] or 0) + timedelta(hours=2))
    async with story.database.session(write=True) as db:
        round_ = await find_round(db, slug)
        poll = round_.poll
        projects = {project.number: project for project in await projects_of(db, poll.id)}
        casts = []
        for index, code in enumerate(codes[: of.voted]):
            chosen = _choose(story, {number: project.cost for number, project in projects.items()}, poll.budget or 0)
            casts.append(Cast(code, Choice(chosen, None), f"demo-{slug}-{index:04}"[-64:]))
        results = await cast(db, story.keys, poll.id, casts)
        if refused := [result for result in results if isinstance(result, Exception)]:
            raise refused[0]
    await story.go_to(story.at(of.days["voting_close"] or 0, MIDNIGHT) + timedelta(minutes=1))
    return codes[of.voted :]


async def _people_with_email(db: AsyncSession, story: Story, slug: str, clerk: Actor) -> None:
    """Put people on the roll who can be written to, post their letters, and let them ask for links."""
    round_, organiser = await find_round(db, slug), await actor_of(db, ORGANISER, Role.ORGANISER)
    await change_email_link(db, round_, EmailLinkChange(allowed=True, version=round_.version), organiser)
    file = read_roll(REGISTER)
    batch = await import_roll(db, story.keys, round_, file, clerk, label="Register, TS1", sha256=file.sha256)
    await make_letters(db, story.keys, round_, batch.id, 0, clerk)
    await mark_posted(db, round_, batch.id, 1, clerk)


def _choose(story: Story, costs: dict[int, int], budget: int) -> tuple[int, ...]:
    """A made-up voter's choice: some projects are liked by many, and nobody goes over the budget."""
    liked = sorted(costs, key=lambda number: story.chance.random() ** (0.4 + number * 7 % 11 / 6))
    chosen, left = [], budget
    for number in liked[: story.chance.choice([2, 3, 4, 5, 6, 8])]:
        if costs[number] <= left:
            chosen.append(number)
            left -= costs[number]
    return tuple(chosen)


async def _end(story: Story, of: RoundPlan, slug: str) -> None:
    async with story.database.session(write=True) as db:
        round_, organiser = await find_round(db, slug), await actor_of(db, ORGANISER, Role.ORGANISER)
        if of.until == Phase.CANCELLED:
            await cancel(db, round_, of.cancelled, organiser)
        if of.until in {Phase.DELIVERY, Phase.CLOSED}:
            await begin_delivery(db, round_, organiser)
        if of.until == Phase.CLOSED:
            story.clock.moment += timedelta(days=200)
            await finish(db, round_, organiser)
