"""The report on a Pabulib file as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pbvote.tally import Election, PabulibFile
from pbvote.tally.money import money_text
from pbvote.tally.pabulib.again import CountedAgain
from pbvote.tally.pabulib.figures import figures_of
from pbvote.tally.pabulib.file import one_line
from pbvote.tally.pabulib.findings import Finding

SHOWN = 12  # projects of a list
NOT_AGAIN = {
    "": "The file does not say by which rule it was counted.",
    "unknown": "The file says that its rule is unknown, so it cannot be counted again.",
}


def print_report(
    file: Path, read: PabulibFile, problem: str, findings: tuple[Finding, ...], again: CountedAgain | None
) -> None:
    """Write the report to standard output, as wide as the terminal."""
    console = Console(highlight=False)
    console.print(_line(read.meta.get("description") or file.name, "bold"))
    console.print(_line(" · ".join(filter(None, (read.meta.get(key) for key in ("country", "unit", "instance"))))))
    console.print()
    console.print(_election(read.election))
    console.print()
    if problem:
        console.print(Text("✗ It cannot be read strictly:", style="bold red"), _line(problem))
        console.print("  What follows is of the file as it was mended.")
    else:
        console.print(Text("✓ It can be read strictly.", style="bold green"))
    if findings:
        console.print(_findings(findings))
    else:
        console.print(Text("✓ Everything is as the format has it.", style="bold green"))
        console.print()
    for line in _result(read, again):
        console.print(line)


def _election(election: Election) -> Table:
    figures = figures_of(election)
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column()
    blank = "1 blank ballot" if figures.blank_ballots == 1 else f"{figures.blank_ballots:,} blank ballots"
    rows = {
        "Ballots": f"{election.vote_type}, {figures.distinct_ballots:,} different ones",
        "Voters": f"{election.voters:,}, {blank} among them" if figures.blank_ballots else f"{election.voters:,}",
        "Projects": f"{len(election.projects):,}",
        "Budget": _money(election, election.budget),
        "Cost of all": _money(election, sum(election.costs)),
    }
    if figures.mean_length is not None:
        rows["On a ballot"] = (
            f"{figures.min_length} to {figures.max_length} projects, {figures.mean_length:.1f} on average"
        )
    for name, value in rows.items():
        table.add_row(name, _line(value))
    return table


def _findings(findings: Iterable[Finding]) -> Table:
    total = sum(finding.times for finding in findings)
    title = "One thing was found" if total == 1 else f"{total:,} things were found"
    table = Table(title=title, title_style="bold yellow", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Line", justify="right", vertical="top")
    table.add_column("Found", vertical="top")
    table.add_column("And so", vertical="top")
    for finding in findings:
        table.add_row(f"{finding.line:,}" if finding.line else "", _line(finding.found), _line(finding.done))
    return table


def _result(read: PabulibFile, again: CountedAgain | None) -> Iterable[Text]:
    name = read.meta.get("rule", "")
    if again is None:
        yield _line(NOT_AGAIN.get(name, f"The rule {name} is not described well enough to count the file again."))
        return
    how = ", ".join(f"{key} {str(value).lower()}" for key, value in again.parameters.items())
    yield _line(f"The file names {name}: counted again by {again.rule} ({how}).", "dim")
    if again.problem:
        yield _line(f"✗ It cannot be counted so: {again.problem}", "bold red")
    elif again.reproduced is None:
        yield _line(f"{_projects(len(again.funded))} would be funded. The file does not say which were selected.")
    elif again.reproduced:
        yield _line(f"✓ The published result comes out: {_projects(len(again.funded))}.", "bold green")
    else:
        yield _line("✗ The published result does not come out.", "bold red")
        yield from _differences(read, again)
    if again.explained:
        yield _line(f"  Not compared, for the comment explains them: {_list(again.explained)}")


def _differences(read: PabulibFile, again: CountedAgain) -> Iterable[Text]:
    if again.only_selected:
        yield _line(f"  Selected, and not funded here: {_list(again.only_selected)}")
    if again.only_funded:
        yield _line(f"  Funded here, and not selected: {_list(again.only_funded)}")
    if comment := read.meta.get("comment"):
        yield _line(f"  The file's comment: {comment}", "dim")


def _projects(number: int) -> str:
    return "1 project" if number == 1 else f"{number:,} projects"


def _list(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more


def _money(election: Election, minor: int) -> str:
    return money_text(Fraction(minor), election.currency, election.minor_units)


def _line(text: str, style: str = "") -> Text:
    return Text(one_line(text), style=style)
