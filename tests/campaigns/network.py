"""Machines on a network of their own: network namespaces on one bridge, whose cables can be pulled.

A machine whose cable is out is gone without a word: no connection is closed, no packet is refused. That is what a power
failure, a dead switch or a hypervisor's crash look like from the others' side, and what no signal can imitate.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

MOST_MACHINES = 250
_turns = count()


class NoNamespacesError(RuntimeError):
    """Network namespaces cannot be made here; the message says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace with one address, and the name of its cable's end at the bridge."""

    namespace: str
    address: str
    cable: str

    @property
    def prefix(self) -> list[str]:
        """What to put before a command to run it on this machine."""
        return ["ip", "netns", "exec", self.namespace]

    def unplug(self) -> None:
        """Pull the cable out."""
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        """Put the cable in again."""
        _ip("link", "set", self.cable, "up")


@contextmanager
def machines(names: Sequence[str]) -> Iterator[dict[str, Machine]]:
    """So many machines that reach each other, and are reached from here. Raises NoNamespacesError."""
    if shutil.which("ip") is None:
        raise NoNamespacesError("there is no `ip` here; it comes with Debian's package iproute2")
    # A name is not used twice: what a namespace held goes some time after it.
    mark, net = f"{os.getpid():x}{next(_turns):x}", f"10.213.{os.getpid() % MOST_MACHINES}"
    bridge, made = f"pbb{mark}", []
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("address", "add", f"{net}.254/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number, name in enumerate(names, start=1):
            machine = Machine(f"pb{mark}-{name}", f"{net}.{number}", f"pbc{mark}-{number}")
            _ip("netns", "add", machine.namespace)
            made.append(machine)
            _connect(machine, bridge, f"pbe{mark}-{number}")
        yield dict(zip(names, made, strict=True))
    finally:
        for machine in made:
            _ip("link", "delete", machine.cable, fails=True)
            _ip("netns", "delete", machine.namespace, fails=True)
        _ip("link", "delete", bridge, fails=True)


def _connect(machine: Machine, bridge: str, end: str) -> None:
    _ip("link", "add", machine.cable, "type", "veth", "peer", "name", end)
    _ip("link", "set", end, "netns", machine.namespace)
    _ip("link", "set", machine.cable, "master", bridge, "up")
    for command in (
        ("link", "set", "lo", "up"),
        ("address", "add", f"{machine.address}/24", "dev", end),
        ("link", "set", end, "up"),
    ):
        _ip("-netns", machine.namespace, *command)


def _ip(*arguments: str, fails: bool = False) -> None:
    done = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    if done.returncode and not fails:
        raise NoNamespacesError(f"`ip {' '.join(arguments)}` says: {done.stderr.strip()}")
