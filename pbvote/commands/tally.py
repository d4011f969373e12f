"""`pbvote tally`: count a Pabulib file and say why."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path

import rich_click as click

from pbvote.commands.html_page import Source
from pbvote.commands.reading import read_file, title_of
from pbvote.commands.rule_options import chosen, rule_parameters, tie_order
from pbvote.commands.tally_html import outcome_page
from pbvote.commands.tally_text import print_outcome
from pbvote.tally import (
    RULES,
    Outcome,
    PabulibError,
    ParameterError,
    outcome_to_json,
    reason_text,
    tally,
)
from pbvote.tally.fairness_report import report_of
from pbvote.tally.money import amount
from pbvote.tally.outcome import Value


@click.command("tally")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(list(RULES)), required=True, help="How ballots become an outcome.")
@rule_parameters
@click.option("--fairness", is_flag=True, help="JSON: add all fairness figures.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True)
def command(file: Path, rule: str, ties: str, form: str, *, fairness: bool, **given: Value | None) -> None:
    """Count FILE, an election in the Pabulib format, by a rule; say what is funded and why.

    Exit code 2 with one line on standard error: the file cannot be read or a parameter does not fit it.
    """
    try:
        read = read_file(file)
        election = read.election
        outcome = tally(election, rule, chosen(given, election.minor_units), ties=tie_order(ties))
    except (PabulibError, ParameterError) as error:
        click.echo(f"pbvote: {error}", err=True)
        sys.exit(2)
    asked = form in {"text", "html"} or (form == "json" and fairness)
    report = report_of(election, outcome) if asked and outcome.decides_money else None
    match form:
        case "json":
            click.echo(json.dumps(outcome_to_json(outcome, report), ensure_ascii=False, indent=1))
        case "csv":
            _write_csv(outcome)
        case "html":
            click.echo(outcome_page(outcome, report, title_of(read, file), Source.of(file)), nl=False)
        case _:
            print_outcome(outcome, report, title_of(read, file))


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
