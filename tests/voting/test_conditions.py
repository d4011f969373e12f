"""Conditions of a vote: set up, refused with a reason, sealed, counted by, and published to count again with."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from litestar import Litestar
from sqlalchemy import select, update

from pbvote.audit.models import AuditEvent
from pbvote.ballotlog.service import log_of
from pbvote.commands.tally import command
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import public_seal_key
from pbvote.proposals.ballot import projects_of
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Poll, Round
from pbvote.tally import read_pabulib
from pbvote.tally.conditions_json import conditions_from_json
from pbvote.voting.frozen import frozen_bytes
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish
from tests.rounds.ready import change, codes, pot

SETUP = f"/api/rounds/{SLUG}/setup"
NONE: dict[str, Any] = {
    "prefunded": [],
    "exclusions": [],
    "min_votes": 0,
    "smallest": {},
    "reserve": 0,
}


POTS = [pot("County", 300_00), pot("Parks trust", 200_00, categories=["parks"], proposals=[4])]


@pytest.fixture
async def organiser(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """An organiser, and a round in review with four accepted proposals and 500 pounds."""
    await make_people(database)
    await make_round(database)
    async with browser(app) as client:
        await let_in(database, client, "organiser@example.org")
        yield client


async def set_(organiser: httpx.AsyncClient, **conditions: Any) -> httpx.Response:
    return await change(organiser, "conditions", {"poll": 1} | NONE | conditions)


async def set_pots(organiser: httpx.AsyncClient, *pots: dict[str, Any]) -> httpx.Response:
    awards = {"smallest_award": None, "largest_award": None, "match": None, "part_funding": False}
    return await change(organiser, "money", {"pots": pots, **awards})


async def test_conditions_are_kept_shown_and_told_to_the_audit_trail(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    given = {
        "prefunded": [4],
        "exclusions": [[1, 2]],
        "min_votes": 2,
        "smallest": {"3": 100_00},
        "reserve": 3,
    }
    answer = await set_(organiser, **given)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["polls"][0]["conditions"], answer.json()["version"]) == (given, 2)
    assert (await organiser.get(f"/api/rounds/{SLUG}")).json()["poll"]["conditions"] == given
    async with database.session(write=False) as db:
        event = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "round_changed"))).one()
    assert event.data == {"part": "conditions", "change": {"poll": 1, **given}}
    assert (await set_(organiser)).json()["polls"][0]["conditions"] == NONE
    async with database.session(write=False) as db:
        assert (await db.scalars(select(Poll.conditions))).one() == {}


REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (
        {"min_votes": -1, "reserve": 1_001},
        [
            ("conditions.min_votes", "condition_out_of_range"),
            ("conditions.reserve", "condition_out_of_range"),
        ],
    ),
    ({"prefunded": [9]}, [("conditions.prefunded", "condition_of_unknown_proposal")]),
    ({"prefunded": [2, 3]}, [("conditions.prefunded", "bad_condition")]),
    ({"exclusions": [[1]]}, [("conditions.exclusions", "bad_condition")]),
    ({"exclusions": [[1, 2], [3, 9]]}, [("conditions.exclusions", "condition_of_unknown_proposal")]),
    ({"smallest": {"1": 100_01}}, [("conditions.smallest", "bad_condition")]),
    ({"smallest": {"one": 1_00}}, [("conditions.smallest", "bad_condition")]),
]


@pytest.mark.parametrize(("conditions", "reasons"), REFUSED)
async def test_conditions_that_do_not_fit_are_refused_with_every_reason(
    organiser: httpx.AsyncClient, conditions: dict[str, Any], reasons: list[tuple[str, str]]
) -> None:
    answer = await set_(organiser, **conditions)
    assert (answer.status_code, codes(answer)) == (400, reasons)
    assert (await organiser.get(SETUP)).json()["polls"][0]["conditions"] == NONE


async def test_a_condition_that_the_rule_cannot_honour_is_named(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    async with database.session(write=True) as db:
        await db.execute(update(Poll).values(rule_id="phragmen", rule_parameters={"skip": True}))
    answer = await set_(organiser, smallest={"3": 100_00}, min_votes=2)
    assert codes(answer) == [("conditions.smallest", "rule_refuses_condition")]
    [reason] = answer.json()["reasons"]
    assert reason["params"] == {"rule": "phragmen", "condition": "smallest"}
    assert "cannot honour the condition 'smallest': supporters carry" in reason["detail"]
    assert (await set_(organiser, min_votes=2)).status_code == 200


async def test_an_open_round_keeps_money_rule_and_conditions_together(organiser: httpx.AsyncClient) -> None:
    assert (await set_(organiser, smallest={"3": 100_00})).status_code == 200
    assert (await set_pots(organiser, *POTS)).status_code == 200
    [poll] = (await organiser.get(SETUP)).json()["polls"]
    vote = {"poll": 1, "design": poll["design"], "ties": poll["ties"]}
    answer = await change(organiser, "vote", {**vote, "rule": {"id": "max-welfare", "parameters": {}}})
    assert codes(answer) == [("conditions.smallest", "rule_refuses_condition")]
    assert (await set_pots(organiser, pot("County", 700_00), POTS[1])).json()["budget"] == 900_00


async def test_the_vote_waits_for_pots_that_fit_the_ballot(organiser: httpx.AsyncClient) -> None:
    assert codes(await set_pots(organiser, pot("County", 500_00, categories=["sport"]))) == [
        ("pots.0.categories", "pot_of_unknown_category")
    ]
    assert (await set_pots(organiser, pot("A", 100_00, proposals=[9]), pot("B", 400_00))).status_code == 200
    assert ("pots.0.proposals", "pot_of_unknown_proposal") in await readiness(organiser)
    assert (await set_pots(organiser, *POTS)).status_code == 200
    assert not [field for field, _ in await readiness(organiser) if field.startswith("pots")]
    prefunded = await set_(organiser, prefunded=[2, 3])  # 650 pounds of the 500
    assert codes(prefunded) == [("conditions.prefunded", "bad_condition")]


async def readiness(organiser: httpx.AsyncClient) -> list[tuple[str, str]]:
    return codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))


async def test_the_vote_waits_for_a_proposal_that_a_condition_names(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    assert (await set_(organiser, exclusions=[[1, 3]], smallest={"2": 250_00})).status_code == 200
    assert ("conditions.exclusions", "condition_of_unknown_proposal") not in await readiness(organiser)
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 3).values(status="rejected"))
        await db.execute(update(Proposal).where(Proposal.number == 2).values(cost=200_00))
    assert ("conditions.exclusions", "condition_of_unknown_proposal") in await readiness(organiser)
    assert (await set_(organiser, smallest={"2": 200_00})).status_code == 200
    assert not [field for field, _ in await readiness(organiser) if field.startswith("conditions")]
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 2).values(cost=150_00))
    assert ("conditions.smallest", "bad_condition") in await readiness(organiser)


async def test_conditions_are_frozen_with_the_rest(
    organiser: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, app: Litestar
) -> None:
    assert (await set_(organiser, reserve=2)).status_code == 200
    await hold_the_vote(database, keys, clock)
    assert (await set_(organiser, reserve=3)).status_code == 409
    async with database.session(write=True) as db:
        await db.execute(update(Poll).values(conditions={"reserve": 3}))
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        answer = await officer.post(f"/api/rounds/{SLUG}/count", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "rules_were_changed")


@pytest.mark.parametrize(
    ("stored", "sealed"), [({}, None), ({"reserve": 2, "prefunded": [4]}, {"prefunded": ["3"], "reserve": 2})]
)
async def test_the_seal_names_conditions_only_where_there_are_any(
    organiser: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    stored: Mapping[str, Any],
    sealed: Mapping[str, Any] | None,
) -> None:
    del organiser
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 1).values(status="rejected"))
        await db.execute(update(Poll).values(conditions=dict(stored)))
    await hold_the_vote(database, keys, clock, [(1,), (2, 3)])
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
        poll = round_.poll
        projects, log = await projects_of(db, poll.id), await log_of(db, poll.id)
        rules = json.loads(frozen_bytes(round_, poll, projects, log, public_seal_key(keys, poll.id)))
    assert rules.get("conditions") == sealed


async def test_the_published_files_count_to_the_published_result(
    organiser: httpx.AsyncClient,
    app: Litestar,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    tmp_path: Path,
) -> None:
    """Proposal 1 is not on the ballot, so that projects have other numbers than their proposals."""
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 1).values(status="rejected"))
    assert (await set_pots(organiser, pot("County", 400_00), pot("Steps", 100_00, proposals=[4]))).status_code == 200
    assert (await set_(organiser, smallest={"2": 50_00}, reserve=2, min_votes=2)).status_code == 200
    await hold_the_vote(database, keys, clock, [(2,), (1, 3), (2,), (3,), (2, 3)] * 6)
    async with browser(app) as officer, browser(app) as second, browser(app) as anybody:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        assert (await publish(officer, second, await count(officer))).status_code == 200
        result = (await anybody.get(f"/api/rounds/{SLUG}/results")).json()
        for file in result["downloads"]:
            (tmp_path / file["name"]).write_bytes((await anybody.get(file["href"])).content)
        plain = await anybody.get(f"/en/r/{SLUG}/plain/results")
    assert result["conditions"] == {
        "pots": [
            {"id": "County", "amount": 400_00, "categories": [], "projects": [], "spent": 400_00},
            {"id": "Steps", "amount": 100_00, "categories": [], "projects": [3], "spent": 75_00},
        ],
        "prefunded": [],
        "exclusions": [],
        "min_votes": 2,
        "smallest": {"1": 50_00},
        "reserve": 2,
    }
    ramp, bench, steps = (result["projects"][place] for place in (1, 0, 2))
    assert (ramp["pots"], steps["pots"], bench["pots"]) == ({"County": 400_00}, {"Steps": 75_00}, {})
    assert result["reserve"] == [bench["number"]]
    assert "Steps, £100: only for Proposal 4. £75 of it is spent." in plain.text
    assert json.loads((tmp_path / "result.json").read_text())["conditions"] == result["conditions"]
    held = json.loads((tmp_path / "conditions.json").read_text())
    election = read_pabulib(io.BytesIO((tmp_path / "election.pb").read_bytes())).election
    conditions_from_json(held, election.minor_units).check(election)
    again = CliRunner().invoke(
        command,
        [
            str(tmp_path / "election.pb"),
            "--rule",
            "greedy",
            "--conditions",
            str(tmp_path / "conditions.json"),
            "--format",
            "json",
        ],
    )
    assert again.exit_code == 0, again.output
    counted = json.loads(again.stdout)
    assert [int(one) for one in counted["funded"]] == [step["number"] for step in result["steps"]]
    assert [int(one) for one in counted["reserve"]] == result["reserve"]
    assert counted["cost"] * 100 == result["cost"]


async def test_conditions_are_changed_by_an_organiser_from_the_version_that_is_there(
    organiser: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    answer = await organiser.put(f"{SETUP}/conditions", json={"poll": 1, **NONE, "version": 7})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_by_somebody_else")
    answer = await organiser.put(f"{SETUP}/conditions", json={"poll": 1, **NONE, "version": 1, "caps": []})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body")
    del database, clock
