"""What campaigns share: towns to copy, and a PostgreSQL that keeps what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.campaigns.town import Town, build_town, drop_database, new_database
from tests.postgres import Cluster

ELECTORS = 400


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of its own with fsync, full_page_writes and synchronous_commit on, made when first asked for."""
    cluster = Cluster(durable=True)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def sqlite_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town of 400 on SQLite, to be `moved` by whoever starts a server on it."""
    return anyio.run(build_town, tmp_path_factory.mktemp("town"), ELECTORS)


@pytest.fixture(scope="session")
def postgres_town(tmp_path_factory: pytest.TempPathFactory, durable_cluster: Cluster) -> Town:
    """A town of 400 on PostgreSQL, likewise."""
    return anyio.run(build_town, tmp_path_factory.mktemp("town"), ELECTORS, new_database(durable_cluster))


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A fresh town of 400: every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_town").moved(tmp_path / "town")
        return
    template: Town = request.getfixturevalue("postgres_town")
    cluster: Cluster = request.getfixturevalue("durable_cluster")
    url = new_database(cluster, template.database_url)
    yield template.moved(tmp_path / "town", url)
    drop_database(cluster, url)
