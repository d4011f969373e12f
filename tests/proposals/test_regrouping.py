"""Merging and splitting: everything keeps its lineage, and undoing it leaves everything as it stood."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.conftest import SettableClock, browser
from tests.house import sign_in
from tests.proposals.putting import BENCH, decide, submit
from tests.proposals.test_reviewing import REVIEW, cost, officer, version_of
from tests.rounds.ready import ORGANISER, SLUG, codes

__all__ = ["officer"]

MERGES = f"/api/rounds/{SLUG}/merges"
NEW = {name: BENCH[name] for name in ("summary", "description", "category", "place", "proposer")} | {
    "title": "Benches and skates"
}


async def merge(client: httpx.AsyncClient, *numbers: int, **changes: Any) -> httpx.Response:
    named = [{"number": number, "version": await version_of(client, number)} for number in numbers]
    body = {"proposals": named, "keep": numbers[0], "new": None, "reason": "They are the same idea."}
    return await client.post(MERGES, json=body | changes)


async def split(client: httpx.AsyncClient, number: int, *titles: str, **changes: Any) -> httpx.Response:
    words = {name: BENCH[name] for name in ("summary", "description")}
    lines = [{"what": "All of it", "amount": 375_00, "basis": "estimate"}]
    body = {
        "parts": [{**words, "title": title, "lines": lines} for title in titles],
        "reason": "These are two things.",
        "version": await version_of(client, number),
    }
    return await client.post(f"{REVIEW}/{number}/split", json=body | changes)


async def undo(client: httpx.AsyncClient, number: int, reason: str = "We were wrong.") -> httpx.Response:
    body = {"reason": reason, "version": await version_of(client, number)}
    return await client.post(f"{REVIEW}/{number}/undo", json=body)


async def stands(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """What officers see of a proposal, but for what grows with every step."""
    shown: dict[str, Any] = (await client.get(f"{REVIEW}/{number}")).json()
    return {name: value for name, value in shown.items() if name not in {"version", "history"}}


async def status(client: httpx.AsyncClient, number: int) -> str:
    return str((await client.get(f"/api/rounds/{SLUG}/proposals/{number}")).json()["status"])


async def test_only_an_officer_of_the_forum_regroups(app: Litestar, officer: httpx.AsyncClient) -> None:
    body = {
        "proposals": [{"number": 1, "version": 1}, {"number": 2, "version": 1}],
        "keep": 1,
        "new": None,
        "reason": "x",
    }
    for email, expected in ((None, 401), ("elsewhere@example.org", 403), (ORGANISER, 403)):
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            answers = [
                await somebody.post(MERGES, json=body),
                await somebody.post(f"{REVIEW}/1/split", json={"parts": [], "reason": "x", "version": 1}),
                await somebody.post(f"{REVIEW}/1/undo", json={"reason": "x", "version": 1}),
            ]
            assert [answer.status_code for answer in answers] == [expected] * 3, email
    assert (await officer.get(f"/api/rounds/{SLUG}/proposals")).json()["total"] == 2


async def test_refuses_what_cannot_be_merged_or_split(officer: httpx.AsyncClient) -> None:
    for changes, reasons in (
        ({"proposals": [{"number": 1, "version": 1}]}, [("proposals", "bad_number_of_proposals")]),
        ({"proposals": [{"number": 1, "version": 1}] * 2}, [("proposals", "bad_number_of_proposals")]),
        ({"keep": 3}, [("keep", "keep_one_or_none")]),
        ({"keep": None}, [("keep", "keep_one_or_none")]),
        ({"new": NEW}, [("keep", "keep_one_or_none")]),
        ({"reason": ""}, [("reason", "text_missing")]),
        (
            {"keep": None, "new": {**NEW, "title": "", "category": "none"}},
            [("new.title", "text_missing"), ("new.category", "unknown_category")],
        ),
    ):
        assert codes(await merge(officer, 1, 2, **changes)) == reasons, changes
    old = [{"number": 1, "version": 1}, {"number": 2, "version": 4}]
    assert (await merge(officer, 1, 2, proposals=old)).json()["code"] == "changed_by_somebody_else"
    assert codes(await split(officer, 1, "One")) == [("parts", "bad_number_of_parts")]
    assert codes(await split(officer, 1, "One", "")) == [("parts.1.title", "text_missing")]
    assert (await undo(officer, 1)).json()["code"] == "nothing_to_undo"
    key = (await submit(officer)).json()["key"]
    await officer.post(f"/api/rounds/{SLUG}/proposals/3/withdraw", json={"key": key})
    assert (await merge(officer, 1, 3)).json()["code"] == "not_from_this_status"
    assert [await status(officer, number) for number in (1, 2)] == ["submitted"] * 2


async def test_one_is_kept_with_the_costs_of_all_and_both_show_the_lineage(
    officer: httpx.AsyncClient, app: Litestar
) -> None:
    await decide(officer, 1)
    await cost(officer, 2)
    kept = (await merge(officer, 1, 2)).json()
    assert (kept["number"], kept["status"], kept["decided"]) == (1, "submitted", None)
    assert [line["what"] for line in kept["costing"]["lines"]] == ["Bench", "Fitting", "Bench of oak", "Fitting"]
    assert kept["costing"]["amount"] == 750_00 + 600_00
    assert await status(officer, 2) == "merged"
    async with browser(app) as anybody:
        for number in (1, 2):
            standing = (await anybody.get(f"/api/rounds/{SLUG}/proposals/{number}/standing")).json()
            [step] = standing["lineage"]
            assert [one["number"] for one in step["of"]] == [1, 2]
            assert [one["number"] for one in step["into"]] == [1]
            assert step["reason"] == "They are the same idea."
        history = (await anybody.get(f"/api/rounds/{SLUG}/proposals/2")).json()["history"]
    assert (history[-1]["status"], history[-1]["reason"]) == ("merged", "They are the same idea.")
    assert (await decide(officer, 2)).json()["code"] == "not_from_this_status"


async def test_undoing_a_merge_leaves_everything_as_it_stood(officer: httpx.AsyncClient, clock: SettableClock) -> None:
    await cost(officer, 1)
    await decide(officer, 1, "accepted_with_changes", reason="Oak is better.")
    before = [await stands(officer, number) for number in (1, 2)]
    clock.advance(hours=1)
    await merge(officer, 1, 2)
    await decide(officer, 1, "rejected", reason="Not together.")
    assert codes(await undo(officer, 1, "")) == [("reason", "text_missing")]
    assert (await undo(officer, 2)).status_code == 200
    after = [await stands(officer, number) for number in (1, 2)]
    after[0]["costing"]["when"] = before[0]["costing"]["when"]
    after[0]["recorded"] = before[0]["recorded"]  # the checks of the second decision stay
    for one, other in zip(before, after, strict=True):
        assert {name for name in one if one[name] != other[name]} == set()
    assert (await undo(officer, 2)).json()["code"] == "nothing_to_undo"


async def test_a_new_one_takes_the_place_of_several_until_that_is_undone(officer: httpx.AsyncClient) -> None:
    made = (await merge(officer, 1, 2, keep=None, new=NEW)).json()
    assert (made["number"], made["title"], made["cost"]) == (3, "Benches and skates", 1_500_00)
    assert (made["contact_email"], made["may_ask_changes"]) == ("", False)
    found = (await officer.get(f"/api/rounds/{SLUG}/proposals?q=benches+skates")).json()
    assert [one["number"] for one in found["items"]] == [3]
    refused = await officer.post(f"{REVIEW}/3/changes", json={"reason": "Say more.", "version": 1})
    assert codes(refused) == [("decision", "nobody_to_ask")]
    assert [await status(officer, number) for number in (1, 2)] == ["merged"] * 2
    assert (await undo(officer, 3)).status_code == 200
    assert [await status(officer, number) for number in (1, 2, 3)] == ["submitted", "submitted", "withdrawn"]


async def test_a_proposal_is_split_and_the_key_of_the_whole_opens_the_parts(officer: httpx.AsyncClient) -> None:
    key = (await submit(officer)).json()["key"]
    assert (await split(officer, 3, "The bench", "Its fitting")).json() == {"numbers": [4, 5]}
    assert [await status(officer, number) for number in (3, 4, 5)] == ["split", "submitted", "submitted"]
    part = (await officer.get(f"{REVIEW}/4")).json()
    assert (part["title"], part["cost"], part["place"], part["proposer"]) == (
        "The bench",
        375_00,
        BENCH["place"],
        BENCH["proposer"],
    )
    [step] = part["standing"]["lineage"]
    assert ([one["number"] for one in step["of"]], [one["number"] for one in step["into"]]) == ([3], [4, 5])
    assert (await merge(officer, 1, 5)).status_code == 201
    assert (await undo(officer, 3)).json()["code"] == "regrouped_again"
    assert (await officer.post(f"/api/rounds/{SLUG}/proposals/4/withdraw", json={"key": key})).status_code == 200
    assert (await undo(officer, 5)).status_code == 200
    assert (await undo(officer, 3)).status_code == 200
    assert [await status(officer, number) for number in (3, 4, 5)] == ["submitted", "withdrawn", "withdrawn"]


@pytest.mark.parametrize("step", ["merge", "undo"])
async def test_nothing_is_regrouped_once_the_vote_may_be_open(
    officer: httpx.AsyncClient, clock: SettableClock, step: str
) -> None:
    await merge(officer, 1, 2)
    await submit(officer)
    assert (await officer.post(f"/api/rounds/{SLUG}/cancel", json={"reason": "x"})).status_code == 403
    await sign_in(officer, ORGANISER)
    assert (await officer.post(f"/api/rounds/{SLUG}/cancel", json={"reason": "No money."})).status_code == 200
    await sign_in(officer, "officer@example.org")
    answer = await (merge(officer, 1, 3) if step == "merge" else undo(officer, 1))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")
    del clock
