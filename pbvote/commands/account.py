"""`pbvote account`."""

from __future__ import annotations

import rich_click as click

from pbvote.accounts.service import add_account
from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database


@click.group("account")
def command() -> None:
    """Accounts of officers and organisers. Residents need none."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues and the audit trail show.")
@click.password_option(help="At least 12 characters. Asked for when it is not given.")
def add(email: str, name: str, password: str) -> None:
    """Add an account for EMAIL."""

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await add_account(db, email=email, name=name, password=password, administrator=False)

    with_database(settings_now(), verb)
    click.echo(f"{email} can sign in now. Give a role with: pbvote role grant {email} FORUM ROLE")
