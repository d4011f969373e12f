"""How published files are sent: whole, once, and held in memory once."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, Response, get

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.publication import shelf
from pbvote.publication.service import published
from pbvote.publication.shelf import Shelf
from pbvote.rounds.service import round_of
from pbvote.web.downloads import PIECE, Download, answer
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

FILES = f"/api/rounds/{SLUG}/results"


@pytest.fixture
async def scrutineer(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> httpx.AsyncClient:
    """A scrutineer, of a round whose result is published."""
    await make_people(database)
    await make_round(database)
    await hold_the_vote(database, keys, clock)
    officer, second, scrutineer = [browser(app) for _ in range(3)]
    for name, one in (("officer", officer), ("second", second), ("scrutineer", scrutineer)):
        await let_in(database, one, f"{name}@example.org")
    assert (await publish(officer, second, await count(officer))).status_code == 200
    return scrutineer


async def test_the_bundle_is_sent_as_it_is_and_only_once(
    client: httpx.AsyncClient, scrutineer: httpx.AsyncClient
) -> None:
    zipped = {"accept-encoding": "gzip"}
    for asking, address in (
        (client, f"{FILES}/bundle.zip"),
        (scrutineer, f"/api/rounds/{SLUG}/scrutiny/bundle.zip"),
    ):
        first = await asking.get(address, headers=zipped)
        assert first.status_code == 200
        assert first.headers["content-length"] == str(len(first.content))
        assert "content-encoding" not in first.headers
        assert first.headers["content-type"] == "application/zip"
        assert first.headers["etag"] == f'W/"{hashlib.sha256(first.content).hexdigest()[:32]}"'
        again = await asking.get(address, headers={**zipped, "if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await asking.get(address, headers={"if-none-match": 'W/"of-something-else"'})
        assert other.content == first.content
    assert (await client.get(f"{FILES}/bundle.zip")).headers["cache-control"] == "public, no-cache"
    assert (await scrutineer.get(address)).headers["cache-control"] == "private, no-cache"
    assert (await client.get(f"{FILES}/bundle.zip")).headers["content-disposition"].endswith(f'"{SLUG}-bundle.zip"')


async def test_the_other_files_are_compressed_on_their_way(
    client: httpx.AsyncClient, scrutineer: httpx.AsyncClient
) -> None:
    assert scrutineer
    first = await client.get(f"{FILES}/result.json", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["etag"] == f'W/"{hashlib.sha256(first.content).hexdigest()[:32]}"'
    again = await client.get(f"{FILES}/result.json", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


async def test_a_file_is_read_once_however_many_ask(
    client: httpx.AsyncClient, scrutineer: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scrutineer
    content = (await client.get(f"{FILES}/bundle.zip")).content
    async with database.session(write=False) as db:
        publication, _ = await published(db, await round_of(db, SLUG, None))
        own = Shelf()
        first = await own.file(db, publication.id, "bundle.zip")
        assert first is not None
        assert first is await own.file(db, publication.id, "bundle.zip")
        assert await own.file(db, publication.id, "nothing.txt") is None
        assert await own.superseded(db, publication.id) == frozenset()
        monkeypatch.setattr(shelf, "MOST_BYTES", 100)
        small = Shelf()
        large = await small.file(db, publication.id, "bundle.zip")
        assert large is not None
        assert (large.content, len(small.files)) == (content, 0)


async def test_a_large_file_goes_in_pieces() -> None:
    content = bytes(range(256)) * (PIECE // 100)
    assert len(content) > 2 * PIECE

    @get("/file")
    async def file(request: Request[Any, Any, Any]) -> Response[Any]:
        return answer(request, Download("f.zip", "application/zip", content, "ab" * 32), "no-cache")

    async with browser(Litestar([file], openapi_config=None)) as client:
        sent = await client.get("/file")
    assert sent.content == content
    assert sent.headers["content-length"] == str(len(content))
