"""A PostgreSQL of the tests' own: a throw-away cluster on a Unix socket, without the network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# What needs a power cut survived asks for a durable cluster; all others want speed.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
ROOMY = {"listen_addresses": "", "max_connections": "200", "timezone": "UTC"}

BURIED = 10.0  # seconds at most


class NoPostgresError(RuntimeError):
    """PostgreSQL's server programs are not on this machine."""


def programs() -> Path:
    """The folder of initdb and pg_ctl, the newest version first. Raises NoPostgresError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise NoPostgresError(
        "PostgreSQL's server is not installed; `make test` installs it, or: apt-get install postgresql"
    )


class Cluster:
    """A running cluster; `url(name)` addresses one of its databases. A durable one keeps PostgreSQL's own defaults."""

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        self.durable = durable
        self.settings = ({} if durable else FAST) | ROOMY | settings
        self.folder = Path(tempfile.mkdtemp(prefix="pbvote-postgres-", dir="/tmp"))  # sockets need a short path
        self.bin = programs()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        own = ["--data-checksums"] if self.durable else []
        where = str(self.folder / "data")
        self._run("initdb", "-D", where, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *own)
        self.launch()

    def launch(self) -> None:
        """Start the server of a cluster that is there, and wait until it answers."""
        settings = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        options = f"-k {self.folder} {settings}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def kill(self) -> None:
        """SIGKILL to the server and to all its processes, as the kernel's memory killer or a power cut would."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)  # so that it starts no others meanwhile
        while not _stands(pid):
            time.sleep(0.001)
        children = Path(f"/proc/{pid}/task/{pid}/children")
        family = [pid, *(int(child) for child in children.read_text().split())] if children.exists() else [pid]
        for one in family[::-1]:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        while any(_runs(one) for one in family):
            time.sleep(0.005)
        end = time.monotonic() + BURIED
        while any(_state(one) == "Z" for one in family) and time.monotonic() < end:
            time.sleep(0.01)  # a new server takes a dead one for a living one until it is buried

    def stop(self) -> None:
        """Stop it and remove every trace."""
        if self.runs():
            self.halt("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def halt(self, mode: str = "fast") -> None:
        """Stop the server; `launch` starts it again."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def runs(self) -> bool:
        """Whether the server's first process runs."""
        try:
            return _runs(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))
        except (OSError, IndexError, ValueError):
            return False

    def url(self, name: str) -> str:
        """The SQLAlchemy address of database `name`."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # The server keeps the standard files open, so its output must not go to a pipe that we wait for.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def _runs(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet buried does not."""
    return _state(pid) not in "ZX"


def _stands(pid: int) -> bool:
    """Whether a process is stopped, or gone."""
    return _state(pid) in "TZX"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
