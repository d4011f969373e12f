"""Rules side by side as text for a terminal."""

from __future__ import annotations

from fractions import Fraction

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from pbvote.commands.fairness_words import decimal, percent
from pbvote.tally.money import money_text
from pbvote.tally.pabulib.file import one_line
from pbvote.tally.side_by_side import Comparison, Entry

LEGEND = (
    "Reached: voters who voted for a project that is funded. Mean: how many such projects a voter has. Gini: how"
    " unevenly the money behind voters' projects is spread, 0 for evenly. Fair share: what voters got of theirs, on"
    " average. Left short: projects whose supporters could have paid for them with their part of the budget."
)
FUNDED, NOT_FUNDED = "●", "·"


def print_comparison(comparison: Comparison, title: str) -> None:
    """Write the comparison to standard output, as wide as the terminal."""
    console = Console(highlight=False)
    console.print(Text(one_line(title), style="bold underline"))
    console.print(Text(summary(comparison)))
    parts: list[tuple[str, RenderableType]] = [
        ("The rules", Group(_rules(comparison), "", Text(LEGEND, style="dim"))),
        ("Who funds what (the numbers are those of the rules)", _projects(comparison)),
        ("Projects that two rules both fund, and the part of the budget that goes to them", _agreements(comparison)),
    ]
    for heading, part in parts if comparison.entries else []:
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(part)
    for skipped in comparison.skipped:
        console.print(Text(one_line(f"Not counted by {skipped.label}: {skipped.why}"), style="yellow"))


def summary(comparison: Comparison) -> str:
    """What the rules agree on, in two sentences."""
    election = comparison.election
    budget = money_text(Fraction(election.budget), one_line(election.currency), election.minor_units)
    return (
        f"{len(election.projects)} projects, {election.voters:,} voters, {budget}."
        f" All rules fund {len(comparison.by_all)} of the projects, none funds {len(comparison.by_none)};"
        f" for {len(comparison.by_some)} it depends on the rule."
    )


def _rules(comparison: Comparison) -> Table:
    columns = ["#", "Rule", "Funded", "Cost", "Reached", "Mean", "Gini", "Fair\nshare", "Left\nshort"]
    table = _table(columns, left=1)
    for number, entry in enumerate(comparison.entries, start=1):
        outcome, report = entry.outcome, entry.report
        table.add_row(
            str(number),
            entry.label,
            str(len(outcome.funded)),
            money_text(Fraction(outcome.cost), "", outcome.minor_units),
            percent(report.share_with_funded),
            decimal(report.projects.mean, 1),
            decimal(report.money.gini),
            percent(report.fair_share.ratio),
            str(len(report.blocking)),
        )
    return table


def _projects(comparison: Comparison) -> Table:
    table = _table(["Project", "Cost", *_numbers(comparison)], left=0)
    for part in (comparison.by_all, comparison.by_some, comparison.by_none):
        for project in comparison.election.projects:
            if project.id not in part:
                continue
            funders = comparison.funders(project.id)
            marks = (FUNDED if entry.label in funders else NOT_FUNDED for entry in comparison.entries)
            name = Text.assemble((one_line(project.id), "bold"), f" {one_line(project.name)}")
            table.add_row(name, money_text(Fraction(project.cost), "", comparison.election.minor_units), *marks)
        if part:
            table.add_section()
    return table


def _agreements(comparison: Comparison) -> Table:
    table = _table(["", *_numbers(comparison)], left=0)
    budget = comparison.election.budget or 1

    def cell(one: Entry, other: Entry) -> str:
        pair = comparison.agreement(one, other)
        return f"{pair.projects}\n{percent(Fraction(pair.money, budget))}"

    for number, entry in enumerate(comparison.entries, start=1):
        table.add_row(f"{number} {entry.label}", *(cell(entry, other) for other in comparison.entries))
    return table


def _numbers(comparison: Comparison) -> list[str]:
    return [str(number) for number in range(1, len(comparison.entries) + 1)]


def _table(columns: list[str], *, left: int) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == left else "right", no_wrap=place != left, overflow="fold")
    return table
