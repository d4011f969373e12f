"""Whole counts to try: elections full of ties and edges, with parameters, conditions and tie orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from pbvote.recount import Fund, Recount, Terms, recount
from pbvote.recount.adapter import of
from pbvote.tally import RULES, Ballot, Election, Outcome, Project, TieOrder, VoteType, tally
from pbvote.tally.conditions import NO_CONDITIONS, Conditions, Pot
from pbvote.tally.rules.rule import Kind, Parameter

COSTS = (6, 3, 4, 2, 5, 12, 10, 1, 0, 60)
BUDGETS = (12, 18, 13, 20, 24, 25, 11, 10, 36, 7, 6, 60, 1, 0)
POINTS = (1, 2, 1, 3, 4, 0, -1)
UNITS = (1, 1, 1, 1, 7, 100, 10**13 + 1)
CATEGORIES = ("green", "play", "roads")
TIES = ("cheapest,most-votes,ballot-order", "ballot-order", "most-votes", "lot:4711", "cheapest,lot:dice 3-1-6")
NUMBERS = {
    "k": st.integers(1, 7),
    "threshold": st.integers(0, 9),
    "max_steps": st.sampled_from([10_000, 10_000, 10_000, 1, 3]),
}
FRACTIONS = ("none", "none", "1/3", "0.5", "1", "3/2")


@dataclass(frozen=True)
class Case:
    """One count, to be made by both programs."""

    election: Election
    rule: str
    parameters: dict[str, str | int | bool]
    conditions: Conditions = NO_CONDITIONS
    ties: str = TIES[0]

    def tally(self) -> Outcome:
        parameters, ties = self.parameters, TieOrder.parse(self.ties)
        return tally(self.election, self.rule, parameters, ties=ties, conditions=self.conditions)

    def recount(self) -> Recount:
        return recount(of(self.election), self.rule, self.parameters, self.ties, terms_of(self.conditions))

    def on(self, election: Election, conditions: Conditions | None = None) -> Case:
        return replace(self, election=election, conditions=conditions or self.conditions)


def terms_of(conditions: Conditions) -> Terms:
    return Terms(
        pots=tuple(Fund(pot.id, pot.amount, pot.categories, pot.projects) for pot in conditions.pots),
        prefunded=conditions.prefunded,
        exclusions=conditions.exclusions,
        min_votes=conditions.min_votes,
        smallest=conditions.smallest,
        reserve=conditions.reserve,
    )


def utilities(rule: str, vote_type: VoteType) -> list[str]:
    """The utilities that the rule knows and these ballots can tell."""
    known = [
        choice for parameter in RULES[rule].parameters if parameter.name == "utility" for choice in parameter.choices
    ]
    without = set() if vote_type.has_points else {"points", "mean"}
    return [name for name in known if name not in without | (set() if vote_type is VoteType.ORDINAL else {"borda"})]


@st.composite
def elections(draw: st.DrawFn, vote_type: VoteType) -> Election:
    """Up to six projects and eight distinct ballots, blank ones and ones that list a project twice among them.

    Costs are few and alike, so that projects tie; some cost exactly what so many voters have together, or one minor
    unit more or less. What hypothesis likes best, the first of each list, is an election where something happens.
    """
    names = "abcdef"[: draw(st.sampled_from([4, 5, 5, 6, 6, 3, 2, 1]))]
    lengths = [1, 1, 0] if vote_type is VoteType.CHOOSE_1 else [2, 3, 1, 2, 3, 4, 6, 0]
    ballots: dict[Ballot, int] = {}
    for _ in range(draw(st.sampled_from([5, 6, 4, 5, 6, 8, 3, 2, 1, 0]))):
        length = draw(st.sampled_from(lengths))
        chosen = draw(st.lists(st.sampled_from(names), min_size=length, max_size=length))
        points = draw(st.lists(st.sampled_from(POINTS), min_size=length, max_size=length))
        ballot = Ballot(tuple(chosen), tuple(points) if vote_type.has_points else ())
        ballots[ballot] = ballots.get(ballot, 0) + draw(st.sampled_from([1, 1, 1, 2, 3, 7]))
    unit, voters = draw(st.sampled_from(UNITS)), sum(ballots.values())
    budget = draw(st.sampled_from(BUDGETS)) * unit
    usual = draw(st.lists(st.sampled_from(COSTS), min_size=1, max_size=3))
    projects = []
    for name in names:
        cost = draw(st.sampled_from([*usual, *usual, *COSTS])) * unit
        if voters and draw(st.sampled_from([False, False, True])):
            cost = budget * draw(st.integers(1, voters)) // voters + draw(st.sampled_from([0, 0, 0, 1, -1]))
        categories = tuple(draw(st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True)))
        projects.append(Project(name, max(0, cost), categories=categories))
    units = draw(st.sampled_from([1, 1, 10]))
    return Election.of(projects=projects, budget=budget, vote_type=vote_type, ballots=ballots, minor_units=units)


@st.composite
def conditions(draw: st.DrawFn, election: Election, rule: str) -> Conditions:
    """Conditions that the rule honours; some cannot be kept, and both programs have to say so."""
    names = [project.id for project in election.projects]
    refused = set(RULES[rule].refuses)
    some = st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)
    groups = st.lists(st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True).map(tuple), max_size=2)
    drawn: dict[str, Any] = {
        "pots": draw(st.just(()) | pots(election)),
        "prefunded": draw(st.just(()) | some),
        "exclusions": tuple(draw(groups)) if len(names) > 1 else (),
        "min_votes": draw(st.sampled_from([0, 0, 1, 2, 3])),
        "smallest": {
            project.id: draw(st.integers(1, project.cost))
            for project in election.projects
            if project.cost and "smallest" not in refused and draw(st.booleans())
        },
        "reserve": draw(st.integers(0, 3)),
    }
    return Conditions(**{name: value for name, value in drawn.items() if name not in refused})


@st.composite
def pots(draw: st.DrawFn, election: Election) -> tuple[Pot, ...]:
    """One to four pots that hold the budget together."""
    cuts = sorted(draw(st.lists(st.integers(0, election.budget), max_size=3)))
    amounts = [end - start for start, end in zip([0, *cuts], [*cuts, election.budget], strict=True)]
    names = [project.id for project in election.projects]
    return tuple(
        Pot(
            f"pot {number}",
            amount,
            tuple(draw(st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True))),
            tuple(draw(st.lists(st.sampled_from(names), max_size=2, unique=True))),
        )
        for number, amount in enumerate(amounts)
    )


def values(parameter: Parameter, election: Election, utility: list[str]) -> st.SearchStrategy[Any]:
    """Values of one parameter."""
    match parameter.kind:
        case Kind.CHOICE:
            return st.sampled_from(utility if parameter.name == "utility" else parameter.choices)
        case Kind.SWITCH:
            return st.booleans()
        case Kind.FRACTION:
            return st.sampled_from(FRACTIONS)
        case Kind.MONEY:  # so large that a run of Add1 ends soon
            return st.sampled_from([max(1, election.budget // part) for part in (40, 39, 13, 2)])
    return NUMBERS[parameter.name]


@st.composite
def cases(draw: st.DrawFn, rule: str, *, free: bool = False) -> Case:
    """Counts by one rule; with `free` set, without conditions."""
    types = [vote_type for vote_type in VoteType if utilities(rule, vote_type) or not takes_utility(rule)]
    election = draw(elections(draw(st.sampled_from(types))))
    utility = utilities(rule, election.vote_type)
    parameters = {parameter.name: draw(values(parameter, election, utility)) for parameter in RULES[rule].parameters}
    asked = NO_CONDITIONS if free else draw(st.just(NO_CONDITIONS) | conditions(election, rule))
    return Case(election, rule, parameters, asked, draw(st.sampled_from(TIES)))


def takes_utility(rule: str) -> bool:
    return any(parameter.name == "utility" for parameter in RULES[rule].parameters)
