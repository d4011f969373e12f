"""`pbvote tally`: count a Pabulib file and say why."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path

import rich_click as click

from pbvote.commands.html_page import Source
from pbvote.commands.reading import read_file, tell_what_was_mended, title_of
from pbvote.commands.rule_options import chosen, conditions_option, read_conditions, rule_parameters, tie_order
from pbvote.commands.tally_html import outcome_page
from pbvote.commands.tally_text import print_outcome
from pbvote.tally import (
    RULES,
    ConditionError,
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
@conditions_option
@click.option("--lenient", is_flag=True, help="Mend what can be mended in the file without guessing.")
@click.option("--margins/--no-margins", default=True, show_default=True, help="Say of each project how close it came.")
@click.option("--fairness", is_flag=True, help="JSON: add all fairness figures.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True)
def command(  # noqa: PLR0913  one for each option
    file: Path,
    rule: str,
    ties: str,
    form: str,
    *,
    conditions_file: Path | None,
    lenient: bool,
    margins: bool,
    fairness: bool,
    **given: Value | None,
) -> None:
    """Count FILE, an election in the Pabulib format, by a rule; say what is funded and why.

    Exit code 2 with one line on standard error: a file cannot be read, or a parameter or a condition does not fit.
    """
    try:
        read = read_file(file, lenient=lenient)
        tell_what_was_mended(read, file)
        election = read.election
        conditions = read_conditions(conditions_file, election.minor_units)
        parameters = chosen(given, election.minor_units)
        outcome = tally(election, rule, parameters, ties=tie_order(ties), conditions=conditions, margins=margins)
    except (ConditionError, PabulibError, ParameterError) as error:
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
