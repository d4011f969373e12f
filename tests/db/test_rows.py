"""Statements about any number of rows of bytes: what goes in comes out, and the text is always the same."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Uuid, event, select

from pbvote.db import Database, connect
from pbvote.db.rows import for_rows
from pbvote.keys import Keys
from pbvote.roll.models import Elector
from pbvote.roll.service import electors_of
from pbvote.rounds.models import Round
from tests.house import make_codes, make_people, make_round

BACK = for_rows("SELECT :of AS of, new.* FROM {rows}", 2, of=Uuid())
ROWS = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=400)), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(rows=ROWS)
async def test_rows_come_back_as_they_are_in_their_order(database_url: str, rows: list[tuple[bytes, bytes]]) -> None:
    database, whose = connect(database_url), uuid4()
    async with database.session(write=False) as db:
        found = [tuple(row) for row in await BACK.execute(db, whose, rows)]
    await database.close()
    assert found == [(whose, *row) for row in rows]


async def test_the_text_is_the_same_for_any_number(database: Database) -> None:
    texts: set[str] = set()
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *said: texts.add(said[2]))
    for count in (1, 2, 7, 300):
        async with database.session(write=False) as db:
            assert len((await BACK.execute(db, uuid4(), [(bytes([count % 256]), b"")] * count)).all()) == count
    assert len([text for text in texts if "new" in text]) == 1


async def test_some_among_many_are_found_by_the_index(database: Database, keys: Keys) -> None:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys)
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
        hashes = {row.code_hash: row.id for row in await db.scalars(select(Elector))}
        known = [one for one in hashes if one is not None]
        assert await electors_of(db, keys, round_.id, [*known, b"\0" * 32]) == hashes
        assert await electors_of(db, keys, uuid4(), known) == {}
        if db.get_bind().dialect.name == "sqlite":
            look = for_rows("EXPLAIN QUERY PLAN SELECT id FROM electors WHERE round_id = :of AND code_hash {first}")
            explained = [row.detail for row in await look.execute(db, round_.id, [(one,) for one in known])]
            assert any("SEARCH electors USING INDEX" in one for one in explained), explained
