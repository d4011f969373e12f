"""The META section: what the file says about the election."""

from __future__ import annotations

from decimal import Decimal

from pbvote.tally.election import VoteType
from pbvote.tally.pabulib.cells import amount_of, is_missing, shown, whole_of
from pbvote.tally.pabulib.file import PabulibError
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source, legible
from pbvote.tally.pabulib.tables import SECTIONS, checked, header, is_title, plain, section

NEEDED = ("budget", "vote_type", "num_projects", "num_votes")


class Meta:
    """META's entries in the file's order, and their lines."""

    def __init__(self, source: Source) -> None:
        self.entries: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self._source = source
        columns = header(source, SECTIONS[0], ("key", "value"), self._after_title())
        for row in section(source, SECTIONS[1]):
            cells = checked(self._joined(row, columns), columns, 1, source)
            self._add(legible(cells[columns.index("key")].strip()), legible(cells[columns.index("value")].strip()))
        if source.lenient:
            self._rename()

    def amount(self, key: str) -> Decimal:
        """A sum of money that has to be there."""
        return amount_of(self._required(key), key, self._source, self.lines[key])

    def vote_type(self) -> VoteType:
        """What a ballot is."""
        text, line = self._required("vote_type"), self.lines["vote_type"]
        alike = plain(text).replace("_", "-")
        found, expected = f"vote_type is {shown(text)}", f"one of {', '.join(VoteType)}"
        if alike not in set(VoteType):
            raise self._source.error(found, expected, line)
        if text != alike:
            self._source.mend(Kind.VALUE, found, expected, f"read as {alike}", line)
        return VoteType(alike)

    def default_score(self, vote_type: VoteType) -> int:
        """What a ballot gives to the projects that it does not list."""
        text = self.entries.get("default_score", "")
        if vote_type is not VoteType.SCORING or is_missing(text):
            return 0
        return whole_of(text, "default_score", self._source, self.lines["default_score"])

    def check_count(self, key: str, counted: int) -> None:
        """Raise unless the file has as many as it says. Read leniently, what counts is what is there."""
        line = self.lines.get(key, 1)
        try:
            if whole_of(self._required(key), key, self._source, line) == counted:
                return
            error = self._source.error(
                f"{key} is {self.entries[key]}", f"{counted}, as many as the file lists", self.lines[key]
            )
        except PabulibError as caught:
            error = caught
        if not self._source.lenient:
            raise error
        self._source.note(Kind.TOTAL, error.found, f"the file lists {counted:,}", line)

    def _after_title(self) -> list[str] | None:
        """Read the title; leniently, a file may begin with META's header, which is then given back."""
        source = self._source
        row = source.row()
        if row is None:
            raise source.error("the file is empty", "a META section")
        if is_title(row, SECTIONS[0]):
            return None
        found, expected = f"the file begins with {shown(row[0])}", "the section title META"
        if [plain(cell) for cell in row[:2]] != ["key", "value"]:
            raise source.error(found, expected)
        source.mend(Kind.TITLE, found, expected, "read as META's columns")
        return row

    def _joined(self, row: list[str], columns: list[str]) -> list[str]:
        """The row; leniently, with a text that holds semicolons put together again."""
        key = legible(row[0].strip())
        if columns != ["key", "value"] or not any(cell.strip() for cell in row[2:]) or plain(key) in NEEDED:
            return row
        text = ";".join(row[1:])
        found, expected = f"a row of {len(row)} cells", "2, as many as columns"
        self._source.mend(Kind.VALUE, found, expected, f"{shown(legible(text))} read as one text")
        return [row[0], text]

    def _add(self, key: str, value: str) -> None:
        if not key:
            raise self._source.error("a value without a key", "key;value")
        if key in self.entries:
            found, expected = f"{key} a second time", "each key once"
            if value != self.entries[key]:
                raise self._source.error(found, expected)
            self._source.mend(Kind.TWICE, found, expected, "the same value, so left out")
            return
        self.entries[key] = value
        self.lines[key] = self._source.line

    def _rename(self) -> None:
        """Find keys without which nothing can be counted under another spelling."""
        for key in NEEDED:
            alike = [name for name in self.entries if name not in NEEDED and plain(name) == key]
            if key not in self.entries and len(alike) == 1:
                line = self.lines[key] = self.lines.pop(alike[0])
                self.entries = {key if name == alike[0] else name: text for name, text in self.entries.items()}
                self._source.note(Kind.NAME, f"META says {shown(alike[0])}", f"read as {key}", line)

    def _required(self, key: str) -> str:
        if is_missing(self.entries.get(key, "")):
            line = self.lines.get(key, 1)
            raise self._source.error(f"META says no {key}", f"a line {key};VALUE", line)
        return self.entries[key]
