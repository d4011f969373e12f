"""The roll from a file: look at it first, then put all of it on the roll, or nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.roll import RollImported
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.plain_text import read_texts
from pbvote.roll.contacts import add_contacts, hash_email, known_emails
from pbvote.roll.file import EMAIL, MOST_PROBLEMS, REFERENCE, RollFile, RollFileIsWrong, Row, reference_key, rows_of
from pbvote.roll.models import Address, Addressee, CodeBatch, Elector
from pbvote.roll.service import LABEL, ROWS_AT_ONCE
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

ADDRESSEES = "addressees"  # what their seals are for
MAY_REGISTER = (Role.ORGANISER, Role.OFFICER, Role.CLERK)


def hash_reference(keys: Keys, round_id: UUID, reference: str) -> bytes:
    """What the roll stores of a reference: without the pepper nobody can try references against it.

    Another round has another hash, so that the rolls of two rounds cannot be laid side by side.
    """
    key = reference_key(reference).encode()
    return hmac.digest(keys.pepper, b"reference\x00" + round_id.bytes + key, hashlib.sha256)


async def look_at(db: AsyncSession, keys: Keys, round_: Round, file: RollFile, actor: Actor) -> RollFile:
    """The file with what is wrong with it, those included that are on the roll already. Stores nothing."""
    actor.require(round_.forum_id, *MAY_REGISTER)
    round_.require(Action.EDIT_ROLL, await now(db))
    return await _against_the_roll(db, keys, round_, file)


async def import_roll(  # noqa: PLR0913  # the file, what it is called, and the proof that it was looked at
    db: AsyncSession, keys: Keys, round_: Round, file: RollFile, actor: Actor, *, label: str, sha256: str
) -> CodeBatch:
    """Put every elector of the file on the roll, without codes yet. Raises RollFileIsWrong, and then puts nobody.

    `sha256` is that of the file that was looked at: another one is refused.
    """
    actor.require(round_.forum_id, *MAY_REGISTER)
    texts, reasons = read_texts({"label": label}, {"label": LABEL})
    if not hmac.compare_digest(sha256.encode(), file.sha256.encode()):
        detail = "This is not the file that was looked at; please look at it again."
        reasons.append(Reason("another_file", detail, {}, "file"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    round_ = await lock(db, round_)
    round_.require(Action.EDIT_ROLL, await now(db))
    checked = await _against_the_roll(db, keys, round_, file)
    if checked.wrong:
        detail = f"{checked.wrong:,} things are wrong with the file; nothing was imported."
        raise RollFileIsWrong(detail, list(checked.problems))
    batch = CodeBatch(round_id=round_.id, label=texts["label"], size=file.rows, created_at=await now(db), imported=True)
    db.add(batch)
    await db.flush()
    sealer, position = Sealer.of(keys.pepper, ADDRESSEES), 1
    for rows in _chunks(file.content):
        electors = [_elector(keys, batch, row) for row in rows]
        await db.execute(insert(Elector), electors)
        await db.execute(insert(Addressee), _addressees(sealer, batch, position, rows, electors))
        await add_contacts(db, keys, round_.id, _with_email(rows, electors))
        position += len(rows)
    event = RollImported(actor_id=actor.account_id, round_id=round_.id, label=batch.label, count=batch.size)
    await record(db, event)
    return batch


async def _against_the_roll(db: AsyncSession, keys: Keys, round_: Round, file: RollFile) -> RollFile:
    """The file's problems and those that only the roll tells."""
    query = select(Elector.reference_hash).where(Elector.round_id == round_.id, Elector.reference_hash.is_not(None))
    references = set(await db.scalars(query))
    there: list[Reason] = []
    if references:
        lines = [line for key, line in file.lines_of.items() if hash_reference(keys, round_.id, key) in references]
        there += [_on_the_roll(line, REFERENCE, "row_on_the_roll") for line in lines]
    if file.emails_of and (emails := await known_emails(db, round_.id)):
        lines = [line for key, line in file.emails_of.items() if hash_email(keys, round_.id, key) in emails]
        there += [_on_the_roll(line, EMAIL, "row_email_on_the_roll") for line in lines]
    problems = sorted([*file.problems, *there], key=lambda problem: int(problem.params.get("line", 0)))
    return replace(file, problems=problems[:MOST_PROBLEMS], wrong=file.wrong + len(there))


def _on_the_roll(line: int, column: str, code: str) -> Reason:
    detail = f"Line {line:,} has a {column} that is on the roll already; expected only new ones."
    return Reason(code, detail, {"line": line, "column": column}, column)


def _chunks(content: bytes) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for row in rows_of(content):
        if isinstance(row, Row):  # a file with anything else was refused
            rows.append(row)
        if len(rows) == ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _elector(keys: Keys, batch: CodeBatch, row: Row) -> dict[str, Any]:
    return {
        "round_id": batch.round_id,
        "id": uuid4(),
        "code_hash": None,
        "reference_hash": hash_reference(keys, batch.round_id, row.reference),
        "batch_id": batch.id,
        "removed": False,
    }


def _addressees(
    sealer: Sealer, batch: CodeBatch, position: int, rows: Sequence[Row], electors: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "batch_id": batch.id,
            "position": position + index,
            "elector_id": elector["id"],
            "sealed": sealer.seal(
                Addressee.about(batch.id, elector["id"]), Address(row.reference, row.lines, row.ward)
            ),
        }
        for index, (row, elector) in enumerate(zip(rows, electors, strict=True))
    ]


def _with_email(rows: Sequence[Row], electors: Sequence[dict[str, Any]]) -> list[tuple[UUID, str]]:
    return [(elector["id"], row.email) for row, elector in zip(rows, electors, strict=True) if row.email]
