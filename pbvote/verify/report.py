"""From the bytes of a bundle to sentences and an exit code."""

from __future__ import annotations

from dataclasses import dataclass

from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.bundle_files import read_bundle
from pbvote.ballotbox.checking import Kept, check
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.findings import Finding
from pbvote.verify.counting import check_count

OK, WRONG, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `code` is the exit code: 0 all right, 1 something is wrong, 2 the bundle cannot be read.

    `title` is what the bundle says that it is the result of; empty if it cannot be read.
    """

    code: int
    findings: tuple[Finding, ...]
    title: str = ""

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        return tuple(finding.sentence for finding in self.findings if not finding.right)


def verify(data: bytes, kept: Kept | None = None) -> Report:
    """Check a bundle, and count it again if every ballot in it is what it should be."""
    try:
        bundle = read_bundle(data)
    except MalformedError as error:
        return Report(UNREADABLE, (Finding(False, f"The bundle cannot be read: {error}."),))
    findings = check(bundle, kept)
    if all(finding.right for finding in findings):
        findings += check_count(bundle)
    else:
        findings.append(Finding(True, "The ballots were not counted again, because of what is wrong.", note=True))
    return Report(OK if all(finding.right for finding in findings) else WRONG, tuple(findings), _title(bundle))


def _title(bundle: Bundle) -> str:
    title = bundle.config.get("title")
    return f"{title}, {bundle.poll}" if isinstance(title, str) and title else str(bundle.poll)
