"""`pbvote import`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pbvote.commands.imported_text import clean
from pbvote.commands.importing import Import, import_election
from pbvote.commands.rule_options import chosen, rule_parameters, tie_order
from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database
from pbvote.forums.service import forum_of
from pbvote.keys import read_keys
from pbvote.rounds.changes import TITLE
from pbvote.rounds.rules import ROUND_RULES
from pbvote.tally import PabulibError, ParameterError, read_pabulib
from pbvote.tally.outcome import Value
from pbvote.tally.pabulib import PabulibFile


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--forum", required=True, metavar="SLUG", help="The forum that the round belongs to.")
@click.option("--title", help="The round's title; by default what the file says of itself.")
@click.option("--rule", type=click.Choice(list(ROUND_RULES)), help="How to count; by default what the file says.")
@rule_parameters
def command(file: Path, forum: str, title: str | None, rule: str | None, ties: str, **given: Value | None) -> None:
    """Make a round of FILE, an election in the Pabulib format: its projects, a roll, and every ballot cast.

    The round is open for voting afterwards, so that officers can close, count and publish it. Exit code 2 with one line
    on standard error: the file or an option is wrong, and nothing was imported.
    """
    settings = settings_now()
    keys = read_keys(settings.keys_dir)
    try:
        read = read_pabulib(file, keep_voters=True)
        parameters = chosen(given, read.election.minor_units)
        order = tie_order(ties)
    except (PabulibError, ParameterError) as error:
        click.echo(f"pbvote: {error}", err=True)
        sys.exit(2)
    from_file = rule_of(read)
    used = (rule, parameters) if rule else (from_file[0], {**from_file[1], **parameters})

    async def verb(database: Database) -> str:
        with _progress(len(read.voters or ())) as bar:
            task = bar.add_task("Ballots", total=len(read.voters or ()))
            async with database.session(write=True) as db:
                plan = Import(
                    forum=await forum_of(db, forum),
                    title=title or _title(read, file),
                    rule=used[0],
                    parameters=used[1],
                    ties=str(order).split(","),
                )
                round_ = await import_election(db, keys, read, plan, lambda more: bar.update(task, advance=more))
                return round_.slug

    slug = with_database(settings, verb)
    click.echo(f"{slug}: {len(read.election.projects)} projects, {read.election.voters} ballots in the box.")
    click.echo(f"Officers close, count and publish it at {settings.base_url}/en/o/r/{slug}/count")


def rule_of(file: PabulibFile) -> tuple[str, Mapping[str, Value]]:
    """The rule that the file says it was counted by, as far as we have it (pabulib.org/format, `rule`)."""
    name = file.meta.get("rule", "")
    if name.startswith("equalshares"):
        completion = "add1" if "add1" in name else "none"
        return "equal-shares", {"utility": "cost", "completion": completion}
    points = file.election.vote_type.has_points
    parameters: dict[str, Value] = {"utility": "points" if points else "votes"}
    return "greedy", parameters | ({"skip": False} if name == "greedy-no-skip" else {})


def _title(file: PabulibFile, path: Path) -> str:
    parts = (file.meta.get("unit", ""), file.meta.get("district", ""), file.meta.get("instance", ""))
    return clean(" ".join(parts), TITLE.most) or clean(path.stem, TITLE.most) or "Imported round"


def _progress(ballots: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal or ballots < 1)
