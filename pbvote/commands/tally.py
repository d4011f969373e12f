"""`pbvote tally`: count a Pabulib file and say why."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from pbvote.commands.rule_options import chosen, rule_parameters, tie_order
from pbvote.commands.tally_text import print_outcome
from pbvote.tally import (
    RULES,
    Outcome,
    PabulibError,
    ParameterError,
    outcome_to_json,
    read_pabulib,
    reason_text,
    tally,
)
from pbvote.tally.money import amount
from pbvote.tally.outcome import Value

LARGE_FILE = 1_000_000  # bytes from which reading takes long enough for a progress bar


@click.command("tally")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(list(RULES)), required=True, help="How ballots become an outcome.")
@rule_parameters
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
def command(file: Path, rule: str, ties: str, form: str, **given: Value | None) -> None:
    """Count FILE, an election in the Pabulib format, by a rule; say what is funded and why.

    Exit code 2 with one line on standard error: the file cannot be read or a parameter does not fit it.
    """
    try:
        with _progress(file) as progress:
            election = read_pabulib(file, progress=progress).election
        outcome = tally(election, rule, chosen(given, election.minor_units), ties=tie_order(ties))
    except (PabulibError, ParameterError) as error:
        click.echo(f"pbvote: {error}", err=True)
        sys.exit(2)
    {"text": print_outcome, "json": _write_json, "csv": _write_csv}[form](outcome)


def _write_json(outcome: Outcome) -> None:
    click.echo(json.dumps(outcome_to_json(outcome), ensure_ascii=False, indent=1))


def _write_csv(outcome: Outcome) -> None:
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["project_id", "name", "cost", "votes", "score", "funded", "step", "phase", "reason"])
    phases = {step.project: step.phase for step in outcome.steps}
    for project in outcome.projects:
        rows.writerow(
            [
                project.id,
                project.name,
                amount(project.cost, outcome.minor_units),
                project.votes,
                project.score,
                int(project.funded),
                project.step or "",
                phases.get(project.id, ""),
                " ".join(reason_text(reason, outcome) for reason in project.reasons),
            ]
        )
    click.echo(text.getvalue(), nl=False)


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
