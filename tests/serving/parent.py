"""A parent of such children: `python parent.py KIND FOLDER WORKERS`. Writes its port into the folder."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from pbvote.serving import supervisor

supervisor.SHORTEST_PAUSE = 0.1
supervisor.MOST_SECONDS_TO_STOP = 1.0


def main(kind: str, folder: Path, workers: int) -> int:
    """Supervise."""
    child = [sys.executable, str(Path(__file__).with_name("child.py")), kind, str(folder)]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        (folder / "port").write_text(str(listening.getsockname()[1]))
        return supervisor.supervise(child, [listening], workers)


sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
