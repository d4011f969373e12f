"""Writing a Pabulib file: the same election always gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from pbvote.tally.election import Ballot, Election, ElectionError, VoteType
from pbvote.tally.money import amount
from pbvote.tally.pabulib.file import DERIVED, OBLIGATORY, PabulibFile
from pbvote.tally.support import Utility, scores_of, votes_of

HUNDREDTHS = 100

_TO_BE_QUOTED = re.compile('[;"\r\n]')
_WHOLE = re.compile(r"-?\d{1,10}", re.ASCII)
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


def write_pabulib(
    source: PabulibFile | Election,
    stream: BinaryIO,
    *,
    meta: Mapping[str, str] | None = None,
    details: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Write a file that was read, or an election, to a binary stream that stays open.

    An election's voters are numbered from 1 in canonical ballot order; a file's keep their ids if they were kept.
    `meta` replaces the META entries (those that the election itself tells are always written from it) and `details` the
    further columns of projects, such as `selected`. Raises `ElectionError` for project ids that would not read back the
    same (an empty one, one with a comma or with spaces around it), and for text with NUL characters.
    """
    file = source if isinstance(source, PabulibFile) else PabulibFile(source.meta, source)
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        entries = file.meta if meta is None else meta
        _write(text, "META", _meta_rows(file.election, entries))
        _write(text, "PROJECTS", _project_rows(file.election, file.details if details is None else details))
        _write(text, "VOTES", _vote_rows(file, _default_score(file.election, entries)))
    finally:
        text.detach()


def _write(text: TextIO, title: str, rows: Iterable[list[str]]) -> None:
    text.write(f"{title}\n")
    text.writelines(f"{';'.join(map(_cell, row))}\n" for row in rows)


def _cell(value: str) -> str:
    """The cell as it stands in the file. Not left to the csv module, which does not quote a carriage return."""
    if _UNREADABLE.search(value):
        raise ElectionError(f"{value[:40]!r} has a character that cannot be in a Pabulib file")
    if _TO_BE_QUOTED.search(value):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value


def _meta_rows(election: Election, meta: Mapping[str, str]) -> Iterator[list[str]]:
    derived = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.voters),
        "budget": _amount(election.budget, election, _units(election)),
        "vote_type": election.vote_type.value,
        "currency": election.currency,
    }
    yield ["key", "value"]
    for key in (*OBLIGATORY, "currency"):
        value = derived[key] or None if key in derived else meta.get(key)
        if value is not None:
            yield [key, value]
    for key, value in meta.items():
        if key not in DERIVED and key not in OBLIGATORY:
            yield [key, value]


def _project_rows(election: Election, details: Mapping[str, Mapping[str, str]]) -> Iterator[list[str]]:
    further = list(dict.fromkeys(column for row in details.values() for column in row))
    has_points = election.vote_type.has_points
    has_names = any(project.name for project in election.projects)
    has_categories = any(project.categories for project in election.projects)
    yield [
        *("project_id", "cost", "votes"),
        *(["score"] if has_points else []),
        *(["name"] if has_names else []),
        *(["category"] if has_categories else []),
        *further,
    ]
    units = _units(election)
    votes, scores = votes_of(election), scores_of(election, Utility.POINTS)
    for index, project in enumerate(election.projects):
        if "," in project.id:
            raise ElectionError(f"project id {project.id!r} has a comma, which separates ids in a Pabulib file")
        if not project.id or project.id != project.id.strip():
            raise ElectionError(f"project id {project.id!r} is empty or has spaces around it")
        yield [
            *(project.id, _amount(project.cost, election, units), str(votes[index])),
            *([str(scores[index])] if has_points else []),
            *([project.name] if has_names else []),
            *([_list(category.replace(",", ";") for category in project.categories)] if has_categories else []),
            *(details.get(project.id, {}).get(column, "") for column in further),
        ]


def _units(election: Election) -> int:
    """The minor units that the reader will take: hundredths, or smaller ones if any amount needs them."""
    units = election.minor_units
    while units > HUNDREDTHS:
        larger = election.minor_units // (units // 10)
        if election.budget % larger or any(cost % larger for cost in election.costs):
            break
        units //= 10
    return max(units, HUNDREDTHS)


def _amount(minor: int, election: Election, units: int) -> str:
    return str(amount(minor * units // election.minor_units, units))


def _vote_rows(file: PabulibFile, default_score: int) -> Iterator[list[str]]:
    has_points = file.election.vote_type.has_points
    yield ["voter_id", "vote", *(["points"] if has_points else [])]
    for voter, ballot in file.voters if file.voters is not None else _numbered(file.election):
        if not has_points:
            yield [voter, _list(ballot.projects)]
            continue
        given = [
            (project, points)
            for project, points in zip(ballot.projects, ballot.points, strict=True)
            if not default_score or points != default_score
        ]
        yield [voter, _list(project for project, _ in given), _list(str(points) for _, points in given)]


def _default_score(election: Election, meta: Mapping[str, str]) -> int:
    """What ballots give to projects that they do not list."""
    text = meta.get("default_score", "").partition(".")[0]
    return int(text) if election.vote_type is VoteType.SCORING and _WHOLE.fullmatch(text) else 0


def _numbered(election: Election) -> Iterator[tuple[str, Ballot]]:
    number = 0
    for ballot, count in election.ballots():
        for _ in range(count):
            number += 1
            yield str(number), ballot


def _list(items: Iterable[str]) -> str:
    return ",".join(items)
