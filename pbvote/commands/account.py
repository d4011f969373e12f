"""`pbvote account`."""

from __future__ import annotations

import rich_click as click

from pbvote.accounts.second_step import remove_for
from pbvote.accounts.service import add_account
from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database


@click.group("account")
def command() -> None:
    """Accounts of officers and organisers. Residents need none."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues and the audit trail show.")
@click.option("--administrator", is_flag=True, help="Let them look after forums, people and the installation.")
@click.password_option(help="At least 12 characters. Asked for when it is not given.")
def add(email: str, name: str, password: str, *, administrator: bool) -> None:
    """Add an account for EMAIL."""

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await add_account(db, email=email, name=name, password=password, administrator=administrator)

    with_database(settings_now(), verb)
    click.echo(f"{email} can sign in now. Give a role with: pbvote role grant {email} FORUM ROLE")


@command.command("remove-second-step")
@click.argument("email")
def remove_second_step(email: str) -> None:
    """Let EMAIL sign in with the password alone: for somebody who has lost phone and recovery codes.

    Make sure that it is them who ask.
    """

    async def verb(database: Database) -> None:
        async with database.session(write=True) as db:
            await remove_for(db, email)

    with_database(settings_now(), verb)
    click.echo(f"{email} is asked for no code any more, until they set it up again.")
