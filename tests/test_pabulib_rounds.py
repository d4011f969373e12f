"""Real elections as whole rounds: imported by the command, closed, counted and published over HTTP."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database, database_clock
from pbvote.rounds.service import public_rounds
from pbvote.settings import Settings
from pbvote.tally import read_pabulib
from pbvote.verify import OK, verify
from tests.conftest import BASE_URL, SettableClock, browser
from tests.house import agree, let_in, make_people

PABULIB = Path(__file__).resolve().parents[2] / "shared" / "data" / "pabulib"
needs_pabulib = pytest.mark.skipif(not PABULIB.is_dir(), reason=f"the Pabulib elections are not in {PABULIB}")
EQUAL_SHARES = {"rule": "equal-shares", "utility": "cost", "completion": "add1", "start": "exact"}
Election = tuple[str, dict[str, Any]]
ROUNDS: list[Election] = [
    ("poland_swiecie_2023", {**EQUAL_SHARES, "stop_when_exhaustive": True}),
    ("poland_swiecie_2023", {"rule": "greedy"}),
    ("netherlands_amsterdam_643", {"rule": "greedy"}),
    ("poland_krakow_2018_swoszowice", {"rule": "greedy"}),
    ("poland_gdansk_2020_chelm", {"rule": "greedy", "utility": "votes"}),
    ("derived_scoring_toulouse_2019", {"rule": "greedy", "utility": "votes"}),
]


def run_import(settings: Settings, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PBVOTE_DATA_DIR": str(settings.data_dir),
        "PBVOTE_KEYS_DIR": str(settings.keys_dir),
        "PBVOTE_DATABASE_URL": settings.database_url,
        "PBVOTE_BASE_URL": BASE_URL,
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "pbvote", "import", str(file), "--forum", "harbourside", *options]
    root = Path(__file__).resolve().parents[1]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=root)


def expected(name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    outcomes: list[dict[str, Any]] = json.loads((PABULIB / f"{name}.expected.json").read_text())["outcomes"]
    keys = {"rule", "utility", "completion", "start", "step", "stop_when_exhaustive"}
    defaults = {"utility": "votes"} if wanted["rule"] == "greedy" else {}
    for outcome in outcomes:
        has = defaults | {key: value for key, value in outcome.items() if key in keys}
        if all(has.get(key) == value for key, value in (defaults | wanted).items()):
            return outcome
    raise AssertionError(f"{name} has no outcome of {wanted}: {[sorted(outcome.items()) for outcome in outcomes]}")


def options(wanted: dict[str, Any]) -> list[str]:
    found = []
    for key, value in wanted.items():
        name = f"--{key.replace('_', '-')}"
        if isinstance(value, bool):
            found.append(name if value else name.replace("--", "--no-", 1))
        else:
            found += [name, str(value)]
    return found


async def publish(officer: httpx.AsyncClient, second: httpx.AsyncClient, slug: str) -> None:
    """Close the vote early, count and publish: each officer presses each button once."""
    closed = await agree(officer, second, f"/api/rounds/{slug}/close", {"reason": "Everybody has voted."})
    assert closed.status_code == 200, closed.text
    counted = await officer.post(f"/api/rounds/{slug}/count", json={})
    assert counted.status_code == 201, counted.text
    outcome = {"outcome_id": counted.json()["outcome_id"]}
    done = await agree(officer, second, f"/api/rounds/{slug}/publish", outcome)
    assert done.status_code == 200, done.text


@needs_pabulib
@pytest.mark.parametrize("election", ROUNDS, ids=[f"{name}-{wanted['rule']}" for name, wanted in ROUNDS])
async def test_a_real_election_run_as_a_round_gives_the_expected_outcome(
    app: Litestar, settings: Settings, database: Database, clock: SettableClock, election: Election
) -> None:
    name, wanted = election
    await make_people(database)
    imported = run_import(settings, PABULIB / f"{name}.pb", *options(wanted))
    assert imported.returncode == 0, imported.stderr
    slug = imported.stdout.split(":", 1)[0]
    async with database.session(write=False) as db:
        clock.set(await database_clock(db))
    async with browser(app) as officer, browser(app) as second, browser(app) as anybody:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        await publish(officer, second, slug)
        result = (await anybody.get(f"/api/rounds/{slug}/results")).json()
        published = await anybody.get(f"/api/rounds/{slug}/results/election.pb")
        bundle = await anybody.get(f"/api/rounds/{slug}/results/bundle.zip")
    known = expected(name, wanted)
    original = read_pabulib(PABULIB / f"{name}.pb").election
    reference = {number: project.id for number, project in enumerate(original.projects, start=1)}
    steps = [reference[step["number"]] for step in result["steps"]]
    if known["order_matters"]:
        assert steps == known["funded"]
    assert set(steps) == set(known["funded"])
    assert result["cost"] == float(known["cost"]) * 100
    assert result["ballots"] == original.voters
    again = read_pabulib(io.BytesIO(published.content)).election
    assert again.profile == original.profile
    assert (again.costs, again.budget, again.voters) == (original.costs, original.budget, original.voters)
    report = verify(bundle.content)
    assert (report.code, report.wrong) == (OK, ())


GOOD = """META
key;value
description;A small election
country;United Kingdom
unit;Harbourside
instance;2026
num_projects;2
num_votes;2
budget;1000
vote_type;approval
rule;greedy
date_begin;2026
date_end;2026
PROJECTS
project_id;cost;votes;name
a;600;2;Trees
b;500;1;Benches
VOTES
voter_id;vote
1;a,b
2;a
"""


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("PROJECTS\nproject_id;cost;votes;name\na;600;2;Trees\nb;500;1;Benches\n", ""), 14, "PROJECTS"),
        (("a;600;2", "a;six;2"), 16, "six"),
        (("2;a\n", "2;c\n"), 21, "c"),
        (("num_votes;2", "num_votes;3"), 8, "3"),
    ],
    ids=["a missing section", "a bad number", "an unknown id", "a wrong count"],
)
async def test_refuses_a_bad_file_in_one_line_and_imports_nothing(
    settings: Settings, database: Database, tmp_path: Path, change: tuple[str, str], line: int, words: str
) -> None:
    await make_people(database)
    file = tmp_path / "bad.pb"
    file.write_text(GOOD.replace(*change))
    refused = run_import(settings, file)
    assert refused.returncode == 2, refused.stderr
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert f"bad.pb:{line}: " in refused.stderr
    assert words in refused.stderr
    assert "expected" in refused.stderr
    assert "Traceback" not in refused.stderr
    async with database.session(write=False) as db:
        assert await public_rounds(db, forum=None, phase=None, offset=0, limit=9) == ([], 0)


async def test_refuses_an_unknown_forum_and_imports_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "good.pb"
    file.write_text(GOOD)
    refused = run_import(settings, file)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "harbourside" in refused.stderr
    await make_people(database)
    assert run_import(settings, file).returncode == 0
