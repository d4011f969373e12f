"""A disk as it is after a power cut: what was synced, and of the rest what chance has kept.

`shim.c` writes down everything that a program does to the files of a folder; `Disk` reads that and knows for each page
of 4 KiB what is safe and what only the kernel's memory has. The rules are those of POSIX, and harsher than most file
systems:

- A file has the content of its last sync; of each page written since, the disk has the old content, the new one, or,
  torn, some sectors of 512 bytes of each. So it is with the file's length.
- A file that was made, renamed or removed is so on the disk only after a sync of its folder; what was done to a folder
  since then is there up to some point.
- After a sync that failed the pages count as clean: no later sync writes them unless they are written again.
"""

from __future__ import annotations

import mmap
import os
import random
import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE, SECTOR = 4096, 512
MAGIC = 0x50425631
IGNORED = "*-reserve"  # 64 MiB of nothing, that a power cut may take
HEAD = struct.Struct("<IHHHHIQQQ")
SOURCE = Path(__file__).with_name("shim.c")


def compiled(folder: Path) -> Path:
    """The shim as a library, made by gcc."""
    library = folder / "shim.so"
    if not library.exists():
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-w", "-o", library, SOURCE], check=True)
    return library


@dataclass(slots=True)
class File:
    """`live` is what programs read, `safe` what the disk has; the pages of `loose` differ, or may."""

    safe: bytearray = field(default_factory=bytearray)
    live: bytearray = field(default_factory=bytearray)
    loose: set[int] = field(default_factory=set)
    forgotten: set[int] = field(default_factory=set)
    under_way: dict[int, tuple[dict[int, bytes], int]] = field(default_factory=dict)

    def write(self, offset: int, data: bytes) -> None:
        """A program has written."""
        if offset > len(self.live):
            self.live.extend(bytes(offset - len(self.live)))
        self.live[offset : offset + len(data)] = data
        self._touched(offset, offset + len(data))

    def resize(self, size: int) -> None:
        """A program has set the length."""
        before = len(self.live)
        if size < before:
            del self.live[size:]
        else:
            self.live.extend(bytes(size - before))
        self._touched(min(before, size), max(before, size))

    def begin_sync(self, thread: int) -> None:
        """What was written until now is on its way to the disk."""
        self.under_way[thread] = {page: self._live_page(page) for page in self.loose}, len(self.live)
        self.loose = set()

    def end_sync(self, thread: int) -> None:
        """It has arrived."""
        pages, size = self.under_way.pop(thread, ({}, 0))
        for page, content in pages.items():
            _put(self.safe, page, content)
        if pages or size > len(self.safe):
            _set_size(self.safe, size)

    def fail_sync(self, thread: int) -> None:
        """It may have arrived or not, and nobody will try again."""
        pages, _ = self.under_way.pop(thread, ({}, 0))
        self.forgotten |= pages.keys() - self.loose

    def after_a_cut(self, chance: random.Random, kept: float) -> bytes:
        """What the disk has; a page that was not synced is there with the probability `kept`."""
        content = bytearray(self.safe)
        loose = self.loose | self.forgotten | {page for pages, _ in self.under_way.values() for page in pages}
        size = len(self.live) if loose and chance.random() < kept else len(content)
        for page in loose:
            if page * PAGE < size and chance.random() < kept:
                _put(content, page, self._perhaps_torn(page, chance))
        _set_size(content, size)
        return bytes(content)

    def _perhaps_torn(self, page: int, chance: random.Random) -> bytes:
        new, old = self._live_page(page), bytes(self.safe[page * PAGE : (page + 1) * PAGE])
        if chance.random() < 0.8:
            return new
        old = old.ljust(len(new), b"\0")
        sectors = [chance.choice((new, old))[at : at + SECTOR] for at in range(0, len(new), SECTOR)]
        return b"".join(sectors)

    def _live_page(self, page: int) -> bytes:
        return bytes(self.live[page * PAGE : (page + 1) * PAGE])

    def _touched(self, start: int, end: int) -> None:
        pages = range(start // PAGE, -(-end // PAGE) if end > start else start // PAGE + 1)
        self.loose.update(pages)
        self.forgotten.difference_update(pages)


def _put(content: bytearray, page: int, data: bytes) -> None:
    if len(content) < page * PAGE:
        content.extend(bytes(page * PAGE - len(content)))
    content[page * PAGE : page * PAGE + len(data)] = data


def _set_size(content: bytearray, size: int) -> None:
    if len(content) > size:
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


@dataclass(slots=True)
class Change:
    """What was done in a folder: `name` stands for this file now (None: a folder), or for nothing; `before` no more."""

    where: Path
    name: Path
    file: File | None = None
    before: Path | None = None
    gone: bool = False
    safe: bool = False


class Control:
    """The numbers that the test shares with the shim: how many writes and syncs there were, and which of them fail."""

    NAMES = (
        "writes",
        "syncs",
        "write_from",
        "write_to",
        "write_error",
        "sync_from",
        "sync_to",
        "sync_error",
        "sync_delay",
        "failed",
        "skip_sync",
    )

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 128)

    def __getitem__(self, name: str) -> int:
        value: int = struct.unpack_from("<Q", self._shared, 8 * self.NAMES.index(name))[0]
        return value

    def __setitem__(self, name: str, value: int) -> None:
        struct.pack_into("<Q", self._shared, 8 * self.NAMES.index(name), value)

    def fail(self, kind: str, number: int, error: int, times: int = 1) -> None:
        """Let the write or sync that comes as this one from now on fail, and some more; error 0 cuts writes short."""
        first = self[f"{kind}s"] + number
        self[f"{kind}_error"], self[f"{kind}_to"], self[f"{kind}_from"] = error, first + times - 1, first

    def mend(self) -> None:
        """Let nothing fail any more."""
        self["write_from"] = self["sync_from"] = 0


@dataclass(slots=True)
class Disk:
    """The folder that a program uses and, in `aside`, all that is known of it.

    `begin` before the program starts, `cut` after it was killed: then the folder is as the disk would have it.
    """

    folder: Path
    aside: Path
    chance: random.Random
    names: dict[Path, File] = field(default_factory=dict)
    at_first: dict[Path, File] = field(default_factory=dict)
    numbers: dict[int, File | Path] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    under_way: dict[int, int] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """What the shim needs to know, beside LD_PRELOAD."""
        names = {"SHIM_FOLDER": self.folder, "SHIM_LOG": self.aside / "log", "SHIM_CONTROL": self.aside / "control"}
        return {name: str(path) for name, path in names.items()}

    def begin(self) -> Control:
        """The folder as it is now is safe. What is done to it from now on is written down."""
        self.aside.mkdir(exist_ok=True)
        shutil.rmtree(self.aside / "before", ignore_errors=True)
        without = shutil.ignore_patterns(IGNORED)
        shutil.copytree(self.folder, self.aside / "before", symlinks=True, ignore=without)
        for path, size in ((self.aside / "log", 0), (self.aside / "control", 128)):
            path.write_bytes(bytes(size))
            path.chmod(0o666)
        for one in (self.names, self.at_first, self.numbers, self.changes, self.under_way):
            one.clear()
        return Control(self.aside / "control")

    def cut(self, kept: float | None = None) -> None:
        """Make the folder what the disk has after a power cut at this moment. Nothing may use it.

        `kept` is the probability with which what was not synced is there all the same; by chance, if not given.
        """
        kept = self.chance.choice((0.0, 1.0, 0.5, self.chance.random())) if kept is None else kept
        for record in _without_ignored(_records(self.aside / "log")):
            self._follow(record)
        held = self._held(kept)
        owner = self.folder.stat()
        for path in self.folder.iterdir():
            _remove(path)
        shutil.copytree(self.aside / "before", self.folder, symlinks=True, dirs_exist_ok=True)
        for path in {*self.at_first, *(change.name for change in self.changes)} - held.keys():
            _remove(path)
        for path, file in sorted(held.items()):
            if file is None:
                path.mkdir(exist_ok=True)
            elif path.parent.is_dir():
                path.write_bytes(file.after_a_cut(self.chance, kept))
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)

    def _held(self, kept: float) -> dict[Path, File | None]:
        """What was touched, by the names that the disk has for it; None for a new folder.

        What was done in a folder and not synced is there up to a point.
        """
        unsafe = Counter(change.where for change in self.changes if not change.safe)
        left = {
            where: many if kept == 1 else self.chance.randint(0, many) if kept else 0 for where, many in unsafe.items()
        }
        held: dict[Path, File | None] = dict(self.at_first)
        for change in self.changes:
            if not change.safe:
                left[change.where] -= 1
                if left[change.where] < 0:
                    continue
            if change.before is not None:
                held.pop(change.before, None)
            if change.gone:
                held.pop(change.name, None)
            else:
                held[change.name] = change.file
        return held

    def _follow(self, record: Record) -> None:
        match record.op:
            case "A" | "O":
                self._opened(record.number, record.path, made=record.op == "O")
            case "W":
                self._of(record).write(record.offset, record.data)
            case "T":
                self._of(record).resize(record.offset)
            case "B":
                self._of(record).begin_sync(record.thread)
            case "S":
                self._of(record).end_sync(record.thread)
            case "E":
                self._of(record).fail_sync(record.thread)
            case _:
                self._follow_in_folder(record)

    def _follow_in_folder(self, record: Record) -> None:
        path = record.path
        match record.op:
            case "b":
                self.under_way[record.thread] = len(self.changes)
            case "s":
                for change in self.changes[: self.under_way.pop(record.thread)]:
                    change.safe = change.safe or change.where == path
            case "e":
                self.under_way.pop(record.thread)
            case "M":
                self.changes.append(Change(path.parent, path))
            case "U":
                self._named(path)
                self.names.pop(path, None)
                self.changes.append(Change(path.parent, path, gone=True))
            case "R" | "L":
                self._renamed(path, record.other, keep=record.op == "L")

    def _renamed(self, path: Path, name: Path, *, keep: bool) -> None:
        file = self._named(path) or File()  # stdio made it: what is in it we have not seen
        self.numbers |= dict.fromkeys([number for number, known in self.numbers.items() if known == path], file)
        self.names[name] = file
        if not keep:
            self.names.pop(path, None)
        self.changes.append(Change(name.parent, name, file, None if keep else path))

    def _opened(self, number: int, path: Path, *, made: bool) -> None:
        if made or (path not in self.names and self._before(path) is None):  # stdio makes files that we do not see
            file = self.names[path] = self.numbers[number] = File()
            self.changes.append(Change(path.parent, path, file))
        else:
            self.numbers[number] = self.names.get(path, path)

    def _of(self, record: Record) -> File:
        known = self.numbers[record.number]
        if isinstance(known, Path):
            known = self.numbers[record.number] = self._named(known) or File()
        return known

    def _named(self, path: Path) -> File | None:
        """The file of this name, read from where it was kept when it is first touched; None if there is none."""
        before = self._before(path)
        if path not in self.names and before is not None:
            content = before.read_bytes()
            self.names[path] = self.at_first[path] = File(bytearray(content), bytearray(content))
        return self.names.get(path)

    def _before(self, path: Path) -> Path | None:
        """Where the file of this name was kept, unless it was touched already."""
        if path in self.at_first or any(change.name == path for change in self.changes):
            return None
        kept = self.aside / "before" / path.relative_to(self.folder)
        return kept if kept.is_file() else None


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the shim's log: O made, A opened, W written, T length set, B S E a sync begun, done, failed (small
    letters: of a folder), R renamed, L linked, U removed, M folder made."""

    op: str
    number: int
    offset: int
    thread: int
    path: Path
    other: Path
    data: bytes


def _records(log: Path) -> Iterator[Record]:
    """The log, up to what was being written when its writer was killed."""
    content, at = log.read_bytes(), 0
    while at + HEAD.size <= len(content):
        magic, op, path, other, _, data, number, offset, thread = HEAD.unpack_from(content, at)
        assert magic == MAGIC, "the shim's log cannot be read"
        at += HEAD.size
        end = at + path + other + data
        if end > len(content):
            return
        one, two = content[at : at + path], content[at + path : at + path + other]
        paths = Path(os.fsdecode(one)), Path(os.fsdecode(two))
        yield Record(chr(op), number, offset, thread, *paths, content[at + path + other : end])
        at = end


def _without_ignored(records: Iterator[Record]) -> Iterator[Record]:
    ignored: set[int] = set()
    for record in records:
        strange = record.path.match(IGNORED)
        if record.op in "AO":
            (ignored.add if strange else ignored.discard)(record.number)
        if not strange and not (record.number and record.number in ignored):
            yield record


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
