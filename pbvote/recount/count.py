"""The second count: an election and a rule in, who is funded out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pbvote.recount.conditions import NO_TERMS, Terms
from pbvote.recount.election import Ballots, RecountError
from pbvote.recount.equal_shares import equal_shares
from pbvote.recount.greedy import Values, greedy, greedy_per_cost, ranks
from pbvote.recount.max_welfare import max_welfare
from pbvote.recount.maximin_support import maximin_support
from pbvote.recount.opening import Count, Counted, open_count
from pbvote.recount.phragmen import phragmen
from pbvote.recount.ranked import priorities, top
from pbvote.recount.ties import DEFAULT_ORDER


@dataclass(frozen=True)
class Recount:
    """What the second count decided; amounts in minor units.

    `final_share` is each voter's share at last under Equal Shares, `welfare` the total utility under max-welfare; both
    are `None` for other rules. `reserve` are the projects that come next, by id.
    """

    steps: tuple[Counted, ...]
    final_share: Fraction | None
    welfare: int | None
    reserve: tuple[str, ...]

    @property
    def funded(self) -> tuple[str, ...]:
        """The ids of the funded projects, in order."""
        return tuple(step.project for step in self.steps)

    @property
    def cost(self) -> int:
        """What they get together."""
        return sum(step.amount for step in self.steps)


@dataclass(frozen=True)
class Method:
    """How a rule counts, the values its parameters take by default (no value: it must be given), what it honours."""

    count: Callable[[Count, Values], None]
    defaults: Mapping[str, str | int | bool | None]
    honours: frozenset[str]


WITH_PARTS = frozenset({"pots", "prefunded", "exclusions", "min_votes", "smallest", "reserve"})
WHOLE = WITH_PARTS - {"smallest"}
IN_LINE: Mapping[str, str | int | bool | None] = {"utility": "votes", "skip": True, "threshold": 0}
SHARES: Mapping[str, str | int | bool | None] = {
    "utility": "cost",
    "completion": "none",
    "start": "exact",
    "step": None,
    "stop_when_exhaustive": True,
    "max_steps": 10_000,
    "comparison": False,
    "eligibility": "none",
}

METHODS: Mapping[str, Method] = {
    "greedy": Method(greedy, IN_LINE, WITH_PARTS),
    "greedy-per-cost": Method(greedy_per_cost, IN_LINE, WITH_PARTS),
    "equal-shares": Method(equal_shares, SHARES, WHOLE),
    "phragmen": Method(phragmen, {"skip": False}, WHOLE),
    "maximin-support": Method(maximin_support, {}, WHOLE),
    "max-welfare": Method(max_welfare, {"utility": "votes"}, WHOLE),
    "top": Method(top, {"k": None, "utility": "votes"}, frozenset({"min_votes"})),
    "priorities": Method(priorities, {"utility": "votes"}, frozenset()),
}


def recount(
    ballots: Ballots,
    rule: str,
    parameters: Mapping[str, str | int | bool] | None = None,
    ties: str = DEFAULT_ORDER,
    conditions: Terms = NO_TERMS,
) -> Recount:
    """Count the election again.

    `parameters` not given take their defaults; `ties` is a tie order as text. Raises `RecountError` for what is not
    known, does not fit the ballots, or cannot be done under the rule.
    """
    if rule not in METHODS:
        raise RecountError(f"rule {rule!r} is not known; expected {', '.join(METHODS)}")
    method = METHODS[rule]
    refused = [name for name in sorted(WITH_PARTS - method.honours) if getattr(conditions, name)]
    if refused:
        raise RecountError(f"{rule} knows no condition {refused[0]}")
    unknown = [name for name in parameters or {} if name not in method.defaults]
    if unknown:
        raise RecountError(f"{rule} has no parameter {unknown[0]!r}")
    complete = {name: value for name, value in {**method.defaults, **(parameters or {})}.items() if value is not None}
    if "step" in method.defaults:
        complete.setdefault("step", ballots.minor_units)
    if missing := method.defaults.keys() - complete:
        raise RecountError(f"{rule} needs {', '.join(sorted(missing))}")
    count = open_count(ballots, ties, conditions)
    if rule in {"top", "priorities"}:
        count.steps.clear()
    method.count(count, complete)
    return Recount(tuple(count.steps), count.final_share, count.welfare, reserve(count, rule, complete))


def reserve(count: Count, rule: str, given: Values) -> tuple[str, ...]:
    """The first of those not funded: by the score that the rule goes by or else by votes."""
    rank = ranks(count, rule, given)
    waiting = [c for c in count.waiting() if not count.account.excluded(c)]
    waiting.sort(key=lambda c: (-rank[c], count.ties[c]))
    return tuple(count.ballots.projects[c].id for c in waiting[: count.terms.reserve])
