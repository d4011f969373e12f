"""An outcome as text for a terminal: what is funded, what is not, and why."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pbvote.tally import RULES, Outcome, ProjectOutcome, Reason, Step, reason_text
from pbvote.tally.money import money_text
from pbvote.tally.pabulib.file import one_line

LABELS = {"prefunded": "prefunded", "free": "free", "completion": "completion"}  # of phases; others need none


def print_outcome(outcome: Outcome) -> None:
    """Write the outcome to standard output, as wide as the terminal."""
    console = Console(highlight=False)
    console.print(Text(outcome.rule, style="bold"), Text(RULES[outcome.rule].about))
    console.print(Text(_parameters(outcome), style="dim"))
    projects = {project.id: project for project in outcome.projects}
    if outcome.steps:
        console.print(_funded(outcome, projects))
    for line in _summary(outcome):
        console.print(line)
    lost = [project for project in outcome.projects if not project.funded]
    if lost:
        console.print(_not_funded(outcome, lost))


def _parameters(outcome: Outcome) -> str:
    shown = {
        name: str(value).lower() if isinstance(value, bool) else value for name, value in outcome.parameters.items()
    }
    if "step" in shown:
        shown["step"] = _money(outcome, Fraction(int(outcome.parameters["step"])))
    return " · ".join(f"{name} {value}" for name, value in shown.items())


def _funded(outcome: Outcome, projects: dict[str, ProjectOutcome]) -> Table:
    table = _table("Funded", "bold green", outcome)
    shares = outcome.final_share is not None
    columns = ["#", "Project", "Votes", "Cost", *(["Effective votes", "Most paid"] if shares else []), "Left", ""]
    for name in columns:
        table.add_column(name, justify="left" if name in {"Project", ""} else "right", vertical="top")
    for step in outcome.steps:
        table.add_row(
            str(step.number),
            _name(projects[step.project]),
            f"{step.votes:,}",
            _number(outcome, Fraction(step.cost)),
            *(_payment(step, outcome) if shares else []),
            _number(outcome, Fraction(step.left)),
            LABELS.get(step.phase, ""),
        )
    return table


def _payment(step: Step, outcome: Outcome) -> tuple[str, str]:
    if step.payment is None:
        return "", ""
    return f"{float(step.payment.effective_votes):,.1f}", _number(outcome, step.payment.max_payment)


def _not_funded(outcome: Outcome, projects: Iterable[ProjectOutcome]) -> Table:
    table = _table("Not funded", "bold red", outcome)
    for name in ("Project", "Votes", "Cost", "Why"):
        table.add_column(name, justify="right" if name in {"Votes", "Cost"} else "left", vertical="top")
    for project in sorted(projects, key=lambda project: -project.votes):
        why = " ".join(_why(reason, outcome) for reason in project.reasons)
        table.add_row(_name(project), f"{project.votes:,}", _number(outcome, Fraction(project.cost)), Text(why))
    return table


def _summary(outcome: Outcome) -> Iterable[Text]:
    cost, budget, unspent = (
        _money(outcome, Fraction(sum_)) for sum_ in (outcome.cost, outcome.budget, outcome.unspent)
    )
    yield Text(f"{len(outcome.funded)} of {len(outcome.projects)} projects are funded.", style="bold")
    yield Text(f"They cost {cost} of {budget}; {unspent} is left.")
    reached = outcome.fairness.voters_with_funded
    percent = 100 * reached // (outcome.voters or 1)
    yield Text(f"{reached:,} of {outcome.voters:,} voters ({percent} %) voted for a project that is funded.")
    if outcome.start_share is not None and outcome.final_share is not None:
        start, final = _money(outcome, outcome.start_share), _money(outcome, outcome.final_share)
        times = f", raised {outcome.raises:,} times to {final}" if outcome.raises else ""
        yield Text(f"Each voter's share was {start}{times}.")
    yield Text(_why(outcome.stop, outcome))
    for tie in outcome.ties:
        others = ", ".join(project for project in tie.tied if project != tie.winner)
        yield Text(one_line(f"Step {tie.step}: {tie.winner} tied with {others}; {tie.broken_by} decided."))


def _name(project: ProjectOutcome) -> Text:
    return Text.assemble((one_line(project.id), "bold"), f" {one_line(project.name)}")


def _why(reason: Reason, outcome: Outcome) -> str:
    return one_line(reason_text(reason, outcome))


def _money(outcome: Outcome, minor: Fraction) -> str:
    return money_text(minor, one_line(outcome.currency), outcome.minor_units)


def _number(outcome: Outcome, minor: Fraction) -> str:
    return money_text(minor, "", outcome.minor_units)


def _table(title: str, style: str, outcome: Outcome) -> Table:
    units = f" (amounts in {one_line(outcome.currency)})" if outcome.currency else ""
    return Table(title=title + units, title_style=style, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
