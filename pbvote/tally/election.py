"""An election: what the rules count. Projects with integer costs, a budget, and the ballots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pbvote.tally.profile import Profile


class ElectionError(ValueError):
    """The parts do not make an election; the message says which part and why."""


class VoteType(StrEnum):
    """What a ballot says about projects, by Pabulib's names."""

    APPROVAL = "approval"
    CHOOSE_1 = "choose-1"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"

    @property
    def has_points(self) -> bool:
        """Whether a ballot gives points to the projects it lists."""
        return self in {VoteType.CUMULATIVE, VoteType.SCORING}


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot. `cost` is in minor units (pence)."""

    id: str
    cost: int
    name: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ballot:
    """One voter's choice: project ids and, where the vote type has them, as many points.

    Ordinal ballots list the best project first. An empty ballot is blank: it is counted as a voter and supports nobody.
    """

    projects: tuple[str, ...] = ()
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class Election:
    """What a rule needs to decide, and nothing about rounds, people or databases.

    The order of `projects` is the ballot order, the last resort between tied projects. All money is in minor units, of
    which `minor_units` make one unit of `currency`. `meta` holds what else a Pabulib file says about the election.
    """

    projects: tuple[Project, ...]
    budget: int
    vote_type: VoteType
    profile: Profile
    currency: str = ""
    minor_units: int = 100
    meta: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.budget < 0:
            raise ElectionError(f"the budget is {self.budget}, below zero")
        if str(self.minor_units).strip("0") != "1":
            raise ElectionError(f"minor_units is {self.minor_units}; expected 1, 10, 100 or another power of ten")
        ids = Counter(project.id for project in self.projects)
        for project in self.projects:
            if ids[project.id] > 1:
                raise ElectionError(f"project {project.id!r} is listed more than once")
            if project.cost < 0:
                raise ElectionError(f"project {project.id!r} costs {project.cost}, below zero")

    @classmethod
    def of(  # noqa: PLR0913  the parts of an election, by name
        cls,
        *,
        projects: Iterable[Project],
        budget: int,
        vote_type: VoteType,
        ballots: Iterable[Ballot] | Mapping[Ballot, int],
        currency: str = "",
        minor_units: int = 100,
        meta: Mapping[str, str] | None = None,
    ) -> Election:
        """The election with equal ballots grouped; the order in which ballots come changes nothing.

        `ballots` are ballots, or a mapping from each distinct ballot to how many voters cast it. A project listed twice
        on one ballot counts once, where it stands first. Raises `ElectionError`.
        """
        listed = tuple(projects)
        position = {project.id: index for index, project in enumerate(listed)}
        counts = ballots if isinstance(ballots, Mapping) else Counter(ballots)
        grouped: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
        for ballot, count in counts.items():
            grouped[canonical(ballot, vote_type, position)] += count
        try:
            profile = Profile.of(grouped, has_points=vote_type.has_points)
        except ValueError as error:
            raise ElectionError(str(error)) from error
        return cls(listed, budget, vote_type, profile, currency, minor_units, dict(meta or {}))

    @property
    def voters(self) -> int:
        """How many ballots were cast, blank ones included."""
        return self.profile.voters

    @property
    def costs(self) -> tuple[int, ...]:
        """Each project's cost in minor units, in ballot order."""
        return tuple(project.cost for project in self.projects)

    def ballots(self) -> Iterable[tuple[Ballot, int]]:
        """Each distinct ballot with the number of voters who cast it, in canonical order."""
        ids = [project.id for project in self.projects]
        for indexes, points, count in self.profile.rows():
            yield Ballot(tuple(ids[index] for index in indexes), points), count


def canonical(
    ballot: Ballot, vote_type: VoteType, position: Mapping[str, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ballot as project indexes and points, in the one order that ballots of the same meaning share.

    `position` has each project's index by id. Raises `ElectionError` for what is no ballot of this vote type.
    """
    if len(ballot.points) != (len(ballot.projects) if vote_type.has_points else 0):
        expected = "one number of points for each project" if vote_type.has_points else "no points"
        raise ElectionError(
            f"{vote_type} ballot {ballot.projects} has {len(ballot.points)} points; expected {expected}"
        )
    chosen: dict[int, int] = {}
    for place, name in enumerate(ballot.projects):
        if name not in position:
            raise ElectionError(f"a ballot lists {name!r}, which is not a project")
        chosen.setdefault(position[name], ballot.points[place] if ballot.points else 0)
    if vote_type is VoteType.CHOOSE_1 and len(chosen) > 1:
        raise ElectionError(f"a choose-1 ballot lists {len(chosen)} projects: {', '.join(ballot.projects)}")
    if vote_type is VoteType.ORDINAL:
        return tuple(chosen), ()
    if not vote_type.has_points:
        return tuple(sorted(chosen)), ()
    entries = sorted(chosen.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(index for index, _ in entries), tuple(points for _, points in entries)
