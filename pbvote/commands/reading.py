"""Reading a Pabulib file from the command line, with a progress bar where it takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from pbvote.tally import PabulibFile, read_pabulib
from pbvote.tally.pabulib.file import one_line

LARGE_FILE = 1_000_000  # bytes from which reading takes long enough for a progress bar


def read_file(file: Path, *, lenient: bool = False) -> PabulibFile:
    """The file, and on a terminal how far it has been read. Raises PabulibError."""
    with _progress(file) as progress:
        return read_pabulib(file, progress=progress, lenient=lenient)


def tell_what_was_mended(read: PabulibFile, file: Path) -> None:
    """Say on standard error how much lenient reading mended, if anything."""
    times = sum(mended.times for mended in read.mended)
    if times:
        what = "1 thing was" if times == 1 else f"{times:,} things were"
        click.echo(f"pbvote: {what} mended in {one_line(file.name)}; pbvote check lists them.", err=True)


def title_of(read: PabulibFile, file: Path) -> str:
    """What the file says of itself, else its name."""
    return read.meta.get("description") or file.stem


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None] | None]:
    """Show on a terminal how far a large file has been read."""
    size = file.stat().st_size if file.is_file() else 0
    console = Console(stderr=True)
    if size < LARGE_FILE or not console.is_terminal:
        yield None
        return
    columns = TextColumn("Reading {task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(file.name, total=size)
        yield lambda done: bar.update(task, completed=done)
