"""Writing a Pabulib file: the same election always gives the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from typing import BinaryIO

from pbvote.tally.election import Ballot, Election, ElectionError
from pbvote.tally.money import amount
from pbvote.tally.pabulib.file import DERIVED, OBLIGATORY, PabulibFile
from pbvote.tally.support import Utility, scores_of, votes_of


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
    further columns of projects, such as `selected`. Raises `ElectionError` if a project id holds a comma.
    """
    file = source if isinstance(source, PabulibFile) else PabulibFile(source.meta, source)
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        rows = csv.writer(text, delimiter=";", lineterminator="\n")
        rows.writerow(["META"])
        rows.writerows(_meta_rows(file.election, file.meta if meta is None else meta))
        rows.writerow(["PROJECTS"])
        rows.writerows(_project_rows(file.election, file.details if details is None else details))
        rows.writerow(["VOTES"])
        rows.writerows(_vote_rows(file))
    finally:
        text.detach()


def _meta_rows(election: Election, meta: Mapping[str, str]) -> Iterator[list[str]]:
    derived = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.voters),
        "budget": str(amount(election.budget, election.minor_units)),
        "vote_type": election.vote_type.value,
        "currency": election.currency,
    }
    yield ["key", "value"]
    for key in (*OBLIGATORY, "currency"):
        value = derived.get(key, meta.get(key, ""))
        if value:
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
    votes, scores = votes_of(election), scores_of(election, Utility.POINTS)
    for index, project in enumerate(election.projects):
        if "," in project.id:
            raise ElectionError(f"project id {project.id!r} has a comma, which separates ids in a Pabulib file")
        yield [
            *(project.id, str(amount(project.cost, election.minor_units)), str(votes[index])),
            *([str(scores[index])] if has_points else []),
            *([project.name] if has_names else []),
            *([_list(category.replace(",", ";") for category in project.categories)] if has_categories else []),
            *(details.get(project.id, {}).get(column, "") for column in further),
        ]


def _vote_rows(file: PabulibFile) -> Iterator[list[str]]:
    has_points = file.election.vote_type.has_points
    yield ["voter_id", "vote", *(["points"] if has_points else [])]
    for voter, ballot in file.voters if file.voters is not None else _numbered(file.election):
        yield [voter, _list(ballot.projects), *([_list(map(str, ballot.points))] if has_points else [])]


def _numbered(election: Election) -> Iterator[tuple[str, Ballot]]:
    number = 0
    for ballot, count in election.ballots():
        for _ in range(count):
            number += 1
            yield str(number), ballot


def _list(items: Iterable[str]) -> str:
    return ",".join(items)
