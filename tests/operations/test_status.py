"""Whether the installation is well: ready or not and why, what the figures say, what an administrator sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar

from pbvote import metrics
from pbvote.db import Database
from pbvote.operations import ready
from pbvote.operations.checks.finding import Finding
from pbvote.operations.gathering import Family
from pbvote.operations.measuring import Look, free_disk, measure, resident_bytes
from pbvote.operations.ready import CannotServe, Readiness
from pbvote.operations.status import Checkup, Figures, Minute, Moment, Sign, Trend, signs
from pbvote.settings import Settings
from tests.conftest import browser
from tests.house import let_in, make_people, make_round

NOW = 1_772_442_000.0


@pytest.fixture
def readiness(database: Database, settings: Settings) -> Readiness:
    return Readiness(database, settings.data_dir)


async def reasons(readiness: Readiness) -> list[str]:
    readiness.asked = float("-inf")
    with pytest.raises(CannotServe) as refused:
        await readiness.require()
    return [reason.code for reason in refused.value.reasons]


async def test_a_process_without_its_database_is_not_ready(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> bool:
        raise OSError("canary")

    monkeypatch.setattr(ready, "unfinished_migrations", away)
    assert await reasons(readiness) == ["database_away"]


async def test_a_database_that_hangs_is_not_waited_for(readiness: Readiness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_: object) -> bool:
        await asyncio.Event().wait()
        return False

    monkeypatch.setattr(ready, "unfinished_migrations", hangs)
    monkeypatch.setattr(ready, "PATIENCE", 0.01)
    assert await reasons(readiness) == ["database_away"]


async def test_another_releases_schema_is_not_ready(readiness: Readiness, database: Database) -> None:
    async with database.session(write=True) as db:
        await db.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert await reasons(readiness) == ["schema_not_current"]


async def test_a_full_intake_and_a_full_disk_are_told_together(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "free_disk", lambda _: ready.LEAST_FREE_BYTES - 1)
    metrics.casts_wait(10, 10)
    try:
        assert await reasons(readiness) == ["intake_full", "disk_full"]
    finally:
        metrics.casts_wait(0, 10)


async def test_a_load_balancer_is_told_and_whoever_asks_a_lot_costs_one_look(
    app: Litestar, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get("/api/ready")).json() == {"status": "ready"}
    looked = []

    async def counted(_: object) -> bool:
        looked.append(1)
        return True

    monkeypatch.setattr(ready, "unfinished_migrations", counted)
    app.state["readiness"].asked = float("-inf")
    answers = [await client.get("/api/ready") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].headers["retry-after"] == "5"
    assert answers[0].json()["code"] == "cannot_serve"
    assert len(looked) <= 2


def figures(**values: float) -> Figures:
    """Gauges by name, counters and buckets by name and one label."""
    made: dict[Any, float] = {("pbvote_casts_waiting_most", ()): 100.0, ("pbvote_leader", ()): 1.0}
    for name, value in values.items():
        own, _, label = name.partition("__")
        labels = (tuple(label.split("_is_", 1)),) if label else ()
        made[f"pbvote_{own}", labels] = value
    return Figures(made)


@pytest.mark.parametrize(
    ("seen", "minute", "expected"),
    [
        (figures(), Minute(), []),
        (figures(clock_last_pass_timestamp_seconds=NOW - 5), Minute(casts=500), []),
        (
            figures(clock_last_pass_timestamp_seconds=NOW - 200),
            Minute(turned_away=2),
            [Sign("clock_stands", "wrong", {"count": 3}), Sign("turned_away", "look", {"count": 2})],
        ),
        (figures(casts_waiting=49), Minute(), []),
        (figures(casts_waiting=50), Minute(), [Sign("casts_pile_up", "look", {"count": 50})]),
        (figures(casts_waiting=100), Minute(), [Sign("casts_full", "wrong")]),
        (
            figures(event_loop_lag_seconds=0.6),
            Minute(commit=2.5),
            [Sign("commits_slow", "look"), Sign("process_busy", "look")],
        ),
        (
            figures(),
            Minute(errors=1, replaced=2),
            [Sign("errors", "look", {"count": 1}), Sign("workers_died", "look", {"count": 2})],
        ),
    ],
)
def test_what_the_figures_say(seen: Figures, minute: Minute, expected: list[Sign]) -> None:
    assert signs(seen, minute, NOW) == expected


def counted(stored: float, refused: float, commits: dict[str, float]) -> Figures:
    made: dict[Any, float] = {
        ("pbvote_casts_total", (("outcome", "stored"),)): stored,
        ("pbvote_casts_total", (("outcome", "voting_is_closed"),)): refused,
        ("pbvote_requests_total", (("method", "GET"), ("route", "/api/plan"), ("status", "5xx"))): 3.0,
        ("pbvote_requests_total", (("method", "GET"), ("route", "/api/plan"), ("status", "2xx"))): 900.0,
    }
    made |= {("pbvote_cast_commit_seconds_bucket", (("le", le),)): count for le, count in commits.items()}
    return Figures(made)


def test_the_last_minute_is_what_came_since_the_oldest_moment_that_is_remembered() -> None:
    trend = Trend()
    assert trend.minute(counted(100, 0, {}), NOW) == Minute()
    for number in range(20):
        at = NOW + 10 * number
        assert trend.is_due(at)
        trend.note(counted(100 + 5 * number, 10, {"0.1": 50.0, "1.0": 50.0 + number, "+Inf": 50.0 + number}), at)
        assert not trend.is_due(at + 9)
    latest = counted(200, 20, {"0.1": 50.0, "1.0": 69.0, "+Inf": 69.0})
    assert trend.minute(latest, at) == Minute(casts=35, casts_refused=10, commit=1.0)
    assert trend.minute(latest, at + 600) == Minute()  # nobody watched meanwhile


def test_a_server_that_started_anew_counts_from_nothing() -> None:
    trend = Trend()
    trend.note(counted(500, 0, {"+Inf": 80.0}), NOW)
    assert trend.minute(counted(5, 0, {"+Inf": 1.0}), NOW + 10) == Minute()


def test_moments_add_up_what_is_labelled() -> None:
    moment = Moment.of(counted(5, 10, {}), NOW)
    assert (moment.stored, moment.casts, moment.errors) == (5, 15, 3)


async def test_the_doctor_is_asked_once_in_a_while_and_what_is_good_is_left_out() -> None:
    asked = []

    async def look() -> list[Finding]:
        asked.append(1)
        return [Finding("one", "good", "Well."), Finding("two", "look", "Hm."), Finding("three", "wrong", "No.")]

    checkup = Checkup(look)
    for _ in range(3):
        assert [one.name for one in await checkup.findings()] == ["three", "two"]
    assert len(asked) == 1


@pytest.fixture
async def administrator(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    async with browser(app) as client:
        await let_in(database, client, "admin@example.org")
        yield client


async def test_an_administrator_sees_figures_and_failures(app: Litestar, administrator: httpx.AsyncClient) -> None:
    async def look() -> list[Finding]:
        return [Finding("backup", "look", "The last backup is old.", "Run `pbvote backup`.")]

    app.state["checkup"] = Checkup(look)
    metrics.line_logged("error", "pbvote.tests", "MadeUpError")
    answer = await administrator.get("/api/status")
    assert answer.status_code == 200
    told = answer.json()
    assert told["findings"] == [
        {"name": "backup", "level": "look", "sentence": "The last backup is old.", "remedy": "Run `pbvote backup`."}
    ]
    assert told["failures"][0]["kind"] == "MadeUpError"
    assert told["figures"]["database_bytes"] > 100_000
    assert told["schema"] >= "0013"
    assert told["database"] in {"SQLite", "PostgreSQL"}
    assert answer.headers["cache-control"] == "no-store"


async def test_what_grows_is_measured_on_both_databases(
    app: Litestar, database: Database, settings: Settings, administrator: httpx.AsyncClient
) -> None:
    await measure(database, settings.data_dir)
    value = {
        name: sum(sample.value for sample in metric.samples)
        for metric in metrics.REGISTRY.collect()
        for name in [metric.name.removeprefix("pbvote_")]
    }
    assert value["sign_ins"] >= 1
    assert value["database_bytes"] > 100_000
    assert value["disk_free_bytes"] > 0
    assert value["table_rows"] > 10 or database.engine.dialect.name == "postgresql"  # nobody has analysed it yet
    Look(app.state).at(0.25)
    assert metrics.LOOP_LAG_SECONDS._value.get() == 0.25
    assert metrics.RESIDENT_BYTES._value.get() > 10_000_000
    assert (await administrator.get("/api/status")).json()["figures"]["workers"] == 1


def test_a_folder_that_is_not_there_yet_lies_on_the_disk_of_its_parent(tmp_path: Path) -> None:
    assert free_disk(tmp_path / "not" / "there") > 0
    assert resident_bytes() > 10_000_000


def test_families_are_looked_up_by_their_samples() -> None:
    family = Family("pbvote_x", "Says.", "counter", {("pbvote_x_total", (("kind", "a"),)): 2.0})
    assert Figures.of([family]).by("pbvote_x_total", "kind") == {"a": 2.0}
