"""`pbvote witness-key`: make the key of a witness."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from pbvote.ballotbox.documents import MalformedError
from pbvote.witness.keys import new_key, write_key


@click.command("witness-key")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(name: str, file: Path) -> None:
    """Make the key of a witness called NAME, in a new FILE that nobody else should get to see."""
    try:
        key = new_key(name)
        write_key(key, file)
    except MalformedError as error:
        raise click.UsageError(f"{error}.") from None
    except FileExistsError:
        raise click.UsageError(f"{file} is there already, and keys are never replaced.") from None
    click.echo(f"Your key is in {file}. Keep it to yourself.")
    click.echo(f"Give its public half to an organiser or a scrutineer of the forum:\n  {key.verify_key.text}")
