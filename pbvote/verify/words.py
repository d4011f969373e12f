"""A report for people, line by line, and for programs, as JSON."""

from __future__ import annotations

import json
from typing import Any

from pbvote.ballotbox.findings import Finding
from pbvote.verify.report import OK, UNREADABLE, WRONG, Report

VERDICTS = {OK: "checked", WRONG: "wrong", UNREADABLE: "unreadable"}
MARKS = ("✓", "✗", "!")
PLAIN_MARKS = ("ok   ", "WRONG", "!    ")  # for terminals that cannot show the others


def text_of(report: Report, encoding: str) -> str:
    """The report's title, a line for each finding with its mark, and the verdict."""
    right, wrong, note = marks = MARKS if _can_show(encoding) else PLAIN_MARKS
    lines = [
        f"{wrong if not finding.right else note if finding.note else right} {printable(finding.sentence)}"
        for finding in report.findings
    ]
    return "\n".join([printable(report.title), "", *lines, "", _verdict(report, marks), ""])


def json_of(name: str, report: Report) -> str:
    """The same as JSON: `bundle`, `title`, `verdict`, `error` and `findings`; docs/commands.md says what they are."""
    readable = report.code != UNREADABLE
    told: dict[str, Any] = {
        "bundle": name,
        "title": report.title,
        "verdict": VERDICTS[report.code],
        "error": "" if readable else report.findings[0].sentence,
        "findings": [{"is": _kind(finding), "sentence": finding.sentence} for finding in report.findings if readable],
    }
    return json.dumps(told, ensure_ascii=True, indent=1) + "\n"


def printable(text: str) -> str:
    """The text on one line, without characters that a terminal would obey: a bundle may say anything."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))


def _verdict(report: Report, marks: tuple[str, str, str]) -> str:
    wrong, notes = len(report.wrong), sum(finding.note for finding in report.findings)
    if wrong:
        things = "1 thing does" if wrong == 1 else f"{wrong} things do"
        return (
            f"WRONG: {things} not hold, marked {marks[1].strip()}. Ask for an explanation before you trust this result."
        )
    left = f" What is marked {marks[2].strip()} only you can judge." if notes else ""
    return f"CHECKED: nothing is wrong.{left}"


def _kind(finding: Finding) -> str:
    if not finding.right:
        return "wrong"
    return "note" if finding.note else "right"


def _can_show(encoding: str) -> bool:
    try:
        "".join(MARKS).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
