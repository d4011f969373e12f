"""The roll from a file, through HTTP: looked at, confirmed, and nothing half-imported."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.file import MOST_PROBLEMS, MOST_ROWS, read_roll
from pbvote.roll.models import Addressee, CodeBatch, Elector
from tests.conftest import SettableClock
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote

ROUND = "/api/rounds/harbourside-2026"
GOOD = """reference,name,address_1,address_2,ward
R-1,Ann Łowe,1 Mill Lane,TS1 2AB,Harbour
R-2,"Bell, Bob",2 Mill Lane,TS1 2AB,Harbour
r-3,Cai Ŵyn,3 Mill Lane,TS1 2AB,Meadows
"""


@pytest.fixture
async def clerk(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await make_round(database)
    await let_in(database, client, "clerk@example.org")
    return client


async def look(client: httpx.AsyncClient, content: str | bytes) -> dict[str, Any]:
    answer = await client.post(f"{ROUND}/roll-file/look", content=content, headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def take(client: httpx.AsyncClient, content: str, label: str = "Register", sha256: str = "") -> httpx.Response:
    query = {"label": label, "sha256": sha256 or hashlib.sha256(content.encode()).hexdigest()}
    return await client.post(
        f"{ROUND}/roll-file", params=query, content=content, headers={"content-type": "text/csv; charset=utf-8"}
    )


async def stored(database: Database) -> tuple[int, int, int]:
    """How many batches, electors and addressees there are."""
    async with database.session(write=False) as db:
        counts = [await db.scalar(select(func.count()).select_from(table)) for table in (CodeBatch, Elector, Addressee)]
    return counts[0] or 0, counts[1] or 0, counts[2] or 0


async def test_a_file_is_looked_at_and_nothing_is_stored(clerk: httpx.AsyncClient, database: Database) -> None:
    seen = await look(clerk, GOOD)
    assert seen["rows"] == seen["addressed"] == 3
    assert seen["wrong"] == 0
    assert seen["wards"] == {"Harbour": 2, "Meadows": 1}
    assert seen["first"][1] == {
        "line": 3,
        "reference": "R-2",
        "lines": ["Bell, Bob", "2 Mill Lane", "TS1 2AB"],
        "ward": "Harbour",
        "email": "",
    }
    assert await stored(database) == (0, 0, 0)


async def test_what_was_looked_at_is_put_on_the_roll_without_codes(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    seen = await look(clerk, GOOD)
    answer = await take(clerk, GOOD, sha256=seen["sha256"])
    assert answer.status_code == 201, answer.text
    assert {key: answer.json()[key] for key in ("label", "size", "imported", "letters")} == {
        "label": "Register",
        "size": 3,
        "imported": True,
        "letters": 0,
    }
    assert await stored(database) == (1, 3, 3)
    assert (await clerk.get(f"{ROUND}/roll")).json()["electors"] == 3
    async with database.session(write=False) as db:
        electors = list(await db.scalars(select(Elector)))
        event = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "roll_imported"))).one()
    assert {elector.code_hash for elector in electors} == {None}
    assert len({elector.reference_hash for elector in electors}) == 3
    assert event.data == {"label": "Register", "count": 3}


async def test_a_file_with_one_wrong_row_puts_nobody_on_the_roll(clerk: httpx.AsyncClient, database: Database) -> None:
    answer = await take(clerk, GOOD + "R-1,Eve,,,\n")
    assert answer.status_code == 422
    assert answer.json()["code"] == "roll_file_is_wrong"
    (reason,) = answer.json()["reasons"]
    assert reason["code"] == "row_reference_twice"
    assert reason["params"] == {"line": 5, "column": "reference", "first": 2}
    assert await stored(database) == (0, 0, 0)


async def test_another_file_than_the_one_looked_at_is_refused(clerk: httpx.AsyncClient, database: Database) -> None:
    answer = await take(clerk, GOOD, sha256="0" * 64)
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["another_file"]
    assert await stored(database) == (0, 0, 0)


async def test_electors_that_are_on_the_roll_are_named_by_their_lines(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    await take(clerk, GOOD)
    again = "reference\nR-9\n r-1 \nR-3\n"
    seen = await look(clerk, again)
    assert [(reason["code"], reason["params"]["line"]) for reason in seen["problems"]] == [
        ("row_on_the_roll", 3),
        ("row_on_the_roll", 4),
    ]
    assert (await take(clerk, again)).status_code == 422
    assert await stored(database) == (1, 3, 3)


async def test_the_same_reference_may_stand_on_the_rolls_of_two_rounds(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    await make_round(database, "harbourside-2027")
    await take(clerk, GOOD)
    other = ROUND.replace("2026", "2027")
    query = {"label": "Register", "sha256": hashlib.sha256(GOOD.encode()).hexdigest()}
    answer = await clerk.post(f"{other}/roll-file", params=query, content=GOOD, headers={"content-type": "text/csv"})
    assert answer.status_code == 201
    async with database.session(write=False) as db:
        hashes = list(await db.scalars(select(Elector.reference_hash)))
    assert len(hashes) == len(set(hashes)) == 6  # and nothing shows that they are the same people


async def test_nobody_is_put_on_the_roll_once_voting_is_open(
    clerk: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    answer = await take(clerk, GOOD)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")


async def test_only_a_csv_file_is_read(clerk: httpx.AsyncClient) -> None:
    answer = await clerk.post(f"{ROUND}/roll-file/look", json={"file": GOOD})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body")


async def test_a_file_that_is_too_large_is_turned_away(clerk: httpx.AsyncClient) -> None:
    answer = await clerk.post(
        f"{ROUND}/roll-file/look", content=b"x" * (33 * 1024 * 1024), headers={"content-type": "text/csv"}
    )
    assert answer.status_code == 413


def problems(content: str | bytes) -> list[tuple[str, object]]:
    file = read_roll(content if isinstance(content, bytes) else content.encode())
    assert file.wrong >= len(file.problems)
    return [(problem.code, problem.params.get("line")) for problem in file.problems]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [("roll_file_no_reference", 1)]),
        ("reference\n", [("roll_file_empty", 1)]),
        ("name,ward\nAnn,Harbour\n", [("roll_file_no_reference", 1)]),
        ("reference,surname\nR-1,Lowe\n", [("roll_file_column", 1)]),
        ("reference,Reference\nR-1,R-1\n", [("roll_file_column_twice", 1)]),
        ("reference,name\nR-1,Ann\n,Bob\n", [("row_reference_missing", 3)]),
        ("reference,name\nR-1,Ann,too much\n", [("row_cells", 2)]),
        (f"reference,name\nR-1,{'n' * 61}\n", [("row_text_too_long", 2)]),
        ("reference,name\nR-1,Ann\x07\n", [("row_text_not_plain", 2)]),
        ("reference,name\nR-1,安\n", [("row_not_printable", 2)]),
        ("reference,email\nR-1,ann\n", [("row_bad_email", 2)]),
        ("reference,email\nR-1,ann@example.org\nR-2,\nR-3,ANN@example.org\n", [("row_email_twice", 4)]),
        ('reference,name\nR-1,"Ann\n', [("row_unreadable", 2)]),
        ("reference,name\nR-1,Ann\n".encode("utf-16"), [("roll_file_not_unicode", 1)]),
        ("reference,name\nR-1,Ann\nR-2,Zoë\n".encode("latin-1"), [("roll_file_not_unicode", 3)]),
    ],
)
def test_each_mistake_is_named_with_its_line(content: str | bytes, expected: list[tuple[str, int]]) -> None:
    assert problems(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffreference;name\r\nR-1;Ann\r\n\r\nR-2;Bob\r\n",
        "Reference,Name\nR-1,Ann\nR-2,Bob",
        '"NAME ",Reference ,,\nAnn,R-1,,\n"Bob",R-2,,\n,,,\n',
    ],
)
def test_files_are_read_as_spreadsheets_write_them(content: str) -> None:
    file = read_roll(content.encode())
    assert not file.problems
    assert [(row.reference, row.lines) for row in file.first] == [("R-1", ("Ann",)), ("R-2", ("Bob",))]


def test_every_mistake_is_counted_and_the_first_ones_are_named() -> None:
    file = read_roll(("reference\n" + "R-1\n" * 500).encode())
    assert file.wrong == 499
    assert len(file.problems) == MOST_PROBLEMS


def test_one_row_too_many_is_refused() -> None:
    rows = "".join(f"R-{number}\n" for number in range(MOST_ROWS + 1))
    assert problems(f"reference\n{rows}") == [("too_many_rows", MOST_ROWS + 2)]
