"""Fixtures for tests that go through the real parts: both databases, real HTTP, a clock that the test sets."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import httpx
import hypothesis
import psycopg
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from pbvote.app import create_app, furnish
from pbvote.db import Database, connect, engines, migrate
from pbvote.keys import Keys, make_keys, read_keys
from pbvote.settings import Settings, read_settings
from pbvote.web.reading import Reading
from tests.databases import Databases
from tests.postgres import Cluster

POSTGRES_VARIABLE = "PBVOTE_TEST_POSTGRES"
PROFILE_VARIABLE = "PBVOTE_HYPOTHESIS"  # nightly: ten times as many random examples, `make nightly`
BASE_URL = "https://vote.example.org"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_cluster = pytest.StashKey[Cluster]()
_made: list[Litestar] = []

# no deadlines: how long one example takes says how busy the machine is
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.register_profile("nightly", max_examples=1_000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get(PROFILE_VARIABLE, "suite"))


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL for the whole run; parallel workers find it through the environment."""
    if POSTGRES_VARIABLE not in os.environ and not hasattr(config, "workerinput"):
        config.stash[_cluster] = Cluster()


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Parallel workers inherit the environment as it is here."""
    _start(config)


def _start(config: pytest.Config) -> None:
    cluster = config.stash.get(_cluster, None)
    if cluster and POSTGRES_VARIABLE not in os.environ:
        cluster.start()
        os.environ[POSTGRES_VARIABLE] = str(cluster.folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what we started."""
    cluster = config.stash.get(_cluster, None)
    if cluster:
        if (cluster.folder / "data").exists():
            cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)


def _share_statements() -> None:
    """Let all databases of one kind share what SQLAlchemy has compiled: each test has databases of its own.

    Compiling anew for each took a third of the suite's time. The first engine that was connected lends its dialect.
    """
    module: Any = engines
    make, lent = module.create_async_engine, dict[str, list[tuple[Any, Any]]]()

    def shared(url: str, **options: Any) -> AsyncEngine:
        engine: AsyncEngine = make(url, **options)
        inner: Any = engine.sync_engine
        known = lent.setdefault(inner.dialect.driver, [])
        ready = next((one for one in known if getattr(one[0], "server_version_info", None)), None)
        if ready:
            inner.dialect, inner._compiled_cache = ready
            inner.pool._dialect = inner.dialect
        else:
            known.append((inner.dialect, inner._compiled_cache))
        return engine

    module.create_async_engine = shared


_share_statements()


@dataclass
class SettableClock:
    """A clock that stands still until a test moves it."""

    moment: datetime = field(default=START)

    async def __call__(self, db: AsyncSession) -> datetime:
        del db
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment

    def advance(self, **difference: float) -> None:
        self.moment += timedelta(**difference)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the whole schema, made once."""
    path = tmp_path_factory.mktemp("template") / "pbvote.db"
    anyio.run(migrate, f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(pytestconfig: pytest.Config) -> Iterator[str]:
    """The name of an empty PostgreSQL database with the whole schema, made once in each worker."""
    _start(pytestconfig)
    name = f"template_{uuid4().hex}"
    _postgres(f"CREATE DATABASE {name}")
    anyio.run(migrate, postgres_url(name))
    yield name
    _postgres(f"DROP DATABASE {name} WITH (FORCE)")


def postgres_url(name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={os.environ[POSTGRES_VARIABLE]}"


def _postgres(statement: str) -> None:
    with psycopg.connect(host=os.environ[POSTGRES_VARIABLE], user="postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    shutil.copy(sqlite_template, tmp_path / "data" / "pbvote.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'pbvote.db'}"


@pytest.fixture(scope="session")
def postgres_databases(postgres_template: str) -> Iterator[Databases]:
    databases = Databases(os.environ[POSTGRES_VARIABLE], postgres_template)
    yield databases
    databases.close()


@pytest.fixture
def postgres_database_url(request: pytest.FixtureRequest, postgres_databases: Databases) -> Iterator[str]:
    new = request.node.get_closest_marker("new_database") is not None
    name = postgres_databases.new() if new else postgres_databases.take()
    yield postgres_url(name)
    (postgres_databases.remove if new else postgres_databases.give_back)(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database with the whole schema: every test that asks for it runs on both."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_database_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, made once in each worker, so that what was made with them can be put back."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    make_keys(folder, httpx.URL(BASE_URL).host)
    return folder


@pytest.fixture
def settings(database_url: str, tmp_path: Path, made_keys: Path) -> Settings:
    values = {
        "PBVOTE_DATA_DIR": str(tmp_path / "data"),
        "PBVOTE_KEYS_DIR": str(tmp_path / "keys"),
        "PBVOTE_DATABASE_URL": database_url,
        "PBVOTE_BASE_URL": BASE_URL,
        "PBVOTE_PARTNERSHIP": "Tarnshire Partnership",
    }
    read = read_settings(values)
    shutil.copytree(made_keys, read.keys_dir)
    return read


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return read_keys(settings.keys_dir)


@pytest.fixture
async def database(database_url: str, clock: SettableClock) -> AsyncIterator[Database]:
    opened = connect(database_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def app(settings: Settings, clock: SettableClock) -> AsyncIterator[Litestar]:
    """The application, started; its background work runs only when a test asks for it.

    Its routes and pages are made once in each worker, which takes longer than most tests. What it keeps of public
    answers grows old by the test's clock, so whatever a test reads shows whether every change was noticed. No allowance
    is given back meanwhile, however long a test takes.
    """
    if not _made:
        _made.append(create_app(settings, clock, background=False, durable=False))
    else:
        furnish(_made[0], settings, clock)
    reading: Reading = _made[0].state["reading"]
    reading.on, reading.age = True, lambda: clock.moment.timestamp()  # noqa: PLW0108  # the moment changes
    _made[0].state["limiter"].age = lambda: 0.0
    async with _made[0].lifespan():
        yield _made[0]


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of nobody in particular."""
    async with browser(app) as opened:
        yield opened


def browser(app: Litestar) -> httpx.AsyncClient:
    """A new browser, without cookies."""
    asgi: Any = app  # Litestar's types of ASGI are narrower than httpx's
    transport = httpx.ASGITransport(app=asgi, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL)
