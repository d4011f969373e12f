"""What a Pabulib file holds, and what is said when one cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbvote.tally.election import Ballot, Election
from pbvote.tally.pabulib.mends import Mended

OBLIGATORY = (
    "description",
    "country",
    "unit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
)
DERIVED = frozenset({"num_projects", "num_votes", "budget", "vote_type", "currency"})  # the election itself says these


class PabulibError(ValueError):
    """The file cannot be read: where, what was found there, and what was expected instead. `line` 0 is no line."""

    def __init__(self, file: str, line: int, found: str, expected: str) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(one_line(f"{place}: {found}; expected {expected}"))
        self.file = file
        self.line = line
        self.found = found
        self.expected = expected


def one_line(text: str) -> str:
    """The text on one line, without characters that a terminal would obey."""
    words = " ".join(text.split())
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)


@dataclass(frozen=True)
class PabulibFile:
    """An election with what its file says besides.

    `meta` is the META section in the file's order. `details` are the further columns of each project, by id.
    `voters` are (voter id, ballot) in the file's order, if they were asked for; nothing else is kept about voters.
    `stated` are the `votes` and `score` cells of each project as they stand in the file: nothing goes by them. `lines`
    are the lines of the META keys and `project_lines` those of the projects. `mended` is what lenient reading mended.
    """

    meta: Mapping[str, str]
    election: Election
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    voters: tuple[tuple[str, Ballot], ...] | None = None
    stated: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    project_lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    mended: tuple[Mended, ...] = ()
