"""The outcome of a count, with its reasons, as data. Money is in minor units; see `as_json` for the JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.fairness import Fairness
from pbvote.tally.reasons import Reason
from pbvote.tally.ties import Tie

Value = str | int | bool

FREE = "free"
GREEDY = "greedy"
EQUAL_SHARES = "equal-shares"
COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Payment:
    """Who paid for a project under Equal Shares: people in voters, money in minor units.

    `max_payment` is the most that anybody paid (for each point, with points); `effective_votes` is cost / max_payment.
    `money_before` is what the supporters had together before they paid.
    """

    max_payment: Fraction
    effective_votes: Fraction
    paid_in_full: int
    gave_last: int
    had_nothing: int
    money_before: Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """A project being funded: when, in which phase, with which score, and what is left of the budget afterwards.

    `score` is what ranked it: its votes or points when projects are taken one after the other, its effective votes
    under Equal Shares, 0 if it is free.
    """

    number: int
    phase: str
    project: str
    cost: int
    votes: int
    score: Fraction
    left: int
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """What happened to one project, and why. `step` is `None` unless it is funded; `votes` are its supporters."""

    id: str
    name: str
    cost: int
    votes: int
    score: int
    step: int | None
    reasons: tuple[Reason, ...]

    @property
    def funded(self) -> bool:
        """Whether the project is funded."""
        return self.step is not None


@dataclass(frozen=True)
class Outcome:
    """What a rule decided. `funded` are project ids in the order of selection, `projects` all in ballot order.

    `parameters` are all that the rule used, given or not, with the tie order under `ties`. The shares, and the number
    of times the share was raised, are `None` for rules without shares.
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
