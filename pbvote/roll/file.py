"""A roll as a CSV file: one elector a line, read strictly, with everything that is wrong by its line.

The first line names the columns, in any order: `reference` is needed; `name`, `address_1` to `address_5`, `ward` and
`email` may be there. Separated by commas or semicolons, in UTF-8 with or without a byte order mark, as spreadsheets
save it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pbvote.emails import MOST as MOST_EMAIL
from pbvote.emails import email_key, is_email
from pbvote.errors import DomainError, Reason
from pbvote.letters.letter import unprintable
from pbvote.plain_text import Limit, text_reasons, tidy

MOST_ROWS = 100_000
MOST_BYTES = 32 * 1024 * 1024
MOST_PROBLEMS = 200  # as many are named; all are counted
FIRST_ROWS = 5
ADDRESS = ("name", *(f"address_{number}" for number in range(1, 6)))
REFERENCE, WARD, EMAIL = "reference", "ward", "email"
LIMITS = {
    REFERENCE: Limit(40),
    **dict.fromkeys((*ADDRESS, WARD), Limit(60, required=False)),
    EMAIL: Limit(MOST_EMAIL, required=False),
}

CELL_CODES = {
    "text_missing": "row_reference_missing",  # nothing else is needed
    "text_too_long": "row_text_too_long",
    "text_not_plain": "row_text_not_plain",
}


class RollFileIsWrong(DomainError):
    """The file cannot be imported; `reasons` names the first 200 mistakes, each with its line."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The file cannot be imported as it is"


@dataclass(frozen=True, slots=True)
class Row:
    """One elector of the file: name and address as the lines of a letter (perhaps none); ward and e-mail may be ""."""

    line: int
    reference: str
    lines: tuple[str, ...]
    ward: str
    email: str

    @property
    def key(self) -> str:
        """The reference as it is compared."""
        return reference_key(self.reference)


@dataclass(frozen=True, slots=True)
class RollFile:
    """A file that was read once; `problems` are the first 200 of `wrong`.

    `lines_of` and `emails_of` have the line of each reference and e-mail address, as they are compared.
    """

    content: bytes
    sha256: str
    separator: str
    columns: tuple[str, ...]
    rows: int
    addressed: int
    wards: Mapping[str, int]
    first: Sequence[Row]
    lines_of: Mapping[str, int]
    emails_of: Mapping[str, int]
    problems: Sequence[Reason]
    wrong: int


def reference_key(reference: str) -> str:
    """A reference as it is compared: case and repeated spaces do not count."""
    return " ".join(tidy(reference).casefold().split())


def read_roll(content: bytes) -> RollFile:
    """Read the whole file and find everything that is wrong. Never raises for what a file may hold."""
    seen = _Seen()
    separator, columns = "", list[str]()
    try:
        separator, columns = _heading(content)
        for item in rows_of(content):
            seen.see(item)
    except RollFileIsWrong as error:
        seen.problems += error.reasons
        seen.wrong += len(error.reasons)
    if not seen.wrong and not seen.rows:
        seen.see(_problem("roll_file_empty", 1, "", "The file has no rows after the line that names the columns."))
    return RollFile(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        separator=separator,
        columns=tuple(columns),
        rows=seen.rows,
        addressed=seen.addressed,
        wards=dict(sorted(seen.wards.items())),
        first=seen.first,
        lines_of=seen.lines_of,
        emails_of=seen.emails_of,
        problems=seen.problems[:MOST_PROBLEMS],
        wrong=seen.wrong,
    )


class _Seen:
    """What reading has come across so far."""

    def __init__(self) -> None:
        self.rows = self.addressed = self.wrong = 0
        self.wards: Counter[str] = Counter()
        self.first: list[Row] = []
        self.lines_of: dict[str, int] = {}
        self.emails_of: dict[str, int] = {}
        self.problems: list[Reason] = []

    def see(self, item: Row | Reason) -> None:
        if isinstance(item, Row):
            self._row(item)
            return
        self.wrong += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(item)

    def _row(self, row: Row) -> None:
        self.rows += 1
        if len(self.first) < FIRST_ROWS:
            self.first.append(row)
        if self.rows == MOST_ROWS + 1:
            detail = f"The file has more than {MOST_ROWS:,} rows; import the rest as a second file."
            raise _wrong("too_many_rows", row.line, detail, most=MOST_ROWS)
        self.addressed += bool(row.lines)
        if row.ward:
            self.wards[row.ward] += 1
        self._once(self.lines_of, row.key, row.line, REFERENCE, "row_reference_twice")
        if row.email:
            self._once(self.emails_of, email_key(row.email), row.line, EMAIL, "row_email_twice")

    def _once(self, lines: dict[str, int], key: str, line: int, column: str, code: str) -> None:
        """Note the line in which something stands, or that it stood in another one before."""
        first = lines.setdefault(key, line)
        if first != line:
            detail = f"Line {line:,} has the same {column} as line {first:,}; expected each only once."
            self.see(_problem(code, line, column, detail, first=first))


def rows_of(content: bytes) -> Iterator[Row | Reason]:
    """The rows of the file in order; in place of a wrong one, each thing that is wrong with it.

    Raises RollFileIsWrong where the file cannot be read on.
    """
    separator, columns = _heading(content)
    lines = csv.reader(_text(content), delimiter=separator, strict=True)
    next(lines)
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            detail = f"Line {line:,} cannot be read ({error}); expected quotation marks in pairs."
            raise _wrong("row_unreadable", line, detail) from None
        if any(cell.strip() for cell in cells):
            yield from _row(line, columns, cells)


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> Iterator[Row | Reason]:
    if len(cells) != len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        detail = f"Line {line:,} has {len(cells)} cells; expected {len(columns)}, as the first line has."
        yield _problem("row_cells", line, "", detail, cells=len(cells), expected=len(columns))
        return
    values = {column: tidy(cell) for column, cell in zip(columns, cells, strict=False)}
    problems = [problem for column, value in values.items() for problem in _cell(line, column, value)]
    if REFERENCE not in values:  # a short row
        problems.append(_problem("row_reference_missing", line, REFERENCE, f"Line {line:,} has no reference."))
    if problems:
        yield from problems
        return
    address = tuple(values[column] for column in ADDRESS if values.get(column))
    yield Row(line, values[REFERENCE], address, values.get(WARD, ""), values.get(EMAIL, ""))


def _cell(line: int, column: str, value: str) -> Iterator[Reason]:
    """What is wrong with one cell."""
    for reason in text_reasons(value, column, LIMITS[column]):
        detail = f"Line {line:,}, {column}: {reason.detail}"
        yield Reason(CELL_CODES[reason.code], detail, {**reason.params, "line": line, "column": column}, column)
        return
    if column == EMAIL:
        if value and not is_email(value):
            detail = f"Line {line:,}: this is no e-mail address; expected one such as kim@example.org."
            yield _problem("row_bad_email", line, column, detail)
    elif (character := unprintable(value)) is not None:
        detail = f"Line {line:,}, {column}: the letters' font has no {character!r}; expected Latin letters."
        yield _problem("row_not_printable", line, column, detail, character=character)


def _heading(content: bytes) -> tuple[str, list[str]]:
    """The separator, and the columns that the first line names. Raises RollFileIsWrong."""
    try:
        first = _text(content).readline()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        detail = f"Line {line:,} is not in UTF-8; save the file as “CSV UTF-8”."
        raise _wrong("roll_file_not_unicode", line, detail) from None
    separator = ";" if first.count(";") > first.count(",") else ","
    try:
        cells = next(csv.reader([first], delimiter=separator, strict=True), [])
    except csv.Error:
        cells = []
    columns = ["_".join(tidy(cell).casefold().replace("-", " ").split()) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    expected = ", ".join(LIMITS)
    for column in columns:
        if column not in LIMITS:
            detail = f"The first line names a column {column[:40]!r}; expected {expected}."
            raise _wrong("roll_file_column", 1, detail, column=column[:40], expected=expected)
        if columns.count(column) > 1:
            raise _wrong("roll_file_column_twice", 1, f"The first line names {column} twice.", column=column)
    if REFERENCE not in columns:
        detail = f"The first line names no column {REFERENCE}; expected {expected}."
        raise _wrong("roll_file_no_reference", 1, detail, expected=expected)
    return separator, columns


def _text(content: bytes) -> io.TextIOWrapper:
    """The file as text. Decoding is checked as a whole first, so that a mistake is found before any row is taken."""
    if not content.isascii():
        content.decode("utf-8-sig")
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")


def _problem(code: str, line: int, column: str, detail: str, **params: int | str) -> Reason:
    return Reason(code, detail, {"line": line, "column": column, **params}, column)


def _wrong(code: str, line: int, detail: str, **params: int | str) -> RollFileIsWrong:
    return RollFileIsWrong(detail, [Reason(code, detail, {"line": line, **params}, "file")])
