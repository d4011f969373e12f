"""Reading a Pabulib file: whatever is wrong is said with its line and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from pbvote.tally.election import Election, Project
from pbvote.tally.pabulib.ballots import BallotCells
from pbvote.tally.pabulib.cells import amount_of, is_missing, list_of, shown
from pbvote.tally.pabulib.file import DERIVED, PabulibError, PabulibFile
from pbvote.tally.pabulib.limits import Limits
from pbvote.tally.pabulib.meta import Meta
from pbvote.tally.pabulib.source import Source, legible
from pbvote.tally.pabulib.stated import note_wrong_totals
from pbvote.tally.pabulib.tables import checked, header, section
from pbvote.tally.pabulib.votes import Votes

STATED = frozenset({"votes", "score"})
OWN_COLUMNS = frozenset({"project_id", "cost", "name", "category", ""}) | STATED


def read_pabulib(
    file: str | Path | BinaryIO,
    *,
    name: str | None = None,
    keep_voters: bool = False,
    progress: Callable[[int], object] | None = None,
    lenient: bool = False,
) -> PabulibFile:
    """Read a file by path or from a binary stream; `name` is what errors call it.

    With `keep_voters` the result lists each voter's id and ballot. `progress` is called now and then with the number of
    bytes read. With `lenient` what can be mended without guessing is mended, and listed in `mended`; what can be read
    strictly gives the same election either way. Raises nothing but `PabulibError`.
    """
    if not isinstance(file, str | Path):
        source = Source(file, name or str(getattr(file, "name", "input")), progress, lenient=lenient)
        return _Reader(source).read(keep_voters=keep_voters)
    name = name or str(file)
    try:
        with Path(file).open("rb") as stream:
            return _Reader(Source(stream, name, progress, lenient=lenient)).read(keep_voters=keep_voters)
    except PabulibError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PabulibError(name, 0, reason or str(error), "a Pabulib file that can be read") from error


class _Reader:
    """One pass over the file, section by section."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._costs: dict[str, Decimal] = {}
        self._texts: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._details: dict[str, dict[str, str]] = {}
        self._stated: dict[str, dict[str, str]] = {}
        self._lines: dict[str, int] = {}

    def read(self, *, keep_voters: bool) -> PabulibFile:
        """Read the three sections and put the election together."""
        source = self._source
        meta = Meta(source)
        vote_type = meta.vote_type()
        budget = meta.amount("budget")
        self._read_projects()
        meta.check_count("num_projects", len(self._costs))
        limits = Limits.of(meta.entries, meta.lines, source)
        cells = BallotCells(vote_type, self._costs, limits, meta.default_score(vote_type))
        minor_units = 10 ** max(2, *(_decimals(amount) for amount in (budget, *self._costs.values())))
        costs = {name: _minor(cost, minor_units) for name, cost in self._costs.items()}
        votes = Votes(source, cells, tuple(costs.values()), minor_units)
        try:
            election = Election(
                projects=tuple(Project(name, cost, *self._texts[name]) for name, cost in costs.items()),
                budget=_minor(budget, minor_units),
                vote_type=vote_type,
                profile=votes.read(keep_voters=keep_voters),
                currency=meta.entries.get("currency", ""),
                minor_units=minor_units,
                meta={key: value for key, value in meta.entries.items() if key not in DERIVED},
            )
        except PabulibError:
            raise
        except ValueError as error:
            raise source.error(str(error), "an election that can be counted") from error
        meta.check_count("num_votes", election.voters)
        if source.lenient:
            note_wrong_totals(election, self._stated, self._lines, source)
        return PabulibFile(
            meta=meta.entries,
            election=election,
            details=self._details,
            voters=None if votes.voters is None else tuple(votes.voters),
            stated=self._stated,
            lines=meta.lines,
            project_lines=self._lines,
            mended=source.mends.all(),
        )

    def _read_projects(self) -> None:
        source = self._source
        columns = header(source, "PROJECTS", ("project_id", "cost"))
        needed = max(columns.index("project_id"), columns.index("cost")) + 1
        for found in section(source, "VOTES"):
            row = dict(zip(columns, checked(found, columns, needed, source), strict=True))
            name = row["project_id"].strip()
            if not name or "," in name or name != legible(name):
                raise source.error(f"project_id is {shown(name)}", "an id without commas")
            if name in self._costs:
                raise source.error(f"project {shown(name)} a second time", "each project once")
            self._costs[name] = amount_of(row["cost"], f"cost of project {shown(name)}", source)
            categories = list_of(legible(row.get("category", "")), "category", source)
            self._texts[name] = (legible(row.get("name", "").strip()), _categories(categories))
            self._details[name] = {column: legible(row[column]) for column in columns if column not in OWN_COLUMNS}
            self._stated[name] = {column: row[column] for column in columns if column in STATED}
            self._lines[name] = source.line


def _categories(items: list[str]) -> tuple[str, ...]:
    """Each category once; `None` is none, wherever it stands."""
    return tuple(dict.fromkeys(item for item in items if not is_missing(item)))


def _minor(amount: Decimal, minor_units: int) -> int:
    """An amount in minor units; exact however many digits it has."""
    return int(Fraction(amount) * minor_units)


def _decimals(amount: Decimal) -> int:
    """How many decimals the amount needs."""
    return len(f"{amount:f}".partition(".")[2].rstrip("0"))
