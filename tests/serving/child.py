"""A child that does what it is told, instead of the server: `python child.py KIND FOLDER INHERITED`.

`well` answers every connection with its process id; `stubborn` does not end when it is told to; `deaf` does not notice
that its parent is gone; `short` ends a moment after its start; `wrong` says what is wrong and ends before it is ready.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pbvote.serving.inheritance import Inherited


def main(kind: str, folder: Path, inherited: Inherited) -> None:
    """Be that kind of child."""
    with (folder / "births").open("a") as births:
        births.write(f"{os.getpid()} {time.monotonic()} {int(inherited.replaces)}\n")
    if kind == "wrong":
        sys.stderr.write("pbvote: the moon is not full.\n")
        sys.exit(2)
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    [listening] = inherited.opened()
    listening.listen()
    listening.setblocking(False)
    os.write(inherited.report, b"ready\n")
    os.close(inherited.report)
    if kind == "short" and inherited.replaces:
        return
    watched: list[Any] = [listening] if kind == "deaf" else [listening, inherited.life]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if inherited.life in ready:
            return
        try:
            connection, _ = listening.accept()
        except BlockingIOError:  # another one was quicker
            continue
        with connection:
            connection.sendall(f"{os.getpid()}".encode())


main(sys.argv[1], Path(sys.argv[2]), Inherited.read(sys.argv[3]))
