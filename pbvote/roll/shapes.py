"""How the roll is shown to officers: the electors that came together, and a file that was looked at."""

from __future__ import annotations

from uuid import UUID

import msgspec

from pbvote.roll.file import RollFile
from pbvote.roll.models import CodeBatch
from pbvote.web.instants import Instant
from pbvote.web.problems import ReasonOut


class BatchOut(msgspec.Struct, frozen=True):
    """Electors that came on the roll together.

    `imported`: from a file, so that their codes are made with their letters; `letters` says how often that was done.
    `registered`: at a desk, each with a code of their own.
    """

    id: UUID
    label: str
    size: int
    created: Instant
    imported: bool
    registered: bool
    letters: int
    letters_made: Instant | None
    letters_posted: Instant | None

    @classmethod
    def of(cls, batch: CodeBatch, zone: str, language: str) -> BatchOut:
        """The batch as it is sent."""
        return cls(
            id=batch.id,
            label=batch.label,
            size=batch.size,
            created=Instant.of(batch.created_at, zone, language),
            imported=batch.imported,
            registered=batch.registered,
            letters=batch.letters_made,
            letters_made=Instant.maybe(batch.letters_at, zone, language),
            letters_posted=Instant.maybe(batch.posted_at, zone, language),
        )


class RollOut(msgspec.Struct, frozen=True):
    """How many may vote, how many of them can be written to by e-mail, and how they came on the roll.

    `sends_mail` says whether this installation sends any.
    """

    electors: int
    with_email: int
    sends_mail: bool
    batches: list[BatchOut]


class RowOut(msgspec.Struct, frozen=True):
    """A row of a file: what would be printed on its letter, and where the elector could be written to."""

    line: int
    reference: str
    lines: list[str]
    ward: str
    email: str


class FileOut(msgspec.Struct, frozen=True):
    """A file that was looked at: nothing of it is stored.

    `wrong` counts everything that is wrong, `problems` are the first 200; `addressed` counts the rows with an address,
    `emails` those with an e-mail address.
    """

    sha256: str
    separator: str
    columns: list[str]
    rows: int
    addressed: int
    emails: int
    wards: dict[str, int]
    first: list[RowOut]
    wrong: int
    problems: list[ReasonOut]

    @classmethod
    def of(cls, file: RollFile) -> FileOut:
        """The file as it is shown."""
        return cls(
            sha256=file.sha256,
            separator=file.separator,
            columns=list(file.columns),
            rows=file.rows,
            addressed=file.addressed,
            emails=len(file.emails_of),
            wards=dict(file.wards),
            first=[RowOut(row.line, row.reference, list(row.lines), row.ward, row.email) for row in file.first],
            wrong=file.wrong,
            problems=[ReasonOut.of(problem) for problem in file.problems],
        )
