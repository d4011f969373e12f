"""The outcome of a count, with its reasons, as data. Money is in minor units; see `as_json` for the JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.conditions import NO_CONDITIONS, Conditions
from pbvote.tally.fairness import Fairness
from pbvote.tally.reasons import Reason
from pbvote.tally.ties import Tie

Value = str | int | bool

PREFUNDED = "prefunded"
FREE = "free"
GREEDY = "greedy"
EQUAL_SHARES = "equal-shares"
COMPLETION = "completion"
MAX_WELFARE = "max-welfare"
TOP = "top"
PRIORITY = "priority"
PHRAGMEN = "phragmen"
MAXIMIN_SUPPORT = "maximin-support"


@dataclass(frozen=True, slots=True)
class Rival:
    """Another project that could have been bought in a step, with its effective votes, rounded down to tenths."""

    project: str
    effective_votes: Fraction


@dataclass(frozen=True, slots=True)
class Payment:
    """Who paid for a project under Equal Shares: people in voters, money in minor units.

    `max_payment` is the most that anybody paid (for each point, with points); `effective_votes` is cost / max_payment.
    `money_before` is what the supporters had together before they paid, rounded down. `rivals` are the best few that
    could have been bought instead, if margins were asked for.
    """

    max_payment: Fraction
    effective_votes: Fraction
    paid_in_full: int
    gave_last: int
    had_nothing: int
    money_before: int
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Margins:
    """How close a project came that is not funded. `None` where no cost, or number of supporters, would have done.

    With a cost of `max_cost` minor units at most it would have been funded, in step `step` of the count or, where that
    is `None`, after the last one. `supporters` more voters who vote for nothing else would have been enough too, each
    of them with the same share as all others.
    """

    max_cost: int | None = None
    step: int | None = None
    supporters: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A project being funded: when, in which phase, with which score, and what is left of the budget afterwards.

    `cost` is what it gets, which is less than it asks for if it is funded in part. `score` is what ranked it: its votes
    or points when projects are taken one after the other, its effective votes under Equal Shares, the load that it
    brings (money) under Phragmen and maximin support, 0 if no rule did.
    """

    number: int
    phase: str
    project: str
    cost: int
    votes: int
    score: Fraction
    left: int
    payment: Payment | None = None

    @property
    def score_is_money(self) -> bool:
        """Whether the score is a load, in minor units."""
        return self.phase in {PHRAGMEN, MAXIMIN_SUPPORT}


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """What happened to one project, and why. `votes` are its supporters.

    Unless it is funded `step` is `None` and `awarded`, the money it gets, is 0. `pots` says which pot pays how much of
    it, where there are pots. `margins` are worked out for Equal Shares, Phragmen and the greedy rules, if asked for.
    """

    id: str
    name: str
    cost: int
    votes: int
    score: int
    step: int | None
    awarded: int
    pots: Mapping[str, int]
    reasons: tuple[Reason, ...]
    margins: Margins | None = None

    @property
    def funded(self) -> bool:
        """Whether the project is funded."""
        return self.step is not None


@dataclass(frozen=True)
class Outcome:
    """What a rule decided. `funded` are project ids in the order of selection, `projects` all in ballot order.

    `parameters` are all that the rule used, given or not, with the tie order under `ties`. The shares, and the number
    of times the share was raised, are `None` for rules without shares, `welfare` for rules that do not maximise it.
    `comparison` says how a comparison with another rule went, if there was one. `reserve` are the ids of the projects
    that are next in line for declined money. Where the rule decides no money (`decides_money` is false) `funded` are
    the projects chosen and `cost` is what they would cost.
    """

    engine: str
    rule: str
    parameters: Mapping[str, Value]
    currency: str
    minor_units: int
    budget: int
    voters: int
    funded: tuple[str, ...]
    cost: int
    steps: tuple[Step, ...]
    ties: tuple[Tie, ...]
    projects: tuple[ProjectOutcome, ...]
    stop: Reason
    fairness: Fairness
    start_share: Fraction | None = None
    final_share: Fraction | None = None
    raises: int | None = None
    welfare: Fraction | None = None
    comparison: Reason | None = None
    conditions: Conditions = NO_CONDITIONS
    reserve: tuple[str, ...] = ()
    decides_money: bool = True

    @property
    def unspent(self) -> int:
        """What is left of the budget."""
        return self.budget - self.cost

    def project(self, project_id: str) -> ProjectOutcome:
        """What happened to the project. Raises KeyError for an unknown id."""
        for project in self.projects:
            if project.id == project_id:
                return project
        raise KeyError(project_id)
