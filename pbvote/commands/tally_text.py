"""An outcome as text for a terminal: what is funded, what is not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pbvote.commands.condition_words import condition_lines, pays_for
from pbvote.commands.fairness_words import fairness_lines, percent, reached
from pbvote.tally import RULES, Outcome, ProjectOutcome, Reason, Step, reason_text
from pbvote.tally.fairness_report import FairnessReport
from pbvote.tally.money import money_text
from pbvote.tally.pabulib.file import one_line

LABELS = {"prefunded": "prefunded", "free": "free", "completion": "completion"}  # of phases; others need none
BAR = 20  # characters


def print_outcome(outcome: Outcome, report: FairnessReport | None = None, title: str = "") -> None:
    """Write the outcome to standard output, as wide as the terminal; with a report, also how fair it is."""
    console = Console(highlight=False)
    if title:
        console.print(Text(one_line(title), style="bold underline"))
    console.print(Text.assemble("Counted by ", (outcome.rule, "bold"), f": {RULES[outcome.rule].about}"))
    console.print(Text(" · ".join(f"{name} {value}" for name, value in shown_parameters(outcome).items()), style="dim"))
    for held in condition_lines(outcome):
        console.print(Text(one_line(held), style="dim"))
    console.print()
    for line in _summary(outcome):
        console.print(line)
    for heading, style, part in _parts(outcome, report):
        console.print()
        console.print(Text(heading, style=f"bold {style}"))
        console.print(part)


def shown_parameters(outcome: Outcome) -> dict[str, str]:
    """Every parameter with its value, as people read it."""
    shown = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in outcome.parameters.items()
    }
    if "step" in shown:
        shown["step"] = _money(outcome, Fraction(int(outcome.parameters["step"])))
    return shown


def _parts(outcome: Outcome, report: FairnessReport | None) -> Iterator[tuple[str, str, RenderableType]]:
    """The sections that have something to say: heading, colour, content."""
    projects = {project.id: project for project in outcome.projects}
    unit = f" (amounts in {one_line(outcome.currency)})" if outcome.currency else ""
    if outcome.steps:
        done = "Funded" if outcome.decides_money else "In this order"
        yield done + unit, "green", _funded(outcome, projects)
    if lost := [project for project in outcome.projects if not project.funded]:
        yield ("Not funded" if outcome.decides_money else "Not chosen") + unit, "red", _not_funded(outcome, lost)
    if outcome.ties:
        yield "Ties", "", Group(*_ties(outcome))
    if outcome.reserve:
        yield "Next in line if money is declined", "", Group(*(_name(projects[name]) for name in outcome.reserve))
    if outcome.conditions.pots:
        yield "Pots" + unit, "", _pots(outcome)
    if report:
        yield "How fair this is", "", Group(*map(Text, fairness_lines(report)))
        if report.categories:
            yield "Categories: their part of the votes, and of the money below it", "", _categories(report)


def _summary(outcome: Outcome) -> Iterator[Text]:
    funded, every = len(outcome.funded), len(outcome.projects)
    if outcome.decides_money:
        cost, budget, unspent = (
            _money(outcome, Fraction(sum_)) for sum_ in (outcome.cost, outcome.budget, outcome.unspent)
        )
        yield Text(f"{funded} of {every} projects are funded.", style="bold")
        yield Text(f"They cost {cost} of {budget}; {unspent} is left.")
    else:
        yield Text(f"{funded} of {every} projects are chosen.", style="bold")
    yield Text(reached(outcome))
    if outcome.start_share is not None and outcome.final_share is not None:
        start, final = _money(outcome, outcome.start_share), _money(outcome, outcome.final_share)
        times = f", raised {outcome.raises:,} times to {final}" if outcome.raises else ""
        yield Text(f"Each voter's share was {start}{times}.")
    yield Text(_why(outcome.stop, outcome))
    if outcome.comparison is not None and outcome.comparison != outcome.stop:
        yield Text(_why(outcome.comparison, outcome))


def _funded(outcome: Outcome, projects: Mapping[str, ProjectOutcome]) -> Table:
    shares = any(step.payment for step in outcome.steps)
    scores = not shares and any(step.score not in {0, step.votes} for step in outcome.steps)
    columns = ["#", "Project", "Votes", *([score_name(outcome)] if scores else []), "Cost"]
    columns += [*(["Effective\nvotes", "Most\npaid"] if shares else []), *(["Left"] if outcome.decides_money else [])]
    table = _table([*columns, *([""] if any(step.phase in LABELS for step in outcome.steps) else [])])
    for step in outcome.steps:
        cells: list[str | Text] = [
            str(step.number),
            _name(projects[step.project]),
            f"{step.votes:,}",
            *([_score(step, outcome)] if scores else []),
            _number(outcome, Fraction(step.cost)),
            *(_payment(step, outcome) if shares else []),
            *([_number(outcome, Fraction(step.left))] if outcome.decides_money else []),
        ]
        table.add_row(*cells, *([LABELS.get(step.phase, "")] if len(table.columns) > len(cells) else []))
    return table


def _payment(step: Step, outcome: Outcome) -> tuple[str, str]:
    if step.payment is None:
        return "", ""
    return f"{float(step.payment.effective_votes):,.1f}", _number(outcome, step.payment.max_payment)


def score_name(outcome: Outcome) -> str:
    """What the numbers are called that rank the projects."""
    return "Load" if any(step.score_is_money for step in outcome.steps) else "Score"


def _score(step: Step, outcome: Outcome) -> str:
    return _number(outcome, step.score) if step.score_is_money else score_text(step.score)


def score_text(score: Fraction) -> str:
    """A score for people: whole, or with a few digits; exact ones are in the JSON."""
    return f"{score.numerator:,}" if score.denominator == 1 else f"{float(score):,.4g}"


def _not_funded(outcome: Outcome, projects: Iterable[ProjectOutcome]) -> Table:
    """Each project on a line of its own, with what was missing below it, over the whole width."""
    table = _table(["Project", "Votes", "Cost"])
    for project in sorted(projects, key=lambda project: -project.votes):
        why = Text(" ".join(_why(reason, outcome) for reason in project.reasons), style="dim")
        what = Table.grid()
        what.add_row(_name(project))
        what.add_row(Padding(why, (0, 0, 0, 2)))
        table.add_row(what, f"{project.votes:,}", _number(outcome, Fraction(project.cost)))
    return table


def _ties(outcome: Outcome) -> Iterator[Text]:
    for tie in outcome.ties:
        others = ", ".join(project for project in tie.tied if project != tie.winner)
        yield Text(one_line(f"Step {tie.step}: {tie.winner} tied with {others}; {tie.broken_by} decided."))


def _pots(outcome: Outcome) -> Table:
    table = _table(["Pot", "For", "Holds", "Pays", "Left"])
    for pot in outcome.conditions.pots:
        paid = sum(project.pots.get(pot.id, 0) for project in outcome.projects)
        amounts = (_number(outcome, Fraction(sum_)) for sum_ in (pot.amount, paid, pot.amount - paid))
        table.add_row(Text(one_line(pot.id)), Text(one_line(pays_for(pot))), *amounts)
    return table


def _categories(report: FairnessReport) -> Table:
    table = _table(["Category", "Funded", "Votes", "Money", ""])
    most = max(max(share.votes, share.money) for share in report.categories)
    for share in report.categories:
        bars = Text.assemble((_bar(share.votes, most), "cyan"), "\n", (_bar(share.money, most), "green"))
        figures = share.category
        funded = f"{figures.funded} of {figures.projects}"
        table.add_row(Text(one_line(figures.name)), funded, percent(share.votes), percent(share.money), bars)
    return table


def _bar(share: Fraction, most: Fraction) -> str:
    return "█" * round(share / (most or 1) * BAR) or "▏"


def _name(project: ProjectOutcome) -> Text:
    return Text.assemble((one_line(project.id), "bold"), f" {one_line(project.name)}")


def _why(reason: Reason, outcome: Outcome) -> str:
    return one_line(reason_text(reason, outcome))


def _money(outcome: Outcome, minor: Fraction) -> str:
    return money_text(minor, one_line(outcome.currency), outcome.minor_units)


def _number(outcome: Outcome, minor: Fraction) -> str:
    return money_text(minor, "", outcome.minor_units)


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        left = name in {"Project", "Pot", "For", "Category", ""}
        table.add_column(name, justify="left" if left else "right", vertical="top", no_wrap=not left)
    return table
