"""The browser's count decides as the second count does, exactly: every rule, parameter, condition and tie order."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from pbvote.recount import METHODS, Ballots, Cast, Entry, Fund, Recount, RecountError, Terms, recount
from pbvote.recount.adapter import of
from pbvote.tally import read_pabulib
from tests.recount import test_edges
from tests.recount.cases import TIES, Case, cases, terms_of
from tests.recount.test_against_the_tally import large
from tests.tally.elections import needs_real_files, real_files
from tests.verify.browser_count import SOURCE, BrowserCount, asking, browser_count

THOROUGH = settings(max_examples=settings().max_examples * 2, deadline=None)  # nightly: ten times as many
FIRST = settings(max_examples=2_000, deadline=None, derandomize=True, phases=[Phase.generate])
NIGHTLY = settings().max_examples >= 1_000
LARGE = 500_000  # bytes of a file whose slowest counts are made at night
ELECTION = Ballots((Entry("a", 3), Entry("b", 2), Entry("c", 2)), 4, "approval", (Cast(("a", "b", "c"), count=2),))
every_rule = pytest.mark.parametrize("rule", METHODS)


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserCount]:
    with browser_count() as running:
        yield running


def counted(browser: BrowserCount, case: Case) -> dict[str, Any]:
    return browser.count(of(case.election), case.rule, case.parameters, case.ties, terms_of(case.conditions))


def check(browser: BrowserCount, case: Case) -> None:
    """Both decide alike, or both refuse."""
    answer = counted(browser, case)
    try:
        again: Recount | None = case.recount()
    except RecountError:
        again = None
    if again is None:
        assert "refused" in answer
    else:
        agree(answer, again)


def agree(answer: dict[str, Any], again: Recount) -> None:
    """The browser's answer is what the second count says, down to what each project cost its supporters."""
    assert answer.get("refused") is None
    assert [(step["project"], number(step["amount"]), step["phase"]) for step in answer["steps"]] == [
        (step.project, step.amount, step.phase) for step in again.steps
    ]
    assert number(answer["cost"]) == again.cost
    assert answer.get("finalShare") == text(again.final_share)
    assert answer.get("welfare") == text(again.welfare)
    assert tuple(answer["reserve"]) == again.reserve
    assert [step.get("price") for step in answer["steps"]] == [
        text(step.load if step.level is None else step.level) for step in again.steps
    ]


def number(amount: int | str) -> int:
    return int(str(amount).removesuffix("n"))


def text(value: Fraction | int | None) -> str | None:
    return None if value is None else str(value)


@every_rule
def test_decides_as_the_second_count_does(rule: str, browser: BrowserCount) -> None:
    @THOROUGH
    @given(cases(rule))
    def both(case: Case) -> None:
        check(browser, case)

    both()


@pytest.mark.parametrize("seed", range(4))
@every_rule
def test_decides_alike_on_larger_elections(rule: str, seed: int, browser: BrowserCount) -> None:
    parameters: dict[str, Any] = {"k": 5} if rule == "top" else {}
    if rule == "equal-shares":
        parameters = {"utility": ["cost", "points"][seed % 2], "completion": "add1u", "step": 1_000}
    check(browser, Case(large(seed), rule, parameters))


def edges() -> list[Any]:
    """The tests of numbers that are just enough, each with its parameters."""
    found = []
    for name, test in vars(test_edges).items():
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        rows = [row if isinstance(row, tuple) else (row,) for row in marks[0].args[1]] if marks else [()]
        found += [pytest.param(test, row, id=f"{name}-{'-'.join(map(str, row))}") for row in rows]
    return found


@pytest.mark.parametrize(("test", "row"), edges())
def test_just_enough_is_enough(
    test: Callable[..., None], row: tuple[Any, ...], browser: BrowserCount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def funded(case: Case) -> tuple[str, ...]:
        check(browser, case)
        return tuple(step["project"] for step in counted(browser, case)["steps"])

    monkeypatch.setattr(test_edges, "funded", funded)
    test(*row)


def close(seed: int) -> Ballots:
    """Amounts of more digits than floating point has, alike but for one or two: just enough, or just not."""
    draw = random.Random(seed)  # noqa: S311  an election, not a secret
    unit = draw.choice([1, 10**13 + 1, 10**40, 10**40, 10**40])
    names = [f"p{place}" for place in range(draw.randint(4, 9))]
    cast = []
    for _ in range(draw.randint(4, 30)):
        chosen = draw.sample(names, draw.randint(1, 4))
        cast.append(Cast(tuple(chosen), tuple(draw.choice([1, 1, 1, 2, 3]) for _ in chosen)))
    shares = [draw.choice([2, 3, 4, 6, 8, 12]) * len(cast) * unit // draw.choice([2, 4, 8]) for _ in names]
    projects = [Entry(name, max(1, share + draw.randint(-2, 1))) for name, share in zip(names, shares, strict=True)]
    budget = draw.choice([6, 10, 12]) * len(cast) * unit + draw.randint(-1, 1)
    return Ballots(tuple(projects), budget, "cumulative", tuple(cast), 1)


CLOSE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("equal-shares", {"utility": "points"}),
    ("equal-shares", {"utility": "cost"}),
    ("phragmen", {"skip": True}),
    ("maximin-support", {}),
    ("max-welfare", {"utility": "points"}),
    ("greedy-per-cost", {"utility": "points"}),
)


def check_close(browser: BrowserCount, seeds: range) -> None:
    for seed in seeds:
        ballots = close(seed)
        for rule, parameters in CLOSE:
            agree(browser.count(ballots, rule, parameters, TIES[0]), recount(ballots, rule, parameters))


def test_amounts_that_floating_point_cannot_tell_apart(browser: BrowserCount) -> None:
    check_close(browser, range(THOROUGH.max_examples))


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("unit", [1, 2**53 - 1, 10**40])
def test_a_cost_of_exactly_all_shares_together(unit: int, more: int, browser: BrowserCount) -> None:
    for voters in (3, 7, 49, 60):
        ballots = Ballots(
            (Entry("a", 3 * unit * voters + more), Entry("b", 1), Entry("c", unit), Entry("d", unit + more)),
            4 * unit * voters,
            "approval",
            (Cast(("a", "c"), count=voters // 2), Cast(("c", "d", "a"), count=voters - voters // 2), Cast(("b",))),
        )
        fenced = Terms(pots=(Fund("x", ballots.budget - unit - more), Fund("y", unit + more, projects=("d",))))
        for rule in ("equal-shares", "phragmen", "maximin-support", "max-welfare"):
            for terms in (Terms(), fenced):
                answer = browser.count(ballots, rule, {}, TIES[0], terms)
                agree(answer, recount(ballots, rule, {}, TIES[0], terms))


def outcomes(file: Path) -> list[dict[str, Any]]:
    """What others computed for a real election. By day the slowest counts of the largest are left out."""
    known: list[dict[str, Any]] = json.loads(file.with_suffix(".expected.json").read_text())["outcomes"]
    if NIGHTLY or file.stat().st_size < LARGE:
        return known
    return [one for one in known if one["rule"] != "maximin-support" and one.get("completion") != "add1"]


@needs_real_files
@pytest.mark.parametrize("file", real_files(), ids=lambda file: file.stem)
def test_decides_on_real_elections_what_others_computed(file: Path, browser: BrowserCount) -> None:
    election = read_pabulib(file).election
    ballots = of(election)
    names = ("utility", "completion", "start", "stop_when_exhaustive")
    for outcome in outcomes(file):
        per_cost = outcome["rule"] == "greedy" and "utility" in outcome  # so did the oracle count points
        rule = "greedy-per-cost" if per_cost else outcome["rule"]
        answer = browser.count(ballots, rule, {name: outcome[name] for name in names if name in outcome}, TIES[0])
        if outcome.get("only_the_optimum_counts"):
            units = election.minor_units if outcome["utility"] == "cost" else 1
            assert outcome["optimum"] is None or int(answer["welfare"]) == int(outcome["optimum"]) * units
            continue
        chosen = [step["project"] for step in answer["steps"]]
        assert set(chosen) == set(outcome["funded"])
        assert not outcome["order_matters"] or chosen == outcome["funded"]
        assert number(answer["cost"]) == int(outcome["cost"]) * election.minor_units


def changed(path: tuple[str | int, ...], value: object, ballots: Ballots = ELECTION) -> dict[str, Any]:
    """A question with one thing in it replaced."""
    asked = asking(ballots, "greedy", {}, TIES[0])
    place: Any = asked
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.loads(json.dumps(asked))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("rule",), "borda", "the rule borda is not known"),
        (("rule",), "toString", "the rule toString is not known"),
        (("rule",), "top", "the rule needs k"),
        (("parameters",), {"completion": "add1"}, "the rule has no parameter completion"),
        (("parameters",), {"utility": "cost"}, "utility cannot be cost"),
        (
            ("parameters",),
            {"utility": "points"},
            "utility points needs cumulative or scoring ballots; these are approval",
        ),
        (("parameters",), {"utility": "borda"}, "utility borda needs ordinal ballots; these are approval"),
        (("parameters",), {"skip": 1}, "skip cannot be 1"),
        (("parameters",), {"threshold": -1}, "threshold cannot be -1"),
        (("parameters",), {"threshold": 0.5}, "threshold cannot be 0.5"),
        (("ties",), "alphabet", "alphabet is no tie rule"),
        (("ties",), "lot:", "lot: is no tie rule"),
        (("election", "voteType"), "yes-no", "there are no yes-no ballots"),
        (("election", "voteType"), "scoring", "what a ballot gives a is not a whole number of at most 53 bits"),
        (("election", "budget"), 2.5, "the budget is not a whole number of at most 53 bits"),
        (("election", "budget"), -1, "the budget is below 0"),
        (("election", "budget"), f"{10**100 + 1}n", "the budget is too large"),
        (("election", "projects", 1, "cost"), "2", "the cost of b is not a whole number of at most 53 bits"),
        (("election", "projects", 1, "cost"), -2, "the cost of b is below 0"),
        (("election", "projects", 1, "id"), "a", "two projects have the same id"),
        (("election", "cast", 0, "projects"), ["a", "d"], "a ballot lists d, which is not on the ballot"),
        (("election", "cast", 0, "count"), 0, "how many cast a ballot is below 1"),
        (("election", "cast", 0, "count"), 2**52, "there are more votes or points than can be added up here"),
        (("terms", "pots"), [{"id": "x", "amount": 3}], "the pots are not the budget"),
        (("terms", "pots"), [{"id": "x", "amount": 0}] * 13, "there are more than 12 pots"),
        (("terms", "prefunded"), ["a", "b"], "b cannot be prefunded"),
        (("terms", "exclusions"), [["a", "d"]], "the conditions name d, which is not on the ballot"),
    ],
)
def test_says_what_cannot_be_counted(
    path: tuple[str | int, ...], value: object, problem: str, browser: BrowserCount
) -> None:
    assert browser.ask(changed(path, value)) == {"refused": problem}


@pytest.mark.parametrize(
    ("rule", "terms", "problem"),
    [
        ("top", Terms(reserve=1), "top cannot keep the condition reserve"),
        ("priorities", Terms(min_votes=1), "priorities cannot keep the condition minVotes"),
        ("phragmen", Terms(smallest={"a": 1}), "phragmen cannot keep the condition smallest"),
    ],
)
def test_says_which_condition_a_rule_cannot_keep(rule: str, terms: Terms, problem: str, browser: BrowserCount) -> None:
    assert browser.count(ELECTION, rule, {}, TIES[0], terms) == {"refused": problem}


def test_says_when_the_share_could_be_raised_for_ever(browser: BrowserCount) -> None:
    parameters: dict[str, Any] = {"completion": "add1", "max_steps": 1, "step": 1, "stop_when_exhaustive": False}
    answer = browser.count(ELECTION, "equal-shares", parameters, TIES[0])
    assert answer == {"refused": "the share was raised 1 times and could still grow"}


def test_says_when_the_best_set_is_out_of_reach(browser: BrowserCount) -> None:
    """No set of projects is worth more than another that costs no more."""
    costs = [2**place + 2**26 for place in range(26)]
    ballots = Ballots(
        tuple(Entry(str(place), cost) for place, cost in enumerate(costs)),
        sum(costs) // 2,
        "cumulative",
        (Cast(tuple(str(place) for place in range(26)), tuple(costs)),),
    )
    assert browser.count(ballots, "max-welfare", {"utility": "points"}, TIES[0]) == {
        "refused": "the best set is not found among 300000 partial sets"
    }


def test_needs_nothing_but_itself_and_a_hash() -> None:
    """It runs in a worker of any browser: no page, no node, and of our own scripts only bytes and SHA-256."""
    for script in sorted((SOURCE / "verify" / "count").glob("*.js")):
        source = script.read_text()
        imported = set(re.findall(r"^(?:import|export) .*from '(.*)';$", source, re.MULTILINE))
        outside = {path for path in imported if not re.fullmatch(r"\./[a-z-]+\.js", path)}
        assert outside <= {"../../ballotbox/bytes.js", "../../ballotbox/sha256.js"}, script.name
        assert not re.search(r"\b(?:document|window|self|globalThis|process|require|await)\b", code(source)), (
            script.name
        )


def code(source: str) -> str:
    """A script without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)


@dataclass(frozen=True)
class Mutation:
    """In the script `file` the text `old`, found once, is replaced by `new`; the rule that it changes."""

    file: str
    old: str
    new: str
    rule: str


MUTATIONS = (
    Mutation("greedy.js", "if (least <= room)", "if (least < room)", "greedy"),
    Mutation("equal-shares.js", "higher.account.left < 0n", "higher.account.left <= 0n", "equal-shares"),
    Mutation("shopping.js", "return left < right ||", "return left <= right ||", "equal-shares"),
    Mutation(
        "phragmen.js", "costs[project] > account.left)) return", "costs[project] >= account.left)) return", "phragmen"
    ),
    Mutation("maximin-support.js", "ties[b] - ties[a]) < 0", "ties[b] - ties[a]) > 0", "maximin-support"),
    Mutation("max-welfare.js", "sum <= rooms[limit]", "sum < rooms[limit]", "max-welfare"),
    Mutation("support.js", "given > 0 ? 1", "given >= 0 ? 1", "top"),
)


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the scripts with the mutation."""
    for part in ("ballotbox", "verify/count"):
        shutil.copytree(SOURCE / part, folder / part)
    script = folder / "verify" / "count" / mutation.file
    source = script.read_text()
    assert source.count(mutation.old) == 1
    script.write_text(source.replace(mutation.old, mutation.new))
    return folder


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.file)
def test_a_wrong_comparison_is_seen(mutation: Mutation, tmp_path: Path) -> None:
    with browser_count(mutated(mutation, tmp_path)) as mutant:

        def seen(case: Case) -> bool:
            try:
                check(mutant, case)
            except AssertionError:
                return True
            return False

        find(cases(mutation.rule), seen, settings=FIRST)


@pytest.mark.parametrize(
    "mutation",
    [
        Mutation("purses.js", "else signs[place] = this.compareExactly(", "else signs[place] = 1 || (", "equal-shares"),
        Mutation("shopping.js", "* (1 + 4 * NEAR)", "* (1 - 1e-9)", "equal-shares"),
    ],
    ids=["what is in doubt is taken to be enough", "a bound that is not certain"],
)
def test_floating_point_that_decides_is_seen(mutation: Mutation, tmp_path: Path) -> None:
    with browser_count(mutated(mutation, tmp_path)) as mutant, pytest.raises(AssertionError):
        check_close(mutant, range(400))
