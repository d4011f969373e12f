"""The real server as a process of its own, that a campaign can kill."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.campaigns.network import Machine
from tests.campaigns.town import Town

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
BROKEN = "tests.campaigns.broken"


class DoesNotServeError(RuntimeError):
    """The server has ended, or does not answer; the message has the end of what it wrote."""


class Server:
    """`pbvote serve` for a town, on one free port that it keeps whenever it starts again.

    Nothing runs before `start()`, or `with Server(town) as server:`. `preload` is a shared library for LD_PRELOAD,
    `env` more variables, `arguments` more of the command line, `program` the module to run: `BROKEN, kind` is the
    server with a fault (tests/campaigns/broken.py), `machine` one of a network of its own (tests/campaigns/network.py).
    All of these are blocking: within asyncio call them by `asyncio.to_thread`.
    """

    def __init__(
        self,
        town: Town,
        *,
        workers: int = 1,
        preload: Path | None = None,
        env: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        program: Sequence[str] = ("pbvote",),
        machine: Machine | None = None,
    ) -> None:
        self.town, self.port = town, free_port()
        self.host = machine.address if machine else "127.0.0.1"
        self.address = f"{self.host}:{self.port}"
        self.program = [*(machine.prefix if machine else []), sys.executable, "-m", *program, "serve"]
        self.arguments = [*(["--workers", str(workers)] if workers > 1 else []), *arguments]
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PBVOTE_")}
        self.env |= {"PYTHONUNBUFFERED": "1"} | town.env
        self.env |= {"PBVOTE_HOST": self.host, "PBVOTE_PORT": str(self.port)} | dict(env or {})
        if preload:
            self.env["LD_PRELOAD"] = str(preload)
        self.process: subprocess.Popen[bytes] | None = None
        self.before_start: Callable[[], object] | None = None  # called each time

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self, *, wait: bool = True) -> None:
        """Start it as the head of a process group; with `wait` return when it answers. Raises DoesNotServeError."""
        if self.before_start:
            self.before_start()
        with (self.town.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, *self.arguments],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.wait()

    def wait(self, patience: float = PATIENCE) -> None:
        """Return when it answers. Raises DoesNotServeError."""
        end = time.monotonic() + patience
        while not self.answers():
            if not self.alive() or time.monotonic() > end:
                raise DoesNotServeError(f"the server does not serve: {self.log()[-2_000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it says that it is alive."""
        request = f"GET /api/health HTTP/1.1\r\nHost: {self.address}\r\nConnection: close\r\n\r\n".encode()
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                connection.sendall(request)
                return connection.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def alive(self) -> bool:
        """Whether its first process runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL to every process of its group, and wait until they are gone."""
        self._signal(signal.SIGKILL)

    def stop(self, patience: float = PATIENCE) -> int:
        """SIGTERM as a service manager does it: to the first process; its exit status."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
        if self.process is None:
            return 0
        status = self.process.wait(patience)
        self._signal(signal.SIGKILL)
        return status

    def log(self) -> str:
        """What all servers of this town wrote."""
        path = self.town.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _signal(self, number: int) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while _group_lives(self.process.pid) and time.monotonic() < end:
            time.sleep(0.002)  # children that nobody has buried yet


def _group_lives(group: int) -> bool:
    """Whether a process of this group runs; those that are dead and not yet buried do not count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


def free_port() -> int:
    """A port that nobody listens on just now, and that no outgoing connection is given."""
    for _ in range(1_000):
        port = random.randrange(15_000, 30_000)  # noqa: S311  # not a secret
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("there is no free port")
