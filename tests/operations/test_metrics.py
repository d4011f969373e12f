"""/metrics: to whom it answers, what it tells, and above all what it does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from pbvote import metrics
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.operations import gathering
from pbvote.operations.gathering import Family, added, join, told, values_of
from pbvote.operations.measuring import measure
from pbvote.settings import Settings
from pbvote.web.watching import watch
from tests.conftest import SettableClock, browser
from tests.house import make_codes, make_people, make_round, open_the_vote

TOKEN = "a-token-for-monitoring-0123456789"
SHOWN = {"authorization": f"Bearer {TOKEN}"}
LOCAL = "http://127.0.0.1:8000"


def with_settings(app: Litestar, settings: Settings, **changes: Any) -> None:
    app.state["settings"] = replace(settings, **changes)


async def ask(app: Litestar, headers: dict[str, str] | None = None, client: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=(client, 4711))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as asking:
        return await asking.get("/metrics", headers=headers)


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"bearer {TOKEN}", TOKEN, f"Basic {TOKEN}"])
async def test_nobody_reads_without_the_token(app: Litestar, settings: Settings, shown: str) -> None:
    with_settings(app, settings, metrics_token=TOKEN, base_url=LOCAL)  # not even from the machine itself
    refused = await ask(app, {"authorization": shown})
    assert refused.status_code == 403
    assert refused.json()["code"] == "monitoring_only"
    assert TOKEN not in refused.text
    assert "pbvote_" not in refused.text


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.7"},
        {"x-forwarded-for": ""},
        {"X-Forwarded-Proto": "https"},
        {"x-real-ip": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
        {"host": "vote.example.org"},
        {"host": "127.0.0.1.example.org"},
        {"host": "localhost.example.org"},
        {"host": "[::1"},
        {"host": ""},
    ],
)
async def test_without_a_token_nobody_reads_through_a_proxy_on_this_machine(
    app: Litestar, settings: Settings, headers: dict[str, str]
) -> None:
    with_settings(app, settings, base_url=LOCAL)
    assert (await ask(app, headers)).status_code in {400, 403}


async def test_without_a_token_nothing_is_told_where_people_come_from_elsewhere(
    app: Litestar, settings: Settings
) -> None:
    """A proxy that adds no header and asks for 127.0.0.1 looks like the machine itself."""
    assert settings.base_url == "https://vote.example.org"
    assert (await ask(app)).status_code == 403


@pytest.mark.parametrize("client", ["192.0.2.1", "10.0.0.5", "", "2001:db8::1"])
async def test_without_a_token_another_machine_is_told_nothing(app: Litestar, settings: Settings, client: str) -> None:
    with_settings(app, settings, base_url=LOCAL)
    assert (await ask(app, client=client)).status_code == 403


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "127.8.8.8"])
async def test_the_machine_itself_reads_without_a_token(app: Litestar, settings: Settings, client: str) -> None:
    with_settings(app, settings, base_url=LOCAL)
    assert (await ask(app, client=client)).status_code == 200


async def test_whoever_has_the_token_reads_from_wherever(app: Litestar, settings: Settings) -> None:
    with_settings(app, settings, metrics_token=TOKEN)
    answer = await ask(app, {**SHOWN, "x-forwarded-for": "203.0.113.7", "host": "vote.example.org"}, "192.0.2.1")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"pbvote_casts", "pbvote_requests", "pbvote_table_rows"} <= names
    asked = {**SHOWN, "accept": "application/openmetrics-text; version=nonsense, text/plain"}
    answer = await ask(app, asked)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    read: Any = openmetrics_families
    assert {family.name for family in read(answer.text)} == names


def test_every_metric_is_documented() -> None:
    said = Path("docs/operating.md").read_text()
    rows = dict(re.findall(r"^\| `(pbvote_[a-z_]+)` \| ([a-z]+)", said, re.MULTILINE))
    there = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name: metric.type
        for metric in metrics.REGISTRY.collect()
    }
    assert rows == there


async def vote(app: Litestar, poll: UUID, codes: list[str], choice: list[int], first: int = 0) -> None:
    async with browser(app) as client:
        for number, code in enumerate(codes, first):
            body = {
                "code": code,
                "choices": choice,
                "points": None,
                "idempotency_key": f"metrics-vote-for-{sum(choice)}-{number}",
            }
            answer = await client.put(f"/api/polls/{poll}/ballot", json=body)
            assert answer.status_code == 200, answer.text


async def scrape(app: Litestar, database: Database, settings: Settings) -> dict[tuple[str, str], float]:
    await measure(database, settings.data_dir)
    text = (await ask(app, SHOWN)).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    named = ((name.partition("{"), float(value)) for name, _, value in lines)
    return {(name, labels): value for (name, _, labels), value in named}


# What changes by itself, whoever votes for whatever: the clock, the disk, how long things took, and being asked.
BY_ITSELF = re.compile(
    r"timestamp_seconds|disk_free|database_bytes|resident_memory|request_seconds|event_loop|cache_|connections|"
    r"cast_commit_seconds_bucket|cast_batch_size"
)


async def test_votes_for_different_projects_look_the_same(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, settings: Settings
) -> None:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=15)
    poll = await open_the_vote(database, keys, clock)
    with_settings(app, settings, metrics_token=TOKEN)
    app_seen = [await scrape(app, database, settings)]
    for start, choice in enumerate(([1], [4], [2, 4])):
        await vote(app, poll, codes[5 * start : 5 * start + 5], choice)
        app_seen.append(await scrape(app, database, settings))
    growths = [
        {key: after[key] - before.get(key, 0) for key in after if not BY_ITSELF.search(key[0])}
        for before, after in pairwise(app_seen[1:])
    ]
    assert growths[0] == growths[1]
    grown = {name for (name, _), more in growths[0].items() if more}
    assert grown <= {"pbvote_casts_total", "pbvote_requests_total", "pbvote_waiting_ballots", "pbvote_table_rows"}
    assert growths[0]["pbvote_casts_total", 'outcome="stored"}'] == 5


async def test_one_vote_is_not_seen_to_arrive(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, settings: Settings
) -> None:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=6)
    poll = await open_the_vote(database, keys, clock)
    with_settings(app, settings, metrics_token=TOKEN)
    counted = metrics.CASTS.labels("stored")
    start = counted._value.get()
    seen = [await scrape(app, database, settings)]
    for number, code in enumerate(codes):
        await vote(app, poll, [code], [1], number)
        seen.append(await scrape(app, database, settings))
    assert counted._value.get() == start + 6
    of_votes = [key for key in seen[-1] if re.search(r"casts|cast_|waiting_b|/polls/|slots|outbox", "".join(key))]
    assert len(of_votes) > 40
    steps = [[after[key] - before.get(key, 0) for before, after in pairwise(seen)] for key in of_votes]
    assert any(any(step) for step in steps)
    assert all(step % 5 == 0 for many in steps for step in many)
    assert max(sum(map(bool, many)) for many in steps) <= 2  # once or twice for six votes
    assert not [key for key in of_votes if key[0].endswith("_sum")]


async def test_no_label_holds_what_people_typed(app: Litestar, settings: Settings) -> None:
    with_settings(app, settings, metrics_token=TOKEN)
    async with browser(app) as client:
        for path in ("/en/r/canary-slug/vote", "/api/rounds/canary-slug", "/canary/canary/canary", "/api/canary"):
            await client.get(path, headers={"user-agent": "canary"})
        await client.request("CANARY", "/api/health")
        await client.get("/api/rounds", params={"q": "canary"})
    text = (await ask(app, SHOWN)).text
    assert "canary" not in text.lower()
    assert 'route="/api/rounds/{round_slug}"' in text


async def test_made_up_methods_and_addresses_make_no_more_samples(app: Litestar, settings: Settings) -> None:
    with_settings(app, settings, metrics_token=TOKEN)
    sizes = []
    for more in range(3):
        async with browser(app) as client:
            for number in range(10):
                await client.request(f"M{more}X{number}", "/api/health")
                await client.get(f"/api/made-up-{more}-{number}/x/y")
        sizes.append(len((await ask(app, SHOWN)).text.splitlines()))
    assert sizes[1] == sizes[2]


def test_asking_people_to_come_again_is_no_mistake_of_ours() -> None:
    def count(status: str) -> float:
        return float(metrics.REQUESTS.labels("GET", "/api/tried", status)._value.get())

    before = count("503"), count("5xx")
    for status in (500, 502, 503, 503):
        metrics.request_answered("GET", "/api/tried", status, 0.01)
    assert (count("503") - before[0], count("5xx") - before[1]) == (2, 2)


async def test_watching_a_request_costs_little() -> None:
    async def answers(scope: Any, receive: Any, send: Any) -> None:
        del receive
        scope["path_template"] = "/api/measured"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def sent(message: Any) -> None:
        del message

    async def seconds(app: Callable[[dict[str, Any]], Awaitable[None]]) -> float:
        rounds = []
        for _ in range(5):
            begun = perf_counter()
            for _ in range(1_000):
                await app({"type": "http", "method": "GET"})
            rounds.append((perf_counter() - begun) / 1_000)
        return min(rounds)

    plain, nothing = await seconds(lambda scope: answers(scope, None, sent)), cast("Any", None)
    more = await seconds(lambda scope: watch(cast("Any", scope), nothing, sent, answers)) - plain
    assert more < 100e-6  # 2 to 3 microseconds when nothing else runs


def family(value: float, kind: str = "counter", name: str = "pbvote_refused_for_pressure") -> Family:
    suffix = "_total" if kind == "counter" else ""
    return Family(name, "Says.", kind, {(f"{name}{suffix}", (("kind", "page"),)): value})


def test_values_of_processes_are_added_up_and_what_all_see_alike_is_not() -> None:
    assert added([[family(2)], [family(3)]])[0].values == family(5).values
    seen = [family(7, "gauge", "pbvote_database_bytes")]
    assert added([seen, seen])[0].values == seen[0].values


def test_what_tells_of_votes_is_told_in_fives_and_nothing_else_is() -> None:
    for number, shown in ((0, 0), (4, 0), (5, 5), (19, 15)):
        assert list(told(family(number, name="pbvote_casts")).values.values()) == [shown]
        assert list(told(family(number)).values.values()) == [number]


def test_counters_never_fall_when_a_process_dies_and_another_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine: list[Family] = []
    monkeypatch.setattr(gathering, "own_values", lambda: mine)
    folder = tmp_path / "board"

    def total() -> dict[str, float]:
        return {one.name: sum(one.values.values()) for one in values_of(reader)}

    mine[:] = [family(7), family(3, "gauge", "pbvote_connections")]
    dying = join(folder)
    dying.publish()
    mine[:] = [family(1), family(1, "gauge", "pbvote_connections")]
    reader = join(folder)
    assert total() == {"pbvote_refused_for_pressure": 8, "pbvote_connections": 4}
    dying.own.close()  # as the kernel does when the process is killed
    assert total()["pbvote_refused_for_pressure"] == 8
    for _ in range(3):
        mine[:] = [family(0), family(0, "gauge", "pbvote_connections")]
        dead = join(folder)
        dead.leave()
    mine[:] = [family(2), family(1, "gauge", "pbvote_connections")]
    assert total() == {"pbvote_refused_for_pressure": 9, "pbvote_connections": 1}
    reader.leave()
    assert len(list(folder.glob("*.json"))) == 3  # the reader's, the last dead one's, and one for all others


def test_what_a_process_measured_is_left_out_once_it_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "own_values", lambda: [family(2), family(1, "gauge", "pbvote_connections")])
    silent, reader = join(tmp_path / "board"), join(tmp_path / "board")
    silent.publish()
    monkeypatch.setattr(gathering, "OLD_AFTER", -1.0)
    assert [one.name for one in values_of(reader)] == ["pbvote_refused_for_pressure"]
    silent.leave()
    reader.leave()


def test_without_its_folder_a_process_tells_its_own_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "own_values", lambda: [family(2)])
    board = join(tmp_path / "board")
    shutil.rmtree(board.folder)
    assert values_of(board) == [family(2)]
    board.leave()


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_folder_that_others_can_look_into_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "board").mkdir(mode=0o700)
    (tmp_path / "board").chmod(mode)
    with pytest.raises(PermissionError):
        join(tmp_path / "board")


def test_a_full_disk_takes_nothing_but_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = join(tmp_path / "board")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gathering, "_write", full)
    board.leave()
