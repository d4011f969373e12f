"""What somebody sees who has the whole database, with everything that databases keep beside what they were told.

`orders` gives every order in which a table's rows can be read: by key, by place on the disk, by the transaction that
wrote them, by where their bytes first stand in the files. `best_match` lays each order of electors beside each order of
ballots, forwards and backwards, and says how many pairs are right under the best of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pbvote.db import Database
from tests.conftest import POSTGRES_VARIABLE

Orders = dict[str, list[bytes]]


async def orders(database: Database, table: str, column: str) -> Orders:
    """Every order of a table's rows, each as the values of one column."""
    if database.engine.dialect.name == "sqlite":
        return await _sqlite_orders(database, table, column)
    return await _postgres_orders(database, table, column)


async def _sqlite_orders(database: Database, table: str, column: str) -> Orders:
    found: Orders = {}
    async with database.session(write=False) as db:
        for name, by in {"as read": "", "rowid": "ORDER BY rowid"}.items():
            try:
                rows = await db.execute(sa.text(f"SELECT {column} FROM {table} {by}"))  # noqa: S608  # names of ours
            except sa.exc.OperationalError:
                continue  # WITHOUT ROWID
            found[name] = [_bytes(value) for value in rows.scalars()]
    file = Path(str(database.engine.url.database))
    for place in (file, file.with_name(f"{file.name}-wal")):
        if place.exists():
            found[f"bytes of {place.suffix or place.name}"] = _by_place(place.read_bytes(), found["as read"])
    return found


async def _postgres_orders(database: Database, table: str, column: str) -> Orders:
    found: Orders = {}
    async with database.session(write=False) as db:
        for by in ("ctid", "xmin::text::bigint, ctid", "xmin::text::bigint DESC, ctid", column):
            rows = await db.execute(sa.text(f"SELECT {column} FROM {table} ORDER BY {by}"))  # noqa: S608  # names of ours
            found[by] = [_bytes(value) for value in rows.scalars()]
        await db.execute(sa.text("CHECKPOINT"))
        file = (await db.execute(sa.text(f"SELECT pg_relation_filepath('{table}')"))).scalar_one()
    data = Path(os.environ[POSTGRES_VARIABLE]) / "data"
    found["bytes of the table's file"] = _by_place((data / file).read_bytes(), found["ctid"])
    journal = b"".join(path.read_bytes() for path in sorted((data / "pg_wal").glob("0*")))
    found["bytes of the write-ahead log"] = _by_place(journal, found["ctid"])
    return found


def best_match(electors: Orders, ballots: Orders, truth: Mapping[bytes, bytes]) -> tuple[int, str]:
    """The most pairs of elector and ballot that any pairing of orders gets right, and which that is."""
    best = (0, "none")
    for left_name, left in electors.items():
        for right_name, right in ballots.items():
            for name, turned in (("", right), (" backwards", right[::-1])):
                hits = sum(truth.get(elector) == ballot for elector, ballot in zip(left, turned, strict=False))
                best = max(best, (hits, f"{left_name} with {right_name}{name}"))
    return best


async def transactions(database: Database, table: str, column: str) -> dict[bytes, int]:
    """PostgreSQL: the transaction that wrote each row."""
    async with database.session(write=False) as db:
        rows = await db.execute(sa.text(f"SELECT {column}, xmin::text::bigint FROM {table}"))  # noqa: S608  # names of ours
        return {_bytes(value): number for value, number in rows}


def nearest(after: Mapping[bytes, int], written: Mapping[bytes, int]) -> dict[bytes, bytes]:
    """For each row on the left, the row on the right that was written next."""
    later = sorted(written.items(), key=lambda item: (item[1], item[0]))
    return {
        row: next((one for one, number in later if number >= moment), later[-1][0]) for row, moment in after.items()
    }


def _by_place(content: bytes, values: Iterable[bytes]) -> list[bytes]:
    """The values in the order in which they first stand in a file; those that do not stand there are left out."""
    places = {value: content.find(value) for value in values}
    return sorted((value for value, place in places.items() if place >= 0), key=lambda value: places[value])


def _bytes(value: Any) -> bytes:
    if isinstance(value, UUID):
        return value.bytes
    return bytes.fromhex(value) if isinstance(value, str) else bytes(value)


def same_rows(found: Sequence[Orders]) -> bool:
    """That the orders are of something: an attack on nothing succeeds never."""
    return all(any(len(order) > 1 for order in one.values()) for one in found)
