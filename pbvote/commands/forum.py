"""`pbvote forum`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database
from pbvote.forums.bands import Band, change_bands
from pbvote.forums.boundaries import MOST_BYTES
from pbvote.forums.editing import ForumChange, ForumKind, NewForum, add_forum, change_boundary, change_forum
from pbvote.forums.service import forum_of

KINDS = click.Choice([kind.value for kind in ForumKind])
POSTCODE = "TS1, 'TS1 2' or 'TS1 2AB', with its ward as in 'TS1 2 = Harbour'; once for each."
WARD = "The name of a ward that the forum covers; once for each."
POPULATION = "How many people live there."
LISTS = {"postcodes", "wards"}
MOST_DIGITS = 20


@click.group("forum")
def command() -> None:
    """Forums."""


@command.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="The forum's name, as residents know it.")
@click.option("--kind", type=KINDS, default="community", show_default=True)
@click.option("--description", default="", help="A sentence or two about the forum.")
@click.option("--population", type=click.IntRange(1, 10**9), help=POPULATION)
@click.option("--postcode", "postcodes", multiple=True, help=POSTCODE)
@click.option("--ward", "wards", multiple=True, help=WARD)
@click.option("--email", "contact_email", default="", help="Where residents can write to.")
@click.option("--phone", "contact_phone", default="", help="Where residents can call.")
@click.option("--timezone", default="Europe/London", show_default=True)
@click.option("--language", default="en", show_default=True, help="ISO 639-1 code.")
def add(slug: str, name: str, **values: Any) -> None:  # noqa: ANN401  # one for each option, as NewForum has them
    """Add a forum under the address SLUG, such as harbourside."""

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await add_forum(db, NewForum(slug=slug, name=name, **values))

    with_database(settings_now(), verb)
    click.echo(f"{name} is there. Let somebody run it with: pbvote role grant EMAIL {slug} organiser")


@command.command("change")
@click.argument("slug")
@click.option("--name", help="The forum's name, as residents know it.")
@click.option("--kind", type=KINDS)
@click.option("--description", help="A sentence or two about the forum.")
@click.option("--population", type=click.IntRange(1, 10**9), help=POPULATION)
@click.option("--postcode", "postcodes", multiple=True, help=f"{POSTCODE} In place of all that there are.")
@click.option("--ward", "wards", multiple=True, help=f"{WARD} In place of all that there are.")
@click.option("--email", "contact_email", help="Where residents can write to.")
@click.option("--phone", "contact_phone", help="Where residents can call.")
@click.option("--timezone", help="The clocks that its dates are on.")
@click.option("--language", help="ISO 639-1 code.")
def change(slug: str, **values: Any) -> None:  # noqa: ANN401  # one for each option, as ForumChange has them
    """Change what is named of the forum SLUG, and leave the rest."""
    given = {name: list(value) if name in LISTS else value for name, value in values.items() if value}

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            forum = await forum_of(db, slug)
            now: dict[str, Any] = {
                name: getattr(forum, name) for name in ForumChange.__struct_fields__ if name != "postcodes"
            }
            now["postcodes"] = [f"{area.prefix}={area.ward}" for area in forum.areas]
            await change_forum(db, forum, msgspec.convert(now | given, ForumChange), None)

    with_database(settings_now(), verb)
    click.echo(f"Changed: {', '.join(sorted(given)) or 'nothing'}.")


@command.command("boundary")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--remove", is_flag=True, help="Take the boundary off the map.")
def boundary(slug: str, file: Path | None, *, remove: bool) -> None:
    """Put the boundary in the GeoJSON FILE on the map of the forum SLUG."""
    if (file is None) is not remove:
        raise click.UsageError("Name a GeoJSON file, or --remove.")
    content = None if file is None else file.open("rb").read(MOST_BYTES + 1)

    async def verb(db: AsyncSession) -> None:
        forum = await forum_of(db, slug)
        await change_boundary(db, forum, content, forum.version, None)

    _write(verb)
    click.echo("The boundary is gone." if remove else "The boundary is on the map.")


@command.command("bands")
@click.argument("bands", nargs=-1)
@click.option("--funder", required=True, help="Whose money it is.")
def bands(bands: tuple[str, ...], funder: str) -> None:
    """Say what forums get by their population: PEOPLE:POUNDS for each band, such as 0:12500 10000:15000 20000:20000.

    A new round begins with what its forum's band says, where its template names no money. Without any band there is no
    such rule.
    """
    new = [Band(*_figures(band), funder) for band in bands]

    async def verb(db: AsyncSession) -> None:
        await change_bands(db, new, None)

    _write(verb)
    click.echo(f"There are {len(new)} bands." if new else "There are no bands.")


def _figures(band: str) -> tuple[int, int]:
    """People and pence of `10000:15000`."""
    least, _, pounds = band.partition(":")
    if not (least.isascii() and least.isdigit() and pounds.isascii() and pounds.isdigit()) or len(band) > MOST_DIGITS:
        raise click.UsageError(f"{band[:40]!r} is no band; expected people and pounds such as 10000:15000.")
    return int(least), int(pounds) * 100


def _write(verb: Callable[[AsyncSession], Awaitable[None]]) -> None:
    async def within(database: Database) -> None:
        async with database.session(write=True) as db:
            await verb(db)

    with_database(settings_now(), within)
