"""The header and the rows of a section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pbvote.tally.pabulib.cells import shown
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source, legible

SECTIONS = ("META", "PROJECTS", "VOTES")
OTHER_SEPARATORS = {",": "commas", "\t": "tabs", "|": "bars"}


def is_title(row: list[str], title: str) -> bool:
    """Whether the row is the title of the section."""
    return row[0].strip().upper() == title and not any(cell.strip() for cell in row[1:])


def header(source: Source, section: str, needed: tuple[str, ...], row: list[str] | None = None) -> list[str]:
    """The column names of a section, in the next row or in the one given.

    Read leniently, a needed name may be written with capitals or spaces.
    """
    if row is None:
        row = source.row()
    if row is None:
        raise source.error(f"the file ends after the title {section}", f"columns {';'.join(needed)}")
    other = [name for separator, name in OTHER_SEPARATORS.items() if len(row) == 1 and separator in row[0]]
    if other:
        raise source.error(f"{section} has its columns separated by {other[0]}", "cells separated by ;")
    columns = [legible(cell).strip() for cell in row]
    while columns and not columns[-1]:
        columns.pop()
    for column in needed:
        if column not in columns:
            _rename(columns, column, section, source)
    if "" in columns:
        found, expected = f"{section} has a column without a name", "a name for each column"
        source.mend(Kind.NAME, found, expected, "its cells are left out")
    for column, times in Counter(filter(None, columns)).items():
        if times > 1:
            raise source.error(f"{section} has {times} columns {shown(column)}", "each column once")
    return columns


def _rename(columns: list[str], column: str, section: str, source: Source) -> None:
    """Find a needed column under another spelling."""
    alike = [index for index, text in enumerate(columns) if plain(text) == column]
    found, expected = f"{section} has the columns {shown(';'.join(columns))}", f"a column {column}"
    if len(alike) != 1:
        raise source.error(found, expected)
    source.mend(Kind.NAME, found, expected, f"{shown(columns[alike[0]])} read as {column}")
    columns[alike[0]] = column


def plain(name: str) -> str:
    """A name as Pabulib would write it."""
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def section(source: Source, following: str) -> Iterator[list[str]]:
    """The rows up to the title `following`."""
    while (row := source.row()) is not None:
        if is_title(row, following):
            return
        if any(is_title(row, title) for title in SECTIONS):
            raise source.error(f"the section title {row[0].strip()}", f"a {following} section first")
        yield row
    raise source.error("the file ends here", f"a {following} section")


def checked(row: list[str], columns: list[str], needed: int, source: Source) -> list[str]:
    """The row with a cell for every column. Raises if there is more in it, or less than `needed` cells."""
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        raise source.error(f"a row of {len(row)} cells", f"{len(columns)}, as many as columns")
    if len(row) < needed:
        raise source.error(f"a row of {len(row)} cells", f"at least {needed}: {';'.join(columns[:needed])}")
    return [*row[: len(columns)], *[""] * (len(columns) - len(row))]
