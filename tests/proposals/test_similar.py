"""Which proposals are shown to somebody who is typing another one."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from pbvote.db import Database, now, uuid7
from pbvote.plain_text import fold
from pbvote.proposals.models import Proposal
from pbvote.proposals.neighbours import resembling
from pbvote.proposals.similar import Titled, rank, words_of
from pbvote.rounds.models import Round
from tests.house import accepted_proposal, make_people, make_round

OTHERS = [
    Titled(1, "Benches for the riverside path", "Three places to sit."),
    Titled(2, "New books for the library", "Stories for children."),
    Titled(3, "A café at the mill", "Tea, cake and a bench outside."),
    Titled(4, "Skate ramp on the green", "For the young."),
]


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("", "", []),
        ("the and for", "", []),
        ("Zebra crossing", "A safe way to school", []),
        ("A bench on the river path", "", [1]),
        ("LIBRARIES need BOOKS", "", [2]),
        ("Cafe in the mill", "", [3]),
        ("Ramps", "Skating for the young", [4]),
    ],
)
def test_titles_are_alike_by_their_telling_words(title: str, summary: str, expected: list[int]) -> None:
    assert rank(title, summary, OTHERS) == expected


def test_the_most_alike_comes_first_and_few_are_shown() -> None:
    many = [Titled(number, "Trees for Mill Lane", "") for number in range(2, 20)]
    found = rank("Trees for Mill Lane and Bridge", "", [*many, Titled(20, "Trees, Mill Lane, Bridge", "")])
    assert found == [20, 2, 3, 4, 5]


def test_words_are_folded_and_known_in_the_singular() -> None:
    assert words_of("Bushes, BOXES & Łódź's cafés; glass, 24/7") == ["bush", "box", "łodz", "cafe", "glass"]


async def test_ten_thousand_proposals_are_looked_through_quickly(database: Database) -> None:
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        moment = await now(db)
        rows = [_row(round_.id, number, f"Bench number {number} for the park") for number in range(10, 10_000)]
        rows.append(_row(round_.id, 10_000, "Otters in the harbour"))
        rows.append(_row(round_.id, 10_001, "Otters in the harbour", "withdrawn"))
        await db.execute(insert(Proposal), [row | {"submitted_at": moment} for row in rows])
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
        begun = time.process_time()
        found = await resembling(db, round_, "An otter for our harbour", "100% \x00 _ ' sitting")
        taken = time.process_time() - begun
        assert [one.number for one in found] == [10_000]
        assert await resembling(db, round_, "An otter for our harbour", "", but=10_000) == []
        for nobodys in (0, -(2**70), 2**70):  # no database has a number for these
            assert await resembling(db, round_, "An otter for our harbour", "", but=nobodys) == found
    assert taken < 1


def _row(round_id: UUID, number: int, title: str, status: str = "submitted") -> dict[str, object]:
    made = accepted_proposal(round_id, number, 100_00, None)  # type: ignore[arg-type]  # its time is set later
    row = {column.name: getattr(made, column.name) for column in Proposal.__table__.columns if column.name != "id"}
    row = {name: value for name, value in row.items() if value is not None}
    return row | {"id": uuid7(), "title": title, "search_text": fold(title), "status": status, "key_hash": bytes(32)}
