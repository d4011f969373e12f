"""`pbvote verify`: check a published result offline, and count it a second time."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from pbvote.verify.asked import Asked
from pbvote.verify.program import FORMS, HELP, answer

FILE = click.Path(path_type=Path)


@click.command("verify")
@click.argument("bundle", type=FILE)
@click.option("--pin", "pins", metavar="KEY", multiple=True, help=HELP["pin"])
@click.option("--checkpoint", metavar="FILE", type=FILE, help=HELP["checkpoint"])
@click.option("--receipt", "receipts", metavar="FILE", type=FILE, multiple=True, help=HELP["receipt"])
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True, help=HELP["format"])
def command(
    bundle: Path, pins: tuple[str, ...], checkpoint: Path | None, receipts: tuple[Path, ...], form: str
) -> None:
    """Check the result in BUNDLE on this machine alone: every claim in it, and the count.

    Exit code 0: everything holds. 1: something is wrong. 2: something cannot be read.
    """
    found = answer(Asked(bundle, pins, checkpoint, receipts), form, sys.stdout.encoding)
    click.echo(found.out, nl=False)
    if found.error:
        click.echo(f"pbvote: {found.error}", err=True)
    sys.exit(found.code)
