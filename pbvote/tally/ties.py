"""Ties as values: what decides between projects that the rule finds equal, and a record of each decision."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbvote.tally.election import Election

CHEAPEST = "cheapest"
MOST_VOTES = "most-votes"
BALLOT_ORDER = "ballot-order"
LOT = "lot"


@dataclass(frozen=True, slots=True)
class TieRule:
    """One way to decide. `seed` is what a lot is drawn from: the text that public dice gave."""

    name: str
    seed: str = ""

    def __post_init__(self) -> None:
        if self.name not in {CHEAPEST, MOST_VOTES, BALLOT_ORDER, LOT}:
            raise ValueError(f"{self.name!r} is no tie rule; expected cheapest, most-votes, ballot-order or lot:SEED")
        if (self.name == LOT) != bool(self.seed):
            raise ValueError(
                f"tie rule {str(self)!r}: expected a seed with lot, as in lot:SEED, and with no other rule"
            )
        if "," in self.seed:
            raise ValueError(f"seed {self.seed!r} has a comma, which separates tie rules")

    def __str__(self) -> str:
        return f"{self.name}:{self.seed}" if self.seed else self.name


@dataclass(frozen=True, slots=True)
class TieOrder:
    """Tie rules in the order in which they apply. Ballot order always is the last resort, named or not."""

    rules: tuple[TieRule, ...] = (TieRule(CHEAPEST), TieRule(MOST_VOTES), TieRule(BALLOT_ORDER))

    @classmethod
    def parse(cls, text: str) -> TieOrder:
        """Read `cheapest,lot:482915`. Raises ValueError saying what was expected."""
        rules = []
        for part in text.split(","):
            name, _, seed = part.strip().partition(":")
            rules.append(TieRule(name, seed))
        if len({rule.name for rule in rules}) < len(rules):
            raise ValueError(f"{text!r} names a tie rule twice")
        return cls(tuple(rules))

    def __str__(self) -> str:
        return ",".join(str(rule) for rule in self.rules)


DEFAULT_TIES = TieOrder()


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie that was broken: in step `step` the projects `tied` were equal, and `broken_by` chose `winner`."""

    step: int
    tied: tuple[str, ...]
    winner: str
    broken_by: str


class TieBreaker:
    """A tie order applied to one election. Projects are indexes."""

    def __init__(self, order: TieOrder, election: Election, votes: Sequence[int]) -> None:
        self._ids = [project.id for project in election.projects]
        keys: dict[str, Callable[[TieRule, int], int]] = {
            CHEAPEST: lambda _, project: election.projects[project].cost,
            MOST_VOTES: lambda _, project: -votes[project],
            BALLOT_ORDER: lambda _, project: project,
            LOT: lambda rule, project: int.from_bytes(lot(rule.seed, self._ids[project])),
        }
        self._rules = [(str(rule), rule, keys[rule.name]) for rule in (*order.rules, TieRule(BALLOT_ORDER))]

    def pick(self, tied: Sequence[int]) -> tuple[int, str]:
        """The project that wins among those tied, and the name of the tie rule that left it alone."""
        left = list(tied)
        for name, rule, key in self._rules:
            best = min(key(rule, project) for project in left)
            left = [project for project in left if key(rule, project) == best]
            if len(left) == 1:
                return left[0], name
        raise AssertionError("ballot order tells all projects apart")

    def record(self, step: int, tied: Sequence[int], winner: int) -> Tie:
        """The tie as data, projects in ballot order."""
        return Tie(step, tuple(self._ids[project] for project in sorted(tied)), self._ids[winner], self.pick(tied)[1])


def lot(seed: str, project_id: str) -> bytes:
    """The lot that a project draws: SHA-256 of the seed and its id, both UTF-8. The lowest lot wins."""
    return hashlib.sha256(seed.encode() + project_id.encode()).digest()
