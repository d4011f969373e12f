"""`pbvote forum`."""

from __future__ import annotations

import rich_click as click

from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database
from pbvote.forums.editing import ForumKind, NewForum, add_forum


@click.group("forum")
def command() -> None:
    """Forums."""


@command.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="The forum's name, as residents know it.")
@click.option("--kind", type=click.Choice([kind.value for kind in ForumKind]), default="community", show_default=True)
@click.option("--description", default="", help="A sentence or two about the forum.")
@click.option("--population", type=click.IntRange(1, 10**9), help="How many people live there.")
@click.option("--postcode", "postcodes", multiple=True, help="TS1, 'TS1 2' or 'TS1 2AB'; once for each.")
@click.option("--email", default="", help="Where residents can write to.")
@click.option("--phone", default="", help="Where residents can call.")
@click.option("--timezone", default="Europe/London", show_default=True)
@click.option("--language", default="en", show_default=True, help="ISO 639-1 code.")
def add(  # noqa: PLR0913  # one parameter for each option
    slug: str,
    *,
    name: str,
    kind: str,
    description: str,
    population: int | None,
    postcodes: tuple[str, ...],
    email: str,
    phone: str,
    timezone: str,
    language: str,
) -> None:
    """Add a forum under the address SLUG, such as harbourside."""
    new = NewForum(
        slug=slug,
        name=name,
        kind=kind,
        description=description,
        population=population,
        postcodes=postcodes,
        contact_email=email,
        contact_phone=phone,
        timezone=timezone,
        language=language,
    )

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await add_forum(db, new)

    with_database(settings_now(), verb)
    click.echo(f"{name} is there. Let somebody run it with: pbvote role grant EMAIL {slug} organiser")
