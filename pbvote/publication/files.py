"""The files of a publication: the election for anybody to count again, a table, and the whole result. Pure."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import msgspec

from pbvote.outcomes.result import CountedResult
from pbvote.tally.conditions import Conditions
from pbvote.tally.conditions_json import conditions_to_json
from pbvote.tally.election import Election

# Below this, a list of ballots could tell how a neighbour voted: only totals are published.
FEWEST_BALLOTS = 30
ELECTION, TABLE, RESULT, CONDITIONS = "election.pb", "projects.csv", "result.json", "conditions.json"
BUNDLE, SCRUTINY = "bundle.zip", "bundle-with-ballots.zip"
ZIP = "application/zip"
COLUMNS = ("number", "project_id", "title", "category", "cost", "awarded", "votes", "score", "outcome", "step", "why")


class PublishedResult(CountedResult, frozen=True):
    """What stands in result.json: the result, and the seal that was put on the rules when voting opened."""

    config_sha256: str | None


def files_of(
    election: Election,
    election_file: bytes,
    conditions: Conditions,
    result: CountedResult,
    config_sha256: str | None,
) -> list[tuple[str, str, bytes]]:
    """Name, media type and content (text in UTF-8) of each file.

    The conditions, if there are any, are as `pbvote tally --conditions` reads them.
    """
    sealed = PublishedResult(**msgspec.structs.asdict(result), config_sha256=config_sha256)
    files = [
        (ELECTION, "text/plain", election_file),
        (TABLE, "text/csv", _table(election, result)),
        (RESULT, "application/json", msgspec.json.format(msgspec.json.encode(sealed, order="deterministic"))),
    ]
    if conditions.used():
        held = conditions_to_json(conditions, election.minor_units)
        files.append((CONDITIONS, "application/json", msgspec.json.format(msgspec.json.encode(held))))
    return files


def _table(election: Election, result: CountedResult) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for project, counted in zip(election.projects, result.projects, strict=True):
        cost = Decimal(counted.cost) / election.minor_units
        awarded = Decimal(counted.awarded) / election.minor_units
        outcome = "funded" if counted.funded else "not funded"
        outcome += " in part" if 0 < counted.awarded < counted.cost else ""
        why = " ".join(reason.detail for reason in (counted.why, *counted.also))
        told = (counted.number, project.id, counted.title, counted.category_name)
        row = (*told, cost, awarded, counted.votes, counted.score, outcome, counted.step or "", why)
        writer.writerow([_inert(cell) for cell in row])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _inert(cell: object) -> object:
    """Text that a spreadsheet would take for a formula, made plain text (OWASP: CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
