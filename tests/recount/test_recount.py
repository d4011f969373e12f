"""The second count by itself: against plain enumeration, against real elections, and as one file."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from fractions import Fraction
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pbvote.recount
from pbvote.recount import Ballots, Cast, Entry, RecountError, Terms, recount
from pbvote.recount.adapter import of
from pbvote.recount.conditions import Account
from pbvote.recount.support import totals
from pbvote.tally import VoteType, read_pabulib
from tests.recount.cases import cases, elections, pots, terms_of
from tests.tally.elections import needs_real_files, real_files

SOME = settings(deadline=None)
PACKAGE = Path(pbvote.recount.__file__).parent
ELECTION = Ballots((Entry("a", 3), Entry("b", 2), Entry("c", 2)), 4, "approval", (Cast(("a", "b", "c"), count=2),))


def subsets(items: list[int]) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(items, size) for size in range(len(items) + 1)))


@SOME
@given(cases("max-welfare") if "max-welfare" in pbvote.tally.RULES else st.nothing())
def test_max_welfare_is_the_best_of_all_sets(case: Any) -> None:
    ballots, terms = of(case.election), terms_of(case.conditions)
    try:
        counted = recount(ballots, "max-welfare", case.parameters, case.ties, terms)
    except RecountError:
        return
    utility, costs = case.parameters["utility"], ballots.costs
    scores = [
        score * (cost if utility == "cost" else 1) for score, cost in zip(totals(ballots, utility), costs, strict=True)
    ]
    number = {project.id: place for place, project in enumerate(ballots.projects)}
    given_first = {number[step.project] for step in counted.steps if step.phase != "max-welfare"}
    votes = totals(ballots, "votes")
    others = [
        p for p, cost in enumerate(costs) if cost and votes[p] >= max(1, terms.min_votes) and p not in given_first
    ]

    def allowed(chosen: tuple[int, ...]) -> bool:
        account = Account.of(ballots, terms)
        account.paid = {p: costs[p] for p in [*given_first, *chosen]}
        rivals = any(account.rivals[p] & account.paid.keys() for p in chosen)
        return not rivals and all(account.room(p) >= 0 for p in chosen)

    best = min(
        (chosen for chosen in subsets(others) if allowed(chosen)),
        key=lambda chosen: (-sum(scores[p] for p in chosen), sum(costs[p] for p in chosen), chosen),
    )
    assert [number[step.project] for step in counted.steps if step.phase == "max-welfare"] == list(best)
    assert counted.welfare == sum(scores[p] for p in [*given_first, *best])


@SOME
@given(elections(VoteType.APPROVAL))
def test_the_highest_load_is_the_heaviest_of_all_sets(election: Any) -> None:
    ballots = of(election)
    counted = recount(ballots, "maximin-support")
    cost = {project.id: project.cost for project in ballots.projects}
    bought = [step.project for step in counted.steps if step.phase == "maximin-support"]
    for place, step in enumerate(bought):
        loads = []
        for chosen in subsets(list(range(place + 1)))[1:]:
            names = {bought[p] for p in chosen}
            people = sum(cast.count for cast in ballots.cast if names & set(cast.projects))
            loads.append(Fraction(sum(cost[name] for name in names), people))
        found = next(counted_step.load for counted_step in counted.steps if counted_step.project == step)
        assert found == max(loads)


@SOME
@given(st.data(), elections(VoteType.APPROVAL))
def test_what_the_pots_can_pay(data: Any, election: Any) -> None:
    """The room for a project is what some way of sharing the pots out leaves for it: each unit of money is tried."""
    asked = data.draw(pots(election))
    if election.budget > 12:
        return
    ballots, terms = of(election), terms_of(pbvote.tally.conditions.Conditions(pots=asked))
    account = Account.of(ballots, terms)
    for p in range(len(ballots.projects)):
        room = max(0, account.room(p))
        assert shareable(account, [(q, paid) for q, paid in account.paid.items()] + [(p, room)])
        assert not shareable(account, [(q, paid) for q, paid in account.paid.items()] + [(p, room + 1)])
        account.pay(p, data.draw(st.integers(0, room)))


def shareable(account: Account, bills: list[tuple[int, int]]) -> bool:
    """Whether every unit of every bill finds a unit of a pot that may pay for it (Kuhn's matching)."""
    held = [amount for chosen, amount in account.sets if len(chosen) == 1]
    units = [pot for pot, amount in enumerate(held) for _ in range(amount)]
    taken: dict[int, int] = {}
    wanted = [p for p, amount in bills for _ in range(amount)]

    def seat(bill: int, tried: set[int]) -> bool:
        for place, pot in enumerate(units):
            if pot in account.pots_of[wanted[bill]] and place not in tried:
                tried.add(place)
                if place not in taken or seat(taken[place], tried):
                    taken[place] = bill
                    return True
        return False

    return all(seat(bill, set()) for bill in range(len(wanted)))


def expected() -> list[Any]:
    """(file, expected outcome) of the smaller real elections."""
    small = [file for file in real_files() if file.stat().st_size < 50_000]
    return [
        pytest.param(file, outcome, id=f"{file.stem}-{outcome['rule']}-{number}")
        for file in small
        for number, outcome in enumerate(json.loads(file.with_suffix(".expected.json").read_text())["outcomes"])
        if outcome.get("completion", "none") == "none" or file.stat().st_size < 4_000
    ]


@needs_real_files
@pytest.mark.parametrize(("file", "outcome"), expected())
def test_decides_on_real_elections_what_others_computed(file: Path, outcome: dict[str, Any]) -> None:
    rule = outcome["rule"]
    if rule == "greedy" and "utility" in outcome:
        rule = "greedy-per-cost"  # so did the oracle: it divides points by cost, and votes it does not
    election = read_pabulib(file).election
    names = ("utility", "completion", "start", "stop_when_exhaustive")
    counted = recount(of(election), rule, {name: outcome[name] for name in names if name in outcome})
    if outcome.get("only_the_optimum_counts"):
        if outcome["optimum"] is not None:
            units = election.minor_units if outcome["utility"] == "cost" else 1
            assert counted.welfare == int(outcome["optimum"]) * units
        return
    assert set(counted.funded) == set(outcome["funded"])
    assert not outcome["order_matters"] or list(counted.funded) == outcome["funded"]
    assert counted.cost == int(outcome["cost"]) * election.minor_units


@pytest.mark.parametrize(
    ("rule", "parameters", "terms", "problem"),
    [
        ("borda", {}, Terms(), "not known"),
        ("greedy", {"completion": "add1"}, Terms(), "no parameter"),
        ("greedy", {"utility": "points"}, Terms(), "needs cumulative or scoring ballots"),
        ("top", {}, Terms(), "needs k"),
        ("top", {"k": 1}, Terms(reserve=1), "knows no condition reserve"),
        ("phragmen", {}, Terms(smallest={"a": 1}), "knows no condition smallest"),
        ("greedy", {}, Terms(prefunded=("a", "b")), "cannot be prefunded"),
        (
            "equal-shares",
            {"completion": "add1", "max_steps": 1, "step": 1, "stop_when_exhaustive": False},
            Terms(),
            "could still",
        ),
    ],
)
def test_says_what_cannot_be_counted(rule: str, parameters: dict[str, Any], terms: Terms, problem: str) -> None:
    with pytest.raises(RecountError, match=problem):
        recount(ELECTION, rule, parameters, conditions=terms)


def test_the_lot_is_the_hash_of_seed_and_id() -> None:

    equal = Ballots((Entry("b", 2), Entry("c", 2)), 2, "approval", (Cast(("b", "c")),))
    assert {recount(equal, "greedy", ties=f"lot:{seed}").funded for seed in range(20)} == {("b",), ("c",)}


def modules() -> dict[str, ast.Module]:
    return {path.stem: ast.parse(path.read_text()) for path in sorted(PACKAGE.glob("*.py"))}


def test_only_the_adapter_knows_the_tally_and_all_else_is_the_standard_library() -> None:
    for name, tree in modules().items():
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        ours = {module for module in imported if module.startswith("pbvote")}
        assert all(module.startswith("pbvote.recount.") for module in ours - {"pbvote.tally.election"})
        assert "pbvote.tally.election" not in ours or name == "adapter"
        assert {module.split(".")[0] for module in imported - ours} <= sys.stdlib_module_names


def one_file() -> str:
    """The package as a program of one file: its modules one after the other, each after those that it imports."""
    trees, written, parts = modules(), set[str](), ["from __future__ import annotations"]
    waiting = [name for name in trees if name not in {"__init__", "adapter"}]
    while waiting:
        for name in waiting:
            needs = {
                (node.module or "").rpartition(".")[2]
                for node in trees[name].body
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pbvote.recount.")
            }
            if needs <= written:
                break
        body = [
            node
            for node in trees[name].body
            if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("pbvote.", "__future__")))
        ]
        parts.append(ast.unparse(ast.Module(body, [])))
        written.add(name)
        waiting.remove(name)
    return "\n".join(parts)


def test_no_name_is_used_twice_at_the_top_of_modules() -> None:
    seen: dict[str, str] = {}
    for name, tree in modules().items():
        for node in tree.body:
            names = []
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = [node.name]
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            for top in names:
                if top != "__all__":
                    assert seen.setdefault(top, name) == name, f"{top} in {seen[top]} and {name}"


def test_makes_a_program_of_one_file(tmp_path: Path) -> None:
    program = tmp_path / "count.py"
    election = "Ballots((Entry('a', 3), Entry('b', 2)), 4, 'approval', (Cast(('a', 'b'), count=2), Cast(('b',))))"
    program.write_text(
        f"{one_file()}\nfor rule in sorted(METHODS):\n    if rule != 'top':\n"
        f"        print(rule, *recount({election}, rule).funded)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", str(program)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "equal-shares b",
        "greedy b",
        "greedy-per-cost b",
        "max-welfare b",
        "maximin-support b",
        "phragmen b",
        "priorities b a",
    ]
