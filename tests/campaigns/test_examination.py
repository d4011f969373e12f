"""The examination finds what campaigns look for: each fault is put into a box by hand, and reported."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import connect
from pbvote.keys import read_keys
from pbvote.keys.polls import link_key
from pbvote.roll.codes import hash_code
from pbvote.roll.models import Elector
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, Stored, cast, slot_of
from pbvote.voting.hiding import Veil
from tests.campaigns.box import Verdict, examine, may_count
from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.town import Town
from tests.voting.steps import without_guards

VOTERS = 30


async def voted(town: Town, ledger: Ledger) -> None:
    """Everybody votes, the first ten once more; then half of them lie in the log, and the rest wait."""
    database, keys = connect(town.database_url), read_keys(town.settings.keys_dir)
    votes = [(code, number) for number, code in enumerate(town.codes[:VOTERS])]
    for code, number in [*votes, *((code, VOTERS + number) for code, number in votes[:10])]:
        attempt = Attempt(code, f"examination-{number:06}", (1 + number % 3,))
        ledger.sending(attempt)
        async with database.session(write=True) as db:
            [stored] = await cast(db, keys, town.poll_id, [Cast(code, Choice(attempt.choices, None), attempt.key)])
        assert isinstance(stored, Stored)
        ledger.acknowledge(attempt, stored.opening.commitment.hex(), stored.receipt.text())
        if number == VOTERS - 1:
            async with database.session(write=True) as db:
                await enter_waiting(db, keys, town.poll_id, closing=True)
    await without_guards(database)
    await database.close()


@pytest.fixture(scope="module")
def made(sqlite_town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Ledger]:
    """A town on SQLite in which thirty have voted, ten of them twice."""
    town, ledger = sqlite_town.moved(tmp_path_factory.mktemp("voted") / "made"), Ledger()
    asyncio.run(voted(town, ledger))
    return town, ledger


@pytest.fixture
def voted_town(made: tuple[Town, Ledger], tmp_path: Path) -> tuple[Town, Ledger]:
    """A copy of it, for one fault."""
    town, ledger = made
    return town.moved(tmp_path / "copy"), ledger


def faulty(town: Town, ledger: Ledger, *statements: str) -> Verdict:
    """What the examination says after these statements."""
    with sqlite3.connect(town.data / "pbvote.db") as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
    connection.close()
    return asyncio.run(examine(town, ledger))


def test_finds_nothing_in_a_box_as_it_should_be(voted_town: tuple[Town, Ledger]) -> None:
    verdict = faulty(*voted_town)
    assert verdict.good, verdict
    assert verdict.acknowledged == VOTERS + 10


FAULTS: dict[str, tuple[str, str, str]] = {
    "a sealed ballot is gone": (
        "lost",
        "not in the box",
        "DELETE FROM sealed_ballots WHERE commitment = (SELECT min(commitment) FROM sealed_ballots)",
    ),
    "a waiting ballot is gone": (
        "lost",
        "not in the box",
        "DELETE FROM waiting_ballots WHERE id = (SELECT min(id) FROM waiting_ballots)",
    ),
    "a slot is gone": ("lost", "points to no ballot", "DELETE FROM slots WHERE slot = (SELECT min(slot) FROM slots)"),
    "a key is forgotten": (
        "lost",
        "was forgotten",
        "DELETE FROM cast_keys WHERE key = (SELECT max(key) FROM cast_keys)",
    ),
    "an elector is gone": (
        "lost",
        "no more on the roll",
        "DELETE FROM electors",
    ),
    "a slot is emptied": (
        "corrupt",
        "was changed",
        "UPDATE slots SET ballot = x'00' WHERE slot = (SELECT min(slot) FROM slots)",
    ),
    "a slot is there for nobody": (
        "doubled",
        "nobody who voted",
        "INSERT INTO slots SELECT poll_id, SLOT, POINTER, 0, 0 FROM slots WHERE slot = (SELECT min(slot) FROM slots)",
    ),
    "a byte of a sealed ballot": (
        "corrupt",
        "was changed",
        (
            "UPDATE sealed_ballots SET sealed = CAST(substr(sealed, 1, 50) || x'ff' || substr(sealed, 52) AS BLOB) "
            "WHERE commitment = (SELECT min(commitment) FROM sealed_ballots)"
        ),
    ),
    "a byte of a waiting ballot": (
        "corrupt",
        "was changed",
        (
            "UPDATE waiting_ballots SET hidden = CAST(substr(hidden, 1, 50) || x'ff' || substr(hidden, 52) AS BLOB) "
            "WHERE id = (SELECT min(id) FROM waiting_ballots)"
        ),
    ),
    "an entry of the log": (
        "corrupt",
        "not those that were signed",
        "UPDATE log_leaves SET leaf = (SELECT leaf FROM log_leaves WHERE number = 4) WHERE number = 5",
    ),
    "a key stands for something else": (
        "corrupt",
        "stands for something else",
        "UPDATE cast_keys SET digest = x'00' WHERE key = (SELECT max(key) FROM cast_keys)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_finds(fault: str, voted_town: tuple[Town, Ledger]) -> None:
    town, ledger = voted_town
    kind, words, statement = FAULTS[fault]
    veil = Veil(link_key(read_keys(town.settings.keys_dir), town.poll_id), town.poll_id)
    pointed = bytes.fromhex(ledger.attempts[0].commitment)
    nobody = bytes(32)
    pointer = veil.pointer(nobody, pointed).hex()
    filled = statement.replace("POINTER", f"x'{pointer}'").replace("SLOT", f"x'{nobody.hex()}'")
    verdict = faulty(town, ledger, filled)
    assert any(words in sentence for sentence in getattr(verdict, kind)), verdict


def test_finds_two_slots_of_one_elector_where_the_key_is_gone(voted_town: tuple[Town, Ledger]) -> None:
    town, ledger = voted_town
    verdict = faulty(
        town,
        ledger,
        "ALTER TABLE slots RENAME TO slots_with_key",
        "CREATE TABLE slots AS SELECT * FROM slots_with_key",
        "INSERT INTO slots SELECT * FROM slots_with_key",
    )
    assert len([one for one in verdict.doubled if "there twice" in one]) == VOTERS


def test_finds_an_earlier_vote_that_counts_again(voted_town: tuple[Town, Ledger]) -> None:
    town, ledger = voted_town
    keys = read_keys(town.settings.keys_dir)
    again = next(attempts for attempts in ledger.by_code.values() if len(attempts) > 1)
    database = connect(town.database_url)

    async def elector() -> bytes:
        async with database.session(write=False) as db:
            query = select(Elector.id).where(Elector.code_hash == hash_code(keys.pepper, again[0].code))
            id_ = (await db.scalars(query)).one()
        await database.close()
        return slot_of(link_key(keys, town.poll_id), town.poll_id, id_)

    slot = asyncio.run(elector())
    earlier = Veil(link_key(keys, town.poll_id), town.poll_id).pointer(slot, bytes.fromhex(again[0].commitment))
    statement = "UPDATE slots SET ballot = x'EARLIER' WHERE slot = x'SLOT'"
    verdict = faulty(town, ledger, statement.replace("EARLIER", earlier.hex()).replace("SLOT", slot.hex()))
    assert [one for one in verdict.lost if "a later one has a receipt" in one], verdict


Change = Callable[[Attempt], Attempt]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: replace(one, key="never-sent-like-this"), "was sent by nobody"),
        (lambda one: replace(one, choices=(4,)), "was sent by nobody"),
        (lambda one: replace(one, receipt=one.receipt.replace("promise: ", "promise: AAAA", 1)), "is none"),
        (lambda one: replace(one, refused=409, receipt=""), "was refused (409) and is in the box"),
    ],
)
def test_finds_what_was_answered_otherwise(voted_town: tuple[Town, Ledger], change: Change, words: str) -> None:
    town, ledger = voted_town
    code, attempts = next(iter(ledger.by_code.items()))
    told = Ledger(ledger.by_code | {code: [change(attempts[0]), *attempts[1:]]})
    verdict = asyncio.run(examine(town, told))
    assert any(words in sentence for sentence in verdict.corrupt), verdict


def test_finds_a_damaged_page(voted_town: tuple[Town, Ledger]) -> None:
    town, ledger = voted_town
    file = town.data / "pbvote.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'slots'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    data = bytearray(file.read_bytes())
    data[root * size - size : root * size - size + 12] = bytes(12)
    file.write_bytes(data)
    assert asyncio.run(examine(town, ledger)).corrupt


def test_an_unanswered_vote_may_count_unless_a_later_one_has_a_receipt() -> None:
    ledger, code = Ledger(), "CODE"
    lost, kept, last = (Attempt(code, key, ()) for key in ("lost", "kept", "last"))
    ledger.sending(lost)
    assert may_count(ledger.by_code[code]) == [lost]
    ledger.server_gone()
    ledger.sending(kept)
    ledger.acknowledge(kept, "", "a receipt")
    assert may_count(ledger.by_code[code]) == [kept]
    ledger.sending(last)
    assert may_count(ledger.by_code[code]) == [kept, last]
