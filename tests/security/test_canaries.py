"""While voting is open, nobody who reads the files finds a code, a name or a choice in them.

A thousand electors come from a file, get letters, and vote, some by HTTP. Then everything that was written is searched:
the database's files, its write-ahead log, temporary files, and what was logged at the most talkative level.
"""

from __future__ import annotations

import io
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy import select

from pbvote import logs
from pbvote.accounts.roles import Actor, Role
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.file import read_roll
from pbvote.roll.importing import import_roll
from pbvote.roll.letters import make_letters
from pbvote.rounds.models import Round
from pbvote.symbols import tidy
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.intake import Intake
from tests.conftest import POSTGRES_VARIABLE, SettableClock, browser
from tests.house import make_people, make_round, open_the_vote, two_officers

pytestmark = pytest.mark.new_database

ELECTORS, BY_HTTP = 1_000, 60
# A name; a code in groups; a code as it is read. Looked for at every byte, because one may begin within another.
LOOKS_LIKE_ONE = re.compile(rb"(?=(canary[0-9a-f]{12}|(?:[0-9a-z]{4}-){3}[0-9a-z]{4}|[0-9a-z]{16}))", re.IGNORECASE)
CHOICES = [(1,), (2,), (3,), (4,), (1, 2), (1, 4), (2, 4), (3, 4)]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, and nothing else."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, by whatever library."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def vote(database: Database, keys: Keys, clock: SettableClock) -> tuple[Database, Keys, SettableClock]:
    """What a vote takes."""
    return database, keys, clock


@pytest.mark.slow
async def test_no_file_holds_a_code_a_name_or_a_choice(
    app: Litestar,
    vote: tuple[Database, Keys, SettableClock],
    temporary: Path,
    said: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    database, keys, clock = vote
    names = [f"Canary{secrets.token_hex(6)}" for _ in range(ELECTORS)]
    await make_people(database)
    await make_round(database)
    codes = await letters_for(database, keys, names)
    poll = await open_the_vote(database, keys, clock)
    await everybody_votes(app, database, keys, poll, codes)
    async with database.session(write=True) as db:
        await enter_waiting(db, keys, poll)
    await some_vote_again(database, keys, poll, codes[:30])
    ballots = [CanonicalBallot(poll, Form.SET, choice).encode() for choice in CHOICES]
    ballots += [ballot.hex().encode() for ballot in ballots]
    secret = {name.upper().encode() for name in names} | {tidy(code).encode() for code in codes}
    secret |= {code.encode() for code in codes}
    captured = capfd.readouterr()
    logged = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in said.records)
    places = await written(database, temporary) | {"log": f"{logged}{captured.out}{captured.err}".encode()}
    assert sum(map(len, places.values())) > 500_000
    assert found(places, secret, ballots) == {}


@pytest.mark.parametrize("careful", [True, False])
async def test_the_servers_log_holds_nobody_even_when_casting_fails(
    app: Litestar, vote: tuple[Database, Keys, SettableClock], monkeypatch: pytest.MonkeyPatch, *, careful: bool
) -> None:
    """At the most talkative level, with errors that hold all that was sent; the control writes all."""
    database, keys, clock = vote
    names = [f"Canary{secrets.token_hex(6)}" for _ in range(BY_HTTP)]
    await make_people(database)
    await make_round(database)
    codes = await letters_for(database, keys, names)
    poll = await open_the_vote(database, keys, clock)
    stream = io.StringIO()
    handler: logging.Handler = logs.Handler(stream) if careful else logging.StreamHandler(stream)
    handler.setFormatter(logs.Line() if careful else logging.Formatter())
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    for name in ("uvicorn", "uvicorn.error"):  # as no server of another test has left them
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    await everybody_votes(app, database, keys, poll, codes)
    monkeypatch.setattr(Intake, "cast", failing(names))
    async with browser(app) as client:
        for number, code in enumerate(codes[:5]):
            body = {"code": code, "choices": [1, 2], "points": None, "idempotency_key": f"canary-that-fails-{number}"}
            answer = await client.put(f"/api/polls/{poll}/ballot", json=body)
            assert answer.status_code == 500
            assert names[0] not in answer.text
    secret = {name.upper().encode() for name in names} | {code.encode() for code in codes}
    written_there = stream.getvalue()
    assert written_there.count('"kind": "RuntimeError"' if careful else "RuntimeError") >= 5
    assert bool(found({"log": written_there.encode()}, secret, [b"(1, 2)"])) is not careful


def failing(names: list[str]) -> Any:
    async def cast_nothing(_: Intake, poll_id: UUID, cast: Cast) -> Stored:
        error = RuntimeError(f"{poll_id}: {names[0]} with {cast.code} chose {cast.choice}")
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
        logging.getLogger("sqlalchemy.engine.Engine").info("[generated in 0.1s] %r", (names[1], cast.code))
        raise error

    return cast_nothing


def found(places: dict[str, bytes], secret: AbstractSet[bytes], ballots: Iterable[bytes] = ()) -> dict[str, int]:
    """How many of the secrets each place holds: of all that looks like a name or a code, and of ballots."""
    counts = {
        place: len({match.group(1).upper() for match in LOOKS_LIKE_ONE.finditer(content)} & secret)
        + sum(1 for ballot in ballots if ballot in content)
        for place, content in places.items()
    }
    return {place: count for place, count in counts.items() if count}


async def test_the_search_finds_a_careless_server(database: Database) -> None:
    """The negative control: a table with names in it, deleted at once."""
    name = f"Canary{secrets.token_hex(6)}"
    async with database.session(write=True) as db:
        await db.execute(sa.text("CREATE TABLE careless (name TEXT)"))
        await db.execute(sa.text("INSERT INTO careless VALUES (:name)"), {"name": name})
    async with database.session(write=True) as db:
        await db.execute(sa.text("DELETE FROM careless"))
    assert found(await written(database, None), {name.upper().encode()})


async def letters_for(database: Database, keys: Keys, names: list[str]) -> list[str]:
    """Put the electors of a file on the roll, and make their letters: the codes."""
    lines = [f"R{number},{name},{name} Street,{name}@example.org" for number, name in enumerate(names)]
    file = read_roll("\n".join(["reference,name,address_1,email", *lines]).encode())
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        account = (await two_officers(db, round_))[0]
        clerk = Actor(
            account.account_id, account.name, account.email, False, frozenset({(round_.forum_id, Role.CLERK)})
        )
        batch = await import_roll(db, keys, round_, file, clerk, label="Canaries", sha256=file.sha256)
        return list((await make_letters(db, keys, round_, batch.id, 0, clerk)).codes)


async def everybody_votes(app: Litestar, database: Database, keys: Keys, poll: UUID, codes: list[str]) -> None:
    async with browser(app) as client:
        for number, code in enumerate(codes[:BY_HTTP]):
            assert (await client.post(f"/api/polls/{poll}/code", json={"code": code})).status_code == 200
            body = {"code": code, "choices": list(CHOICES[number % len(CHOICES)]), "points": None}
            sent = await client.put(
                f"/api/polls/{poll}/ballot", json={**body, "idempotency_key": f"canary-by-http-{number}"}
            )
            assert sent.status_code == 200, sent.text
            refused = await client.put(f"/api/polls/{poll}/ballot", json={**body, "idempotency_key": "short"})
            assert refused.status_code == 422
    rest = list(enumerate(codes))[BY_HTTP:]
    for start in range(0, len(rest), 100):
        casts = [
            Cast(code, Choice(CHOICES[number % len(CHOICES)], None), f"canary-number-{number}")
            for number, code in rest[start : start + 100]
        ]
        async with database.session(write=True) as db:
            assert all(isinstance(one, Stored) for one in await cast(db, keys, poll, casts))


async def some_vote_again(database: Database, keys: Keys, poll: UUID, codes: list[str]) -> None:
    for number, code in enumerate(codes):
        async with database.session(write=True) as db:
            await cast(db, keys, poll, [Cast(code, Choice((4,), None), f"canary-once-more-{number}")])


async def written(database: Database, temporary: Path | None) -> dict[str, bytes]:
    """Everything that is on the disk: the database's files, its write-ahead log, temporary files."""
    if database.engine.dialect.name == "sqlite":
        folder = Path(str(database.engine.url.database)).parent
        files = [path for path in folder.iterdir() if path.is_file()]
    else:
        async with database.session(write=False) as db:
            await db.execute(sa.text("CHECKPOINT"))
            name = (
                await db.execute(sa.text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            ).scalar_one()
        data = Path(os.environ[POSTGRES_VARIABLE]) / "data"
        files = [
            path for place in (data / "base" / str(name), data / "pg_wal") for path in place.iterdir() if path.is_file()
        ]
        files.append(data.parent / "log")
    if temporary is not None:
        files += [Path(folder, name) for folder, _, names in os.walk(temporary) for name in names]
    return {str(path): path.read_bytes() for path in files}
