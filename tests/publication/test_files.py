"""The files of a publication: what stands in them, and that the election can be counted again from them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.outcomes.models import Outcome
from pbvote.proposals.models import Proposal
from pbvote.publication.files import COLUMNS
from pbvote.rounds.models import Round
from pbvote.tally import Ballot, Election, read_pabulib, tally
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.outcomes.counting import CHOICES, SLUG, count, hold_the_vote, publish
from tests.voting.looking import ballots_that_count

MANY = CHOICES * 5
TITLES = {
    1: '=HYPERLINK("https://example.com","Trees")',
    2: "Benches, and “tables”; for all\tages",
    3: "@home",
    4: "-1 step",
}


async def publication(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, choices: Sequence[tuple[int, ...]]
) -> dict[str, httpx.Response]:
    """Hold a vote, count and publish it; the answers to those who ask for the files."""
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        for number, title in TITLES.items():
            await db.execute(update(Proposal).where(Proposal.number == number).values(title=title))
    await hold_the_vote(database, keys, clock, choices)
    async with AsyncExitStack() as stack:
        officer, second, anybody = [await stack.enter_async_context(browser(app)) for _ in range(3)]
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        done = await publish(officer, second, await count(officer))
        assert done.status_code == 200, done.text
        result = (await anybody.get(f"/api/rounds/{SLUG}/results")).json()
        names = ("bundle.zip", "election.pb", "projects.csv", "result.json")
        files = {name: f"/api/rounds/{SLUG}/results/{name}" for name in names}
        offered = {file["name"]: file["href"] for file in result["downloads"]}
        assert offered == {name: href for name, href in files.items() if len(choices) >= 30 or name != "election.pb"}
        return {name: await anybody.get(href) for name, href in files.items()}


def rows(table: bytes) -> list[dict[str, str]]:
    """The rows of a table as a spreadsheet reads them."""
    assert table.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))


def approvals(election: Election) -> Mapping[Ballot, int]:
    return dict(election.ballots())


async def test_the_table_has_a_row_for_each_project_and_no_formulas(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    answer = (await publication(app, database, keys, clock, CHOICES))["projects.csv"]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{SLUG}-projects.csv"'
    assert answer.content.splitlines()[0].decode("utf-8-sig") == ",".join(COLUMNS)
    found = rows(answer.content)
    assert [row["title"] for row in found] == [f"'{TITLES[1]}", TITLES[2], f"'{TITLES[3]}", f"'{TITLES[4]}"]
    assert not [cell for row in found for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [(row["number"], row["project_id"]) for row in found] == [(number, number) for number in "1234"]
    assert [row["cost"] for row in found] == ["100", "250", "400", "75"]
    assert [row["awarded"] for row in found] == ["100", "250", "0", "75"]
    assert [row["votes"] for row in found] == ["4", "1", "0", "2"]
    assert [row["outcome"] for row in found] == ["funded", "funded", "not funded", "funded"]
    assert [row["step"] for row in found] == ["1", "3", "", "2"]
    assert {row["category"] for row in found} == {"Parks and nature"}
    assert all(row["why"].endswith(".") for row in found)


async def test_result_json_is_the_result_with_the_seal_of_its_rules(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    answer = (await publication(app, database, keys, clock, CHOICES))["result.json"]
    assert answer.headers["content-type"] == "application/json"
    published = json.loads(answer.content)
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        outcome = (await db.scalars(select(Outcome))).one()
    assert round_.poll.config_sha256
    assert published == outcome.result | {"config_sha256": round_.poll.config_sha256}
    assert (published["ballots"], published["blank"], published["cost"]) == (6, 1, 425_00)


@pytest.mark.parametrize(("ballots", "status"), [(29, 403), (30, 200)])
async def test_ballots_are_listed_one_by_one_only_from_thirty_on(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, ballots: int, status: int
) -> None:
    answers = await publication(app, database, keys, clock, MANY[:ballots])
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "bundle.zip": 200,
        "election.pb": status,
        "projects.csv": 200,
        "result.json": 200,
    }
    if status == 403:
        refused = answers["election.pb"].json()
        assert refused["code"] == "too_few_ballots"
        assert refused["detail"].startswith("Only 29 people voted.")


async def test_the_published_election_is_the_one_that_was_counted(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    answers = await publication(app, database, keys, clock, MANY)
    file = answers["election.pb"].content
    election = read_pabulib(io.BytesIO(file)).election
    async with database.session(write=False) as db:
        outcome = (await db.scalars(select(Outcome))).one()
        ballots = await ballots_that_count(db, keys, outcome.poll_id)
    assert outcome.election_sha256 == hashlib.sha256(file).hexdigest()
    assert [project.name for project in election.projects] == list(TITLES.values())
    assert (election.costs, election.budget) == ((100_00, 250_00, 400_00, 75_00), 500_00)
    assert (election.currency, election.voters) == ("GBP", 30)
    cast = [Ballot(tuple(str(number) for number in ballot.projects)) for ballot in ballots]
    assert approvals(election) == {ballot: cast.count(ballot) for ballot in cast}
    again = tally(election, "greedy", {"utility": "votes"})
    published = answers["result.json"].json()
    assert [int(project) for project in again.funded] == [step["number"] for step in published["steps"]]
    assert again.cost == published["cost"]
