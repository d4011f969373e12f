"""`pbvote explain`: what happened to one project of a Pabulib file, and why."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

import rich_click as click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pbvote.commands.reading import read_file, tell_what_was_mended
from pbvote.commands.rule_options import chosen, conditions_option, read_conditions, rule_parameters, tie_order
from pbvote.tally import RULES, ConditionError, ElectionError, Outcome, PabulibError, ParameterError, Step, reason_text
from pbvote.tally.explanation import Explanation, explain, explanation_to_json
from pbvote.tally.money import money_text
from pbvote.tally.outcome import Value
from pbvote.tally.pabulib.file import one_line


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("project")
@click.option("--rule", type=click.Choice(list(RULES)), default="equal-shares", show_default=True, help="How to count.")
@rule_parameters
@conditions_option
@click.option("--lenient", is_flag=True, help="Mend what can be mended in the file without guessing.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(  # noqa: PLR0913  one for each option
    file: Path,
    project: str,
    rule: str,
    ties: str,
    form: str,
    *,
    conditions_file: Path | None,
    lenient: bool,
    **given: Value | None,
) -> None:
    """Explain what happens to PROJECT, an id in FILE, when the election is counted, and how close it came.

    Exit code 2 with one line on standard error: a file cannot be read, there is no such project, or a parameter or a
    condition does not fit.
    """
    try:
        read = read_file(file, lenient=lenient)
        tell_what_was_mended(read, file)
        units = read.election.minor_units
        conditions = read_conditions(conditions_file, units)
        found = explain(read.election, project, rule, chosen(given, units), ties=tie_order(ties), conditions=conditions)
    except (ConditionError, ElectionError, PabulibError, ParameterError) as error:
        click.echo(f"pbvote: {one_line(str(error))}", err=True)
        sys.exit(2)
    if form == "json":
        click.echo(json.dumps(explanation_to_json(found), ensure_ascii=False, indent=1))
    else:
        _print(found)


def _print(found: Explanation) -> None:
    console, outcome, project = Console(highlight=False), found.outcome, found.project
    name = one_line(project.name)
    console.print(Text.assemble((name or project.id, "bold underline"), f"  {project.id}" if name else ""))
    won = "funded" if outcome.decides_money else "chosen"
    verdict = Text.assemble((won, "bold green") if project.funded else (f"not {won}", "bold red"))
    voters = f"{project.votes:,} of {outcome.voters:,} voters support it"
    console.print(Text.assemble(verdict, f" by {outcome.rule}. It costs {_money(outcome, project.cost)}; {voters}."))
    console.print()
    for reason in project.reasons:
        console.print(Padding(Text(one_line(reason_text(reason, outcome))), (0, 2)))
    if found.step is not None:
        _print_step(console, found.step, outcome)
    for tie in found.ties:
        tied = ", ".join(one_line(one) for one in tie.tied)
        console.print(Padding(Text(f"In step {tie.step} {tied} tied; {tie.broken_by} chose {tie.winner}."), (0, 2)))
    if found.spent:
        console.print()
        console.print(Text("What its supporters paid for", style="bold"))
        console.print(_spent(found))
    if found.elsewhere:
        console.print()
        console.print(Text("By other rules", style="bold"))
        for label, funded in found.elsewhere.items():
            mark = ("funded    ", "green") if funded else ("not funded", "red")
            console.print(Padding(Text.assemble(mark, f"  {label}"), (0, 2)))


def _print_step(console: Console, step: Step, outcome: Outcome) -> None:
    """What the step that funded it looked like."""
    console.print(
        Padding(Text(f"That was step {step.number}; {_money(outcome, step.left)} was left after it."), (0, 2))
    )
    payment = step.payment
    if payment is None:
        return
    votes = f"{float(payment.effective_votes):,.1f}"
    console.print(
        Padding(Text(f"Its price was as good as if {votes} people had paid alike (effective votes)."), (0, 2))
    )
    if payment.rivals:
        rivals = ", ".join(f"{one_line(one.project)} {float(one.effective_votes):,.1f}" for one in payment.rivals)
        console.print(Padding(Text(f"The next best had {rivals}."), (0, 2)))


def _spent(found: Explanation) -> Table:
    """The funded projects that its supporters paid for, the dearest to them first."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=True)
    table.add_column("project")
    table.add_column("name", overflow="fold")
    table.add_column("they paid", justify="right")
    for project, paid in sorted(found.spent.items(), key=lambda entry: (-entry[1], entry[0])):
        name = found.outcome.project(project).name
        table.add_row(Text(one_line(project)), Text(one_line(name)), _money(found.outcome, paid))
    return table


def _money(outcome: Outcome, minor: int) -> str:
    return money_text(Fraction(minor), one_line(outcome.currency), outcome.minor_units)
