"""`pbvote demo`."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.table import Table

from pbvote.db import connect, migrate
from pbvote.demo.build import build
from pbvote.demo.county import Figures, build_county
from pbvote.demo.plan import read_partnership
from pbvote.demo.story import PASSWORD
from pbvote.errors import SettingsError
from pbvote.keys import make_keys, read_keys
from pbvote.serving.sockets import listening
from pbvote.serving.worker import serve
from pbvote.settings import Settings, read_settings

SHOWN_CODES = 3
PARTNERSHIP, COUNTY = STORIES = ("partnership", "county")
OPEN_ROUND = "harbourside-budget-2026"
MARKER = ".pbvote-demo"  # says that what a demo is made of may be removed from this folder
READY = "ready"
CODES = "voting-codes.txt"
RESIDENT = "kim@tarnshire.example"
MAIL = "mail"  # e-mail becomes files in here: the people of a demo are made up


@click.command("demo")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option(
    "--story",
    type=click.Choice(STORIES),
    default=PARTNERSHIP,
    show_default=True,
    help="A partnership with rounds in every phase, or a county's 25 Decision Nights.",
)
@click.option("--no-serve", is_flag=True, help="Only make the demo's database.")
def command(folder: Path, port: int, story: str, *, no_serve: bool) -> None:
    """Serve a demo: forums, people and rounds that are made up.

    The first start makes it in FOLDER; later starts go on where the last one stopped. Remove FOLDER to begin anew.
    """
    settings = demo_settings(folder, port)
    if no_serve:
        _prepare(settings, folder, story)
        return
    with listening(settings) as sockets:
        _prepare(settings, folder, story)
        serve(settings, sockets)


def demo_settings(folder: Path, port: int) -> Settings:
    """The settings of a demo in a folder: SQLite, on this machine only."""
    return read_settings(
        {
            "PBVOTE_DATA_DIR": str(folder / "data"),
            "PBVOTE_KEYS_DIR": str(folder / "keys"),
            "PBVOTE_PORT": str(port),
            "PBVOTE_PARTNERSHIP": "Tarnshire Partnership",
            "PBVOTE_MAIL": f"file:{folder / MAIL}",
            "PBVOTE_MAIL_FROM": "votes@tarnshire.example",
        }
    )


def _prepare(settings: Settings, folder: Path, story: str) -> None:
    """Make the demo unless it is there, and say how to use it. Raises SettingsError where another story is told."""
    if all((folder / name).is_file() for name in (READY, CODES)):
        told = (folder / READY).read_text().strip() or PARTNERSHIP
        if told != story:
            raise SettingsError(f"{folder} tells the story {told!r}; expected another folder for {story!r}.")
    else:
        _clear(folder)
        asyncio.run(_make(settings, folder, story))
        (folder / READY).write_text(f"{story}\n")
    _tell(settings, (folder / CODES).read_text().split())


def _clear(folder: Path) -> None:
    """Make room in an empty folder, or in one where a demo was begun; no other is touched. Raises SettingsError."""
    begun = (folder / MARKER).is_file()
    if folder.exists() and not begun and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            f"{folder} is no demo's folder, and nothing in it was touched; expected an empty or new one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    for name in ("data", "keys", MAIL):
        if (folder / name).exists():
            shutil.rmtree(folder / name)
    for name in (READY, CODES):
        (folder / name).unlink(missing_ok=True)


async def _make(settings: Settings, folder: Path, story: str) -> None:
    make_keys(settings.keys_dir, settings.name)
    await migrate(settings.database_url)
    database, keys, today, codes = connect(settings.database_url), read_keys(settings.keys_dir), datetime.now(UTC), []
    try:
        if story == COUNTY:
            _tell_figures(await build_county(database, keys, today))
        else:
            codes = await build(database, keys, today)
    finally:
        await database.close()
    (folder / CODES).write_text("\n".join(codes) + "\n")


def _tell_figures(figures: Figures) -> None:
    table = Table("", "here", "Leicestershire 2013", box=None, pad_edge=False)
    table.add_row("forums", str(figures.forums), "25")
    table.add_row("their budgets", _pounds(figures.budget), "£320,000")
    table.add_row("proposals", str(figures.proposals), "271")
    table.add_row("people who voted", f"{figures.voters:,}", "1,370")
    table.add_row("proposals funded", f"{figures.funded} ({figures.part_funded} in part)", "175")
    table.add_row("given away", _pounds(figures.awarded), "")
    Console().print(table)


def _pounds(pence: int) -> str:
    return f"£{pence // 100:,}"


def _tell(settings: Settings, codes: list[str]) -> None:
    console = Console()
    console.print(f"\n[bold]pbvote demo[/bold]  {settings.base_url}\n")
    if codes:
        console.print(f"Vote with one of these codes at {settings.base_url}/en/r/{OPEN_ROUND}/vote", soft_wrap=True)
    for code in codes[:SHOWN_CODES]:
        console.print(f"  [bold]{code}[/bold]")
    table = Table(box=None, pad_edge=False)
    table.add_column("E-mail")
    table.add_column("Role in every forum")
    for person in read_partnership().people:
        table.add_row(person.email, person.role)
    console.print(f"\nOfficers sign in at {settings.base_url}/en/o/sign-in", soft_wrap=True)
    console.print(table)
    console.print(f"Their password is: [bold]{PASSWORD}[/bold]\n")
    if codes and settings.mail:
        console.print(f"E-mail is not sent but written into {settings.mail.folder}", soft_wrap=True)
        console.print(f"Ask for a link at {settings.base_url}/en/r/{OPEN_ROUND}/email as {RESIDENT}\n", soft_wrap=True)
    console.print("Stop with Ctrl+C.", style="dim")
