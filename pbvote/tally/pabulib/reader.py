"""Reading a Pabulib file, strictly and row by row: whatever is wrong is said with its line and what was expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from pbvote.tally.election import Ballot, Election, ElectionError, Project, VoteType
from pbvote.tally.pabulib.ballots import BallotCells
from pbvote.tally.pabulib.cells import Limits, amount_of, is_missing, list_of, shown, whole_of
from pbvote.tally.pabulib.file import DERIVED, PabulibError, PabulibFile
from pbvote.tally.pabulib.source import Source

SECTIONS = ("META", "PROJECTS", "VOTES")
OWN_COLUMNS = frozenset({"project_id", "cost", "name", "category", "votes", "score"})


def read_pabulib(
    file: str | Path | BinaryIO,
    *,
    name: str | None = None,
    keep_voters: bool = False,
    progress: Callable[[int], object] | None = None,
) -> PabulibFile:
    """Read a file by path or from a binary stream; `name` is what errors call it.

    With `keep_voters` the result lists each voter's id and ballot. `progress` is called now and then with the number of
    bytes read. Raises nothing but `PabulibError`.
    """
    if not isinstance(file, str | Path):
        return _Reader(Source(file, name or str(getattr(file, "name", "input")), progress), keep_voters).read()
    name = name or str(file)
    try:
        with Path(file).open("rb") as stream:
            return _Reader(Source(stream, name, progress), keep_voters).read()
    except PabulibError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PabulibError(name, 0, reason or str(error), "a Pabulib file that can be read") from error


class _Reader:
    """One pass over the rows, section by section."""

    def __init__(self, source: Source, keep_voters: bool) -> None:  # noqa: FBT001  private, one caller
        self._source = source
        self._rows = source.rows()
        self._meta: dict[str, str] = {}
        self._meta_lines: dict[str, int] = {}
        self._costs: dict[str, Decimal] = {}
        self._texts: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._details: dict[str, dict[str, str]] = {}
        self._counts: Counter[Ballot] = Counter()
        self._voters: list[tuple[str, Ballot]] | None = [] if keep_voters else None

    def read(self) -> PabulibFile:
        """Read the three sections and put the election together."""
        self._expect_title()
        self._read_meta()
        vote_type = self._vote_type()
        budget = self._meta_amount("budget")
        self._read_projects()
        self._check_count("num_projects", len(self._costs))
        limits = Limits.of(self._meta, self._meta_lines, self._source)
        default_score = self._default_score(vote_type)
        self._read_votes(BallotCells(vote_type, self._costs, limits, default_score))
        self._check_count("num_votes", self._counts.total())
        return self._file(vote_type, budget)

    def _file(self, vote_type: VoteType, budget: Decimal) -> PabulibFile:
        decimals = max(_decimals(amount) for amount in (budget, *self._costs.values()))
        minor_units = 10 ** max(2, decimals)
        projects = [Project(name, int(cost * minor_units), *self._texts[name]) for name, cost in self._costs.items()]
        try:
            election = Election.of(
                projects=projects,
                budget=int(budget * minor_units),
                vote_type=vote_type,
                ballots=self._counts,
                currency=self._meta.get("currency", ""),
                minor_units=minor_units,
                meta={key: value for key, value in self._meta.items() if key not in DERIVED},
            )
        except ElectionError as error:
            raise self._source.error(str(error), "an election that can be counted") from error
        return PabulibFile(self._meta, election, self._details, None if self._voters is None else tuple(self._voters))

    def _expect_title(self) -> None:
        row = next(self._rows, None)
        if row is None:
            raise self._source.error("the file is empty", "a META section")
        if not _is_title(row, SECTIONS[0]):
            raise self._source.error(f"the file begins with {shown(row[0])}", "the section title META")

    def _header(self, section: str, needed: tuple[str, ...]) -> list[str]:
        """The column names of a section."""
        row = next(self._rows, None)
        if row is None:
            raise self._source.error(f"the file ends after the title {section}", f"columns {';'.join(needed)}")
        columns = [cell.strip() for cell in row]
        while columns and not columns[-1]:
            columns.pop()
        for column in needed:
            if column not in columns:
                raise self._source.error(f"{section} has the columns {shown(';'.join(columns))}", f"a column {column}")
        for column, times in Counter(columns).items():
            if times > 1:
                raise self._source.error(f"{section} has {times} columns {shown(column)}", "each column once")
        return columns

    def _section(self, columns: list[str], following: str | None, needed: int) -> Iterator[dict[str, str]]:
        """The rows up to the title `following` (or the end), each with at least `needed` cells, by column."""
        for row in self._rows:
            if following and _is_title(row, following):
                return
            if following and any(_is_title(row, title) for title in SECTIONS):
                raise self._source.error(f"the section title {row[0].strip()}", f"a {following} section first")
            if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
                raise self._source.error(f"a row of {len(row)} cells", f"{len(columns)}, as many as columns")
            if len(row) < needed:
                raise self._source.error(
                    f"a row of {len(row)} cells", f"at least {needed}: {';'.join(columns[:needed])}"
                )
            yield dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=False))
        if following:
            raise self._source.error("the file ends here", f"a {following} section")

    def _read_meta(self) -> None:
        columns = self._header("META", ("key", "value"))
        for row in self._section(columns, "PROJECTS", 1):
            key = row["key"].strip()
            if not key:
                raise self._source.error("a value without a key", "key;value")
            if key in self._meta:
                raise self._source.error(f"{key} a second time", "each key once")
            self._meta[key] = row["value"].strip()
            self._meta_lines[key] = self._source.line

    def _required(self, key: str) -> str:
        if is_missing(self._meta.get(key, "")):
            line = self._meta_lines.get(key, 1)
            raise self._source.error(f"META says no {key}", f"a line {key};VALUE", line)
        return self._meta[key]

    def _meta_amount(self, key: str) -> Decimal:
        return amount_of(self._required(key), key, self._source, self._meta_lines[key])

    def _vote_type(self) -> VoteType:
        text = self._required("vote_type")
        if text not in set(VoteType):
            expected = ", ".join(VoteType)
            raise self._source.error(f"vote_type is {shown(text)}", f"one of {expected}", self._meta_lines["vote_type"])
        return VoteType(text)

    def _default_score(self, vote_type: VoteType) -> int:
        text = self._meta.get("default_score", "")
        if vote_type is not VoteType.SCORING or is_missing(text):
            return 0
        return whole_of(text, "default_score", self._source, self._meta_lines["default_score"])

    def _check_count(self, key: str, counted: int) -> None:
        line = self._meta_lines.get(key, 1)
        if whole_of(self._required(key), key, self._source, line) != counted:
            raise self._source.error(f"{key} is {self._meta[key]}", f"{counted}, as many as the file lists", line)

    def _read_projects(self) -> None:
        columns = self._header("PROJECTS", ("project_id", "cost"))
        needed = max(columns.index("project_id"), columns.index("cost")) + 1
        for row in self._section(columns, "VOTES", needed):
            name = row["project_id"].strip()
            if not name or "," in name:
                raise self._source.error(f"project_id is {shown(name)}", "an id without commas")
            if name in self._costs:
                raise self._source.error(f"project {shown(name)} a second time", "each project once")
            self._costs[name] = amount_of(row["cost"], f"cost of project {shown(name)}", self._source)
            categories = tuple(dict.fromkeys(list_of(row.get("category", ""), "category", self._source)))
            self._texts[name] = (row.get("name", "").strip(), categories)
            self._details[name] = {column: row[column] for column in columns if column not in OWN_COLUMNS}

    def _read_votes(self, cells: BallotCells) -> None:
        points = ("points",) if cells.vote_type.has_points else ()
        columns = self._header("VOTES", ("voter_id", "vote", *points))
        needed = max(columns.index(column) for column in ("voter_id", "vote", *points)) + 1
        seen: set[str] = set()
        for row in self._section(columns, None, needed):
            voter = row["voter_id"].strip()
            if not voter:
                raise self._source.error("a vote without a voter_id", "an id for each voter")
            if voter in seen:
                raise self._source.error(f"voter {shown(voter)} a second time", "each voter once")
            seen.add(voter)
            ballot = cells.ballot(row["vote"], row["points"] if points else "", self._source)
            self._counts[ballot] += 1
            if self._voters is not None:
                self._voters.append((voter, ballot))


def _is_title(row: list[str], title: str) -> bool:
    return row[0].strip().upper() == title and not any(cell.strip() for cell in row[1:])


def _decimals(amount: Decimal) -> int:
    """How many decimals the amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
