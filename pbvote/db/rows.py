"""Statements about rows of bytes, however many: their text is the same for any number.

A list of values for each row, or of places behind an IN, gives each number of rows a text of its own. The database has
to read each of them anew, and what it made of the last hundred stays in memory, on every connection. Here all rows are
one parameter: on PostgreSQL an array for each column, on SQLite a JSON text with the bytes in hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Executable, Result, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

FROM_HEX = "from_hex"  # what `db.engines` adds to SQLite, which knows `unhex` only from 3.41 on


@dataclass(frozen=True, slots=True)
class ForRows:
    """A statement in the words of each database, and how many columns its rows have."""

    sqlite: Executable
    postgresql: Executable
    width: int

    async def execute(self, db: AsyncSession, of: UUID, rows: Sequence[Sequence[bytes]]) -> Result[Any]:
        """Do it once, for all rows; `of` is whose they are."""
        if db.get_bind().dialect.name == "sqlite":
            digits = [[value.hex() for value in row] for row in rows]
            return await db.execute(self.sqlite, {"of": of, "rows": msgspec.json.encode(digits).decode()})
        columns = {f"c{number}": [row[number] for row in rows] for number in range(self.width)}
        return await db.execute(self.postgresql, {"of": of} | columns)


def for_rows(sql: str, width: int = 1, **told: TypeEngine[Any]) -> ForRows:
    """A statement. In it `{rows}` is a table of as many columns of bytes, and `{first}` the first of these: `x {first}`
    is whether x is among them. `:of` is whose rows they are, an id. `told` are the types of columns that it gives back
    and that a driver does not know by itself.

    An INSERT that says what to do ON CONFLICT takes them `FROM {rows} WHERE true`: SQLite would read a join otherwise.
    """  # noqa: D205  # what each name stands for does not fit into one line
    values = ", ".join(f"{FROM_HEX}(json_extract(value, '$[{number}]'))" for number in range(width))
    arrays = ", ".join(f"CAST(:c{number} AS bytea[])" for number in range(width))
    sqlite = {"rows": f"(SELECT {values} FROM json_each(:rows)) new"}  # noqa: S608  # nothing of anybody's is in it
    sqlite["first"] = f"IN (SELECT {FROM_HEX}(json_extract(value, '$[0]')) FROM json_each(:rows))"  # noqa: S608  # see above
    postgresql = {"rows": f"unnest({arrays}) new", "first": "= ANY(CAST(:c0 AS bytea[]))"}
    return ForRows(_text(sql.format_map(sqlite), told), _text(sql.format_map(postgresql), told), width)


def _text(sql: str, told: Mapping[str, TypeEngine[Any]]) -> Executable:
    said = text(sql).bindparams(bindparam("of", type_=Uuid()))
    return said.columns(**told) if told else said
