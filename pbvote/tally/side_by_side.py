"""Every rule on the same ballots: what each would fund, how fair that is, and where the rules agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from pbvote.tally.conditions import NO_CONDITIONS, ConditionError, Conditions
from pbvote.tally.count import tally
from pbvote.tally.election import Election
from pbvote.tally.fairness_report import FairnessReport, report_of
from pbvote.tally.outcome import Outcome, Value
from pbvote.tally.rules import RULES, ParameterError
from pbvote.tally.rules import equal_shares as shares
from pbvote.tally.ties import DEFAULT_TIES, TieOrder

COMPLETED = "add1u"  # the completion with which Equal Shares spends what cities expect to be spent


@dataclass(frozen=True, slots=True)
class Contestant:
    """A rule with parameters, by a name of its own such as `equal-shares/add1u`."""

    label: str
    rule: str
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a contestant funds."""

    label: str
    outcome: Outcome
    report: FairnessReport


@dataclass(frozen=True, slots=True)
class Skipped:
    """A contestant that cannot count this election, and why."""

    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many projects two contestants both fund, and the money (minor units) that both give to the same projects."""

    one: str
    other: str
    projects: int
    money: int


@dataclass(frozen=True)
class Comparison:
    """Contestants side by side, with each pair's agreement.

    `by_all`, `by_some` and `by_none` are the ids of the projects, in ballot order, that all, some or none would fund.
    """

    election: Election
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    agreements: tuple[Agreement, ...]
    by_all: tuple[str, ...]
    by_some: tuple[str, ...]
    by_none: tuple[str, ...]

    def funders(self, project: str) -> tuple[str, ...]:
        """The labels of the contestants that fund the project."""
        return tuple(entry.label for entry in self.entries if project in entry.outcome.funded)

    def agreement(self, one: Entry, other: Entry) -> Agreement:
        """The agreement of two entries; one agrees with itself on all that it funds."""
        if one is other:
            return _agreement(one, one)
        return next(pair for pair in self.agreements if {pair.one, pair.other} == {one.label, other.label})


def contestants() -> tuple[Contestant, ...]:
    """Every rule that decides money, with its defaults; after Equal Shares the same with its rest spent."""
    found = []
    for name, rule in RULES.items():
        if rule.decides_money:
            found.append(Contestant(name, name))
        if name == shares.RULE.name:
            found.append(Contestant(f"{name}/{COMPLETED}", name, {"completion": COMPLETED}))
    return tuple(found)


def compare(
    election: Election,
    asked: Iterable[Contestant] | None = None,
    *,
    ties: TieOrder = DEFAULT_TIES,
    conditions: Conditions = NO_CONDITIONS,
    progress: Callable[[str], None] = lambda label: None,  # noqa: ARG005  nobody listens
) -> Comparison:
    """Count the election by every contestant, `contestants()` if none are given.

    A contestant whose parameters the ballots cannot serve, or that cannot honour a condition, is skipped with the
    reason. `progress` is told each label before its count. Raises `ConditionError` for conditions that do not fit the
    election.
    """
    conditions.check(election)
    entries, skipped = [], []
    for contestant in contestants() if asked is None else asked:
        progress(contestant.label)
        try:
            outcome = tally(election, contestant.rule, contestant.parameters, ties=ties, conditions=conditions)
        except (ParameterError, ConditionError) as error:
            skipped.append(Skipped(contestant.label, str(error)))
        else:
            entries.append(Entry(contestant.label, outcome, report_of(election, outcome)))
    funded = [set(entry.outcome.funded) for entry in entries]
    by_all, by_any = set.intersection(*funded) if funded else set(), set[str]().union(*funded)
    ids = [project.id for project in election.projects]
    return Comparison(
        election,
        tuple(entries),
        tuple(skipped),
        tuple(_agreement(one, other) for one, other in combinations(entries, 2)),
        by_all=tuple(name for name in ids if name in by_all),
        by_some=tuple(name for name in ids if name in by_any - by_all),
        by_none=tuple(name for name in ids if name not in by_any),
    )


def funded_by(
    election: Election,
    project: str,
    asked: Iterable[Contestant],
    *,
    ties: TieOrder = DEFAULT_TIES,
    conditions: Conditions = NO_CONDITIONS,
) -> dict[str, bool]:
    """Whether each contestant that can count the election would fund the project, by label."""
    found = {}
    for contestant in asked:
        try:
            outcome = tally(election, contestant.rule, contestant.parameters, ties=ties, conditions=conditions)
        except (ParameterError, ConditionError):
            continue
        found[contestant.label] = project in outcome.funded
    return found


def _agreement(one: Entry, other: Entry) -> Agreement:
    mine, theirs = ({step.project: step.cost for step in entry.outcome.steps} for entry in (one, other))
    both = mine.keys() & theirs.keys()
    return Agreement(one.label, other.label, len(both), sum(min(mine[name], theirs[name]) for name in both))
