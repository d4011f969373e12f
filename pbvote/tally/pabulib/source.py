"""The rows of a file with their lines: the only part of the reader that sees bytes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from pbvote.tally.pabulib.file import PabulibError
from pbvote.tally.pabulib.mends import Kind, Mends

LONGEST_LINE = 1_000_000  # bytes
BLOCK = 125_000  # bytes, about
ROWS_BETWEEN_PROGRESS = 2_000


class Source:
    """A `;`-separated file with `"` quoting, read row by row or in blocks. `line` is where the current row begins."""

    def __init__(
        self, stream: BinaryIO, name: str, progress: Callable[[int], object] | None, *, lenient: bool = False
    ) -> None:
        self.line = 0
        self.lenient = lenient
        self.mends = Mends()
        self._stream = stream
        self._name = name
        self._progress = progress
        self._bytes = 0
        self._lines_read = 0
        self._quotes = 0
        self._again = BytesIO()
        self._again_left = 0
        self._rows = self._read_rows()

    def error(self, found: str, expected: str, line: int | None = None) -> PabulibError:
        """The error to raise at the current row, or at another line."""
        return PabulibError(self._name, self.line if line is None else line, found, expected)

    def mend(self, kind: Kind, found: str, expected: str, done: str, line: int | None = None) -> None:
        """Note what is mended; reading strictly, raise instead."""
        if not self.lenient:
            raise self.error(found, expected, line)
        self.note(kind, found, done, line)

    def note(self, kind: Kind, found: str, done: str, line: int | None = None) -> None:
        """Note, reading leniently, what is no error when reading strictly either."""
        if self.lenient:
            self.mends.note(kind, self.line if line is None else line, found, done)

    def row(self) -> list[str] | None:
        """The cells of the next row that is not empty; `None` at the end of the file."""
        return next(self._rows, None)

    def block(self) -> bytes:
        """The next whole lines, to be skipped or put back; nothing at the end of the file."""
        block = self._read(BLOCK)
        if block and not block.endswith(b"\n"):
            block += self._read_line_of_stream()
        if not block:
            self._end()
        return block

    def skip(self, block: bytes) -> None:
        """Take a block's lines as read."""
        self._lines_read += block.count(b"\n") + (not block.endswith(b"\n"))
        self._bytes += len(block)
        if self._progress:
            self._progress(self._bytes)

    def rows_of(self, block: bytes) -> Iterator[list[str]]:
        """The rows of a block, and the rest of its last one if a quoted cell leads out of the block."""
        self._again, self._again_left = BytesIO(block), len(block)
        while self._again_left and (row := self.row()) is not None:
            yield row

    def _read_rows(self) -> Iterator[list[str]]:
        reader = csv.reader(self._lines(), delimiter=";")
        while True:
            self.line, self._quotes = self._lines_read + 1, 0
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise self._no_row(error) from error
            if self._quotes % 2 and self._lines_read > self.line:
                raise self.error("a quotation mark that is never closed", "a second one at the end of the cell")
            if any(cell and not cell.isspace() for cell in row):
                yield row
            if self._progress and self._lines_read % ROWS_BETWEEN_PROGRESS == 0:
                self._progress(self._bytes)
        self._end()

    def _no_row(self, error: csv.Error) -> PabulibError:
        """What the csv module finds wrong, in our words."""
        if "new-line" in str(error):
            return self.error("a carriage return inside a line", "lines that end with a line feed")
        if "limit" in str(error):
            return self.error("a very long cell", f"at most {csv.field_size_limit():,} characters")
        return self.error(str(error), "cells separated by ; and quoted by double quotation marks")

    def _end(self) -> None:
        self.line = max(self._lines_read, 1)
        if self._progress:
            self._progress(self._bytes)

    def _lines(self) -> Iterator[str]:
        while raw := self._read_line():
            self._lines_read += 1
            self._bytes += len(raw)
            text = self._decoded(raw)
            if "\0" in text:
                raise self.error("a NUL character", "text", self._lines_read)
            self._quotes += text.count('"')
            yield text

    def _decoded(self, raw: bytes) -> str:
        """The line as text. Read leniently, bytes that are not UTF-8 stand for themselves, see `legible`."""
        encoding = "utf-8-sig" if self._lines_read == 1 else "utf-8"
        if self._lines_read == 1 and raw.startswith(b"\xef\xbb\xbf"):
            self.note(Kind.BYTE_ORDER_MARK, "a byte order mark", "left out", 1)
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            found = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
            self.mend(Kind.ENCODING, found, "text in UTF-8", "shown as \N{REPLACEMENT CHARACTER}", self._lines_read)
            return raw.decode(encoding, "surrogateescape")

    def _read_line(self) -> bytes:
        raw = self._again.readline(LONGEST_LINE + 1) if self._again_left else b""
        self._again_left -= len(raw)
        raw = raw or self._read_line_of_stream()
        if len(raw) > LONGEST_LINE:
            raise self.error("a very long line", f"at most {LONGEST_LINE:,} bytes", self._lines_read + 1)
        return raw

    def _read_line_of_stream(self) -> bytes:
        try:
            return self._stream.readline(LONGEST_LINE + 1)
        except (OSError, ValueError, EOFError) as error:
            raise self._unreadable(error) from error

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, ValueError, EOFError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> PabulibError:
        return self.error(f"the file cannot be read ({error})", "a readable file", 0)


def legible(text: str) -> str:
    """Text with a replacement character for what was no UTF-8."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
