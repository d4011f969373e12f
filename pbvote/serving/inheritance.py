"""What a process that answers inherits from its parent, as text on its command line."""

from __future__ import annotations

import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Inherited:
    """File descriptors: the sockets; `life`, a pipe that ends when the parent does; `report`, to say that all is ready.

    `replaces` is true for a process that takes the place of one that died.
    """

    sockets: tuple[int, ...]
    life: int
    report: int
    replaces: bool = False

    def __str__(self) -> str:
        return ",".join(map(str, (int(self.replaces), self.life, self.report, *self.sockets)))

    @classmethod
    def read(cls, text: str) -> Inherited:
        """What `str` wrote. Raises ValueError for anything else."""
        replaces, life, report, *sockets = (int(part) for part in text.split(","))
        return cls(tuple(sockets), life, report, bool(replaces))

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Everything that has to be passed on."""
        return (self.life, self.report, *self.sockets)

    def opened(self) -> list[socket.socket]:
        """The sockets, to be listened on."""
        return [socket.socket(fileno=number) for number in self.sockets]


def shared_folder(parent: int) -> Path:
    """Where the processes that answer share what they counted; it goes when their parent does, whose id this is."""
    return Path(tempfile.gettempdir()) / f"pbvote-workers-{os.getuid()}-{parent}"
