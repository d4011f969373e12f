"""What benches of a running server share: the real `pbvote serve` on a free port, its processes, and the machine."""

from __future__ import annotations

import http.client
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

READY_SECONDS = 90  # on a machine that does other things too
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its first process, its port, and when it was started by `time.perf_counter`."""

    pid: int
    port: int
    started: float

    def pids(self) -> list[int]:
        """Its processes."""
        found = [self.pid]
        for pid in found:
            found += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return found

    def cpu(self) -> float:
        """Seconds of the processor that all its processes have used."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / TICK

    def resident(self) -> list[float]:
        """Megabytes (10^6) of each process that are in memory."""
        lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in self.pids()]
        return [int(line.split()[1]) * 1_024 / 1e6 for one in lines for line in one if line.startswith("VmRSS")]

    def wait_for(self, path: str) -> float:
        """Ask until the first 200; the seconds since the start."""
        while time.perf_counter() - self.started < READY_SECONDS:
            asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_SECONDS)
            try:
                asking.request("GET", path)
                if asking.getresponse().status == http.client.OK:
                    return time.perf_counter() - self.started
            except OSError:
                time.sleep(0.002)
            finally:
                asking.close()
        raise SystemExit(f"{path} was not answered with 200 within {READY_SECONDS} seconds")


@contextmanager
def served(env: Mapping[str, str], *arguments: str) -> Iterator[Server]:
    """The server, from its start to its end; it may not have begun to listen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    own = os.environ | env | {"PBVOTE_PORT": str(port), "PBVOTE_BASE_URL": f"http://127.0.0.1:{port}"}
    started = time.perf_counter()
    command = [sys.executable, "-m", "pbvote", "serve", *arguments]
    process = subprocess.Popen(command, env=own)  # noqa: S603  # our own program
    try:
        yield Server(process.pid, port, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(READY_SECONDS)


def machine() -> str:
    """Where and of what the figures are."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603  # git as it is found
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
    return (
        f"{processor}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}; "
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}"
    )
