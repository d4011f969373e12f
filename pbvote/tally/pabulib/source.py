"""The rows of a file with their lines: the only part of the reader that sees bytes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import BinaryIO

from pbvote.tally.pabulib.file import PabulibError

LONGEST_LINE = 1_000_000  # bytes
ROWS_BETWEEN_PROGRESS = 2_000


class Source:
    """A `;`-separated file with `"` quoting, read row by row. `line` is where the current row begins."""

    def __init__(self, stream: BinaryIO, name: str, progress: Callable[[int], object] | None) -> None:
        self.line = 0
        self._stream = stream
        self._name = name
        self._progress = progress
        self._bytes = 0
        self._lines_read = 0
        self._quotes = 0

    def error(self, found: str, expected: str, line: int | None = None) -> PabulibError:
        """The error to raise at the current row, or at another line."""
        return PabulibError(self._name, self.line if line is None else line, found, expected)

    def rows(self) -> Iterator[list[str]]:
        """Each row that is not empty, as cells."""
        reader = csv.reader(self._lines(), delimiter=";")
        while True:
            self.line, self._quotes = self._lines_read + 1, 0
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise self.error(str(error), "cells separated by ; and quoted by double quotation marks") from error
            if self._quotes % 2 and self._lines_read > self.line:
                raise self.error("a quotation mark that is never closed", "a second one at the end of the cell")
            if any(cell and not cell.isspace() for cell in row):
                yield row
            if self._progress and self._lines_read % ROWS_BETWEEN_PROGRESS == 0:
                self._progress(self._bytes)
        self.line = max(self._lines_read, 1)
        if self._progress:
            self._progress(self._bytes)

    def _lines(self) -> Iterator[str]:
        while raw := self._read_line():
            self._lines_read += 1
            self._bytes += len(raw)
            try:
                text = raw.decode("utf-8-sig" if self._lines_read == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise self.error(
                    f"byte 0x{raw[error.start]:02x} is not UTF-8", "text in UTF-8", self._lines_read
                ) from error
            if "\0" in text:
                raise self.error("a NUL character", "text", self._lines_read)
            self._quotes += text.count('"')
            yield text

    def _read_line(self) -> bytes:
        try:
            raw = self._stream.readline(LONGEST_LINE + 1)
        except (OSError, ValueError) as error:
            raise self.error(f"the file cannot be read ({error})", "a readable file", 0) from error
        if len(raw) > LONGEST_LINE:
            raise self.error("a very long line", f"at most {LONGEST_LINE:,} bytes", self._lines_read + 1)
        return raw
