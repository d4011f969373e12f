"""`pbvote verify` without the rest of pbvote: what is asked in, what is printed and the exit code out.

`main` is the entry point of the program of one file (`single_file`); `pbvote.commands.verify` calls `answer` too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pbvote import __version__
from pbvote.ballotbox.findings import Finding
from pbvote.verify.asked import Asked, UnreadableError
from pbvote.verify.report import UNREADABLE, Report, verify
from pbvote.verify.words import json_of, printable, text_of

FORMS = ("text", "json")
INTERRUPTED = 130  # what a shell says of a program that Ctrl+C ended
HELP = {
    "bundle": "the zip file that the result's page offers",
    "pin": "a key that you trust: the log's, from the notice of the vote, or a witness'; may be given again",
    "checkpoint": "a checkpoint of the log that you kept, in a file",
    "receipt": "a voter's receipt, in a file; may be given again",
    "format": "text, to read, or json",
}
SUMMARY = "Check a published result on this machine alone: every claim in its bundle, and the count."
EXIT_CODES = "Exit code 0: everything holds. 1: something is wrong. 2: something cannot be read."


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to standard output and to standard error (one sentence), and the exit code."""

    code: int
    out: str
    error: str = ""


def answer(asked: Asked, form: str, encoding: str = "utf-8") -> Answer:
    """Verify what is asked. `encoding` is that of the terminal, which cannot show every mark in each."""
    report = _report(asked)
    if form == "json":
        return Answer(report.code, json_of(asked.bundle.name, report))
    if report.code == UNREADABLE:
        return Answer(UNREADABLE, "", printable(report.findings[0].sentence))
    return Answer(report.code, text_of(report, encoding))


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what is asked on the command line; the exit code."""
    parser = argparse.ArgumentParser("pbvote-verify", description=SUMMARY, epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=f"pbvote-verify {__version__}")
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help=HELP["bundle"])
    parser.add_argument("--pin", metavar="KEY", action="append", default=[], help=HELP["pin"])
    parser.add_argument("--checkpoint", metavar="FILE", type=Path, help=HELP["checkpoint"])
    parser.add_argument("--receipt", metavar="FILE", type=Path, action="append", default=[], help=HELP["receipt"])
    parser.add_argument("--format", choices=FORMS, default=FORMS[0], help=HELP["format"])
    given = parser.parse_args(arguments)
    asked = Asked(given.bundle, tuple(given.pin), given.checkpoint, tuple(given.receipt))
    try:
        found = answer(asked, given.format, sys.stdout.encoding)
    except KeyboardInterrupt:
        return INTERRUPTED
    _write(sys.stdout, found.out)
    _write(sys.stderr, f"pbvote-verify: {found.error}\n" if found.error else "")
    return found.code


def _report(asked: Asked) -> Report:
    """The report; what cannot be read makes one of its own, which names the file."""
    try:
        report = verify(asked.data(), asked.kept())
    except UnreadableError as error:
        return Report(UNREADABLE, (Finding(False, f"{error}."),))
    if report.code == UNREADABLE:
        sentence = report.findings[0].sentence.replace("The bundle", f"The bundle {asked.bundle}", 1)
        return Report(UNREADABLE, (Finding(False, sentence),))
    return report


def _write(stream: TextIO, text: str) -> None:
    """Write what the terminal can show; what it cannot as its number."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
