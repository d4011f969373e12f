"""The metrics of every process of one server as one text: what `/metrics` answers.

With several processes each keeps its values, and writes them into a file of its own every second and before it answers
`/metrics` itself. Whoever is asked adds up what stands in all files. A process that died leaves its file: what it had
counted stays counted, and what it measured (anything but counters) is left out once the file is old. The next process
that starts puts such files together into one. So no counter ever falls while the server runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from pbvote.metrics import LARGEST, REGISTRY, STEP, tells_of_votes

PLAIN = "text/plain; version=0.0.4"  # to which the answer adds its charset
OLD_AFTER = 10.0  # seconds without a new file: the process is gone, or stuck
GONE = "gone.json"
MEASURED = frozenset({"gauge"})  # types that say how things are now; the others only grow

Labels = tuple[tuple[str, str], ...]
Values = dict[tuple[str, Labels], float]  # samples of a family by name and labels


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its samples."""

    name: str
    says: str
    kind: str
    values: Values


@dataclass(frozen=True, slots=True)
class Board:
    """The folder where the processes of one server write their values; `own` is held locked by a living process."""

    folder: Path
    name: str
    own: IO[bytes]

    def publish(self) -> None:
        """Write this process' values. A full disk takes nothing but these figures."""
        with suppress(OSError):
            _write(self.folder / f"{self.name}.json", own_values())

    def leave(self) -> None:
        """Write once more, and be one of those that are gone."""
        self.publish()
        self.own.close()

    def gathered(self) -> list[Family]:
        """The values of all processes, this one's as they are now; those alone if the folder is gone."""
        self.publish()
        try:
            with _turn(self.folder, fcntl.LOCK_SH):
                files = sorted(self.folder.glob("*.json"))
                return added([_read(path) for path in files])
        except OSError:
            return own_values()


def join(folder: Path) -> Board:
    """Begin to share values through a folder that the processes of one server have to themselves.

    Raises PermissionError if the folder is somebody else's: it may lie where everybody can make one.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not ours alone")
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    with _turn(folder, fcntl.LOCK_EX):
        _put_the_dead_together(folder)
        own = (folder / f"{name}.lock").open("wb")
        fcntl.flock(own, fcntl.LOCK_EX)
    return Board(folder, name, own)


def values_of(board: Board | None) -> list[Family]:
    """The values of all processes, or of the only one, as they may be told: in steps where they tell of votes."""
    return [told(family) for family in (board.gathered() if board else own_values())]


def text_of(families: Iterable[Family], accept: str) -> tuple[bytes, str]:
    """The text that monitoring reads, and its type: OpenMetrics 1.0 if asked for, else Prometheus' own."""
    collected = _Collected(families)
    if "application/openmetrics-text" in accept:
        written: bytes = generate_openmetrics(collected)  # type: ignore[no-untyped-call]
        return written, OPENMETRICS
    return generate_latest(collected), PLAIN


def own_values() -> list[Family]:
    """What this process counted and measured."""
    found = []
    for metric in REGISTRY.collect():
        values = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for sample in metric.samples
            if not sample.name.endswith("_created")
        }
        found.append(Family(metric.name, metric.documentation, metric.type, values))
    return found


def added(files: Iterable[Iterable[Family]]) -> list[Family]:
    """The values of several processes as one."""
    total: dict[str, Family] = {}
    for family in (family for families in files for family in families):
        sums = total.setdefault(family.name, Family(family.name, family.says, family.kind, {})).values
        for key, value in family.values.items():
            largest = family.name in LARGEST
            sums[key] = max(sums.get(key, value), value) if largest else sums.get(key, 0.0) + value
    return list(total.values())


def told(family: Family) -> Family:
    """A family as it may be told: where it tells of votes rounded down to the last five, and without sums."""
    values = {}
    for (name, labels), value in family.values.items():
        if not tells_of_votes(family.name, dict(labels)):
            values[name, labels] = value
        elif not name.endswith(("_sum", "_count")):  # a histogram has both or neither; its last bucket is the count
            values[name, labels] = value - value % STEP
    return Family(family.name, family.says, family.kind, values)


class _Collected(CollectorRegistry):
    """Families as the library's writers want them."""

    def __init__(self, families: Iterable[Family]) -> None:
        super().__init__()
        self.register(_Fixed([_metric(family) for family in families]))


class _Fixed(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _metric(family: Family) -> Metric:
    metric = Metric(family.name, family.says, family.kind)
    for (name, labels), value in family.values.items():
        metric.add_sample(name, dict(labels), value)
    return metric


@contextmanager
def _turn(folder: Path, kind: int) -> Iterator[None]:
    """Nobody reads while files are put together, and nobody puts them together while others do."""
    with (folder / "turn").open("wb") as file:
        fcntl.flock(file, kind)
        yield


def _put_the_dead_together(folder: Path) -> None:
    """Make one file of what processes that are gone had counted, so that dying often costs nothing."""
    dead = [path for path in sorted(folder.glob("*.lock")) if _is_nobodys(path)]
    files = [path.with_suffix(".json") for path in dead if path.with_suffix(".json").exists()]
    if files:
        counted = added([_read(path, everything=False) for path in [*files, folder / GONE] if path.exists()])
        _write(folder / GONE, counted)
    for path in [*files, *dead]:
        path.unlink()


def _is_nobodys(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _write(path: Path, families: Iterable[Family]) -> None:
    rows = [
        (family.name, family.says, family.kind, [(name, labels, value) for (name, labels), value in values])
        for family in families
        if (values := family.values.items())
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([time.time(), rows]))
    fresh.replace(path)


def _read(path: Path, *, everything: bool = True) -> list[Family]:
    """A file's families; only what grows if the process is gone, or has not written for a while."""
    written, rows = json.loads(path.read_text())
    lives = everything and abs(time.time() - written) < OLD_AFTER
    return [
        Family(name, says, kind, _values(samples))
        for name, says, kind, samples in rows
        if lives or kind not in MEASURED
    ]


def _values(samples: Iterable[tuple[str, list[Any], float]]) -> Values:
    return {(name, tuple((label, text) for label, text in labels)): value for name, labels, value in samples}
