"""`pbvote role`."""

from __future__ import annotations

import rich_click as click

from pbvote.accounts.roles import Role
from pbvote.accounts.service import grant_role
from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database


@click.group("role")
def command() -> None:
    """What people do for a forum."""


@command.command("grant")
@click.argument("email")
@click.argument("forum")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def grant(email: str, forum: str, role: str) -> None:
    """Give the account EMAIL a role in the forum with the slug FORUM."""

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await grant_role(db, email=email, forum_slug=forum, role=role)

    with_database(settings_now(), verb)
    click.echo(f"{email} is {role} of {forum}.")
