"""The election as the second count reads it: plain data, nothing worked out beforehand."""

from __future__ import annotations

from dataclasses import dataclass

APPROVAL, CHOOSE_1, ORDINAL, CUMULATIVE, SCORING = "approval", "choose-1", "ordinal", "cumulative", "scoring"


class RecountError(ValueError):
    """The election cannot be counted as asked; the message says what is in the way."""


@dataclass(frozen=True)
class Entry:
    """A project on the ballot; `cost` in minor units."""

    id: str
    cost: int
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cast:
    """What `count` voters chose: project ids (best first on ordinal ballots), with points where there are any."""

    projects: tuple[str, ...]
    points: tuple[int, ...] = ()
    count: int = 1


@dataclass(frozen=True)
class Ballots:
    """An election: its projects in ballot order, the budget in minor units, and what was cast, blank ballots too.

    `minor_units` make one currency unit. `vote_type` is approval, choose-1, ordinal, cumulative or scoring.
    """

    projects: tuple[Entry, ...]
    budget: int
    vote_type: str
    cast: tuple[Cast, ...]
    minor_units: int = 100

    @property
    def voters(self) -> int:
        """How many ballots were cast."""
        return sum(cast.count for cast in self.cast)

    @property
    def costs(self) -> list[int]:
        """Each project's cost."""
        return [project.cost for project in self.projects]
