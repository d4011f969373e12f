"""Two PostgreSQL machines: a primary and its streaming standby."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from pbvote.db.leadership import LOCK
from tests.campaigns.network import Machine
from tests.postgres import Cluster

PORT = 5432
# Standbys and primaries that vanished are noticed soon, as docs/operating.md says.
SETTINGS = {"wal_receiver_timeout": "5s", "wal_sender_timeout": "5s", "hot_standby_feedback": "on"}
LEADER = (
    "SELECT host(a.client_addr) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' "
    "AND l.granted AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = %s"
)


class Node(Cluster):
    """A cluster on a machine. `ask` comes in by its Unix socket, which no cable has to do with."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(durable=True, listen_addresses=machine.address, **SETTINGS)
        self.machine = machine

    def start_as_primary(self) -> None:
        """Make a cluster that others of the network may connect to and copy."""
        self.start()
        with (self.folder / "data" / "pg_hba.conf").open("a") as access:
            access.write("host all all 10.213.0.0/16 trust\nhost replication all 10.213.0.0/16 trust\n")
        self.ask("SELECT pg_reload_conf()")

    def start_as_standby_of(self, primary: Node) -> None:
        """Copy the primary and follow it."""
        source = f"host={primary.machine.address} port={PORT} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", str(self.folder / "data"), "-d", source, "-R", "-c", "fast", "--no-sync")
        self.launch()

    def ask(self, statement: str, *values: object, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows that a statement gives."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=database, autocommit=True, connect_timeout=5
        ) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def wait_for_standby(self, state: str) -> None:
        """Return when the standby is `sync` or `async`."""
        until(lambda: self.ask("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'") == [(state,)])

    def leader(self) -> str | None:
        """The address of the process that leads."""
        found = self.ask(LEADER, LOCK)
        return str(found[0][0]) if found else None

    def promote(self) -> None:
        """Make this standby the primary."""
        self.ask("SELECT pg_promote()")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.machine.prefix, "runuser", "-u", "postgres", "--", str(self.bin / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def until(holds: object, patience: float = 60.0) -> float:
    """Wait until a function says yes; so many seconds it took. Raises TimeoutError."""
    assert callable(holds)
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > patience:
            raise TimeoutError(f"waited for {patience} seconds")
        time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def pair(first: Machine, second: Machine) -> Iterator[tuple[Node, Node]]:
    """A primary, and a machine that its standby can be started on."""
    primary, standby = Node(first), Node(second)
    try:
        primary.start_as_primary()
        yield primary, standby
    finally:
        for node in (standby, primary):
            if (node.folder / "data" / "postmaster.pid").exists():
                node.stop()
