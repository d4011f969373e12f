"""An outcome as one page that stands on its own: why, how fair, step by step, and how to check."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pbvote.commands.condition_words import condition_lines, pays_for
from pbvote.commands.fairness_words import decimal, fairness_lines, percent, reached
from pbvote.commands.html_page import Amounts, Source, page, width
from pbvote.commands.tally_text import LABELS, score_name, score_text, shown_parameters
from pbvote.tally import RULES, Outcome, reason_text
from pbvote.tally.fairness_report import FairnessReport
from pbvote.tally.inequality import TENTHS

SIDE = 300  # of the curve, in its own units


def outcome_page(outcome: Outcome, report: FairnessReport | None, title: str, source: Source) -> str:
    """The page; with a report, also how fair the outcome is. Whatever a file says in it stays text."""
    projects = {project.id: project for project in outcome.projects}
    why = {
        project.id: " ".join(reason_text(reason, outcome) for reason in project.reasons)
        for project in projects.values()
    }
    amounts = Amounts(outcome.currency, outcome.minor_units)
    lost = sorted((project for project in outcome.projects if not project.funded), key=lambda project: -project.votes)
    words = ("Funded", "Not funded") if outcome.decides_money else ("In this order", "Not chosen")
    context = {
        "outcome": outcome,
        "engine": outcome.engine,
        "rule": RULES[outcome.rule],
        "report": report,
        "projects": projects,
        "words": dict(zip(("done", "not_done"), words, strict=True)),
        "labels": LABELS,
        "lead": _lead(outcome, amounts),
        "reached": reached(outcome),
        "figures": list(_figures(outcome, report, amounts)),
        "blocks": list(_blocks(outcome, amounts)),
        "funded": [(step, projects[step.project], why[step.project]) for step in outcome.steps],
        "lost": [(project, why[project.id]) for project in lost],
        "pots": list(_pots(outcome)),
        "shares": outcome.final_share is not None,
        "parameters": list(_parameters(outcome)),
        "conditions": list(condition_lines(outcome)),
        "command": source.command,
        "why": lambda reason: reason_text(reason, outcome),
        "percent": lambda part, whole: percent(Fraction(part, whole or 1)),
        "score": score_text,
        "score_name": score_name(outcome),
        **(_fairness(outcome, report) if report else {}),
    }
    return page("outcome.html", title, source, amounts, context)


def _lead(outcome: Outcome, amounts: Amounts) -> str:
    funded, every = len(outcome.funded), len(outcome.projects)
    if not outcome.decides_money:
        return f"{funded} of {every} projects are chosen."
    return (
        f"{funded} of {every} projects are funded: they get {amounts.money(outcome.cost)} of"
        f" {amounts.money(outcome.budget)}, and {amounts.money(outcome.unspent)} is left."
    )


def _figures(outcome: Outcome, report: FairnessReport | None, amounts: Amounts) -> Iterator[tuple[str, str]]:
    """The few figures at the top."""
    yield "voters", f"{outcome.voters:,}"
    if outcome.decides_money:
        yield "of the budget spent", percent(Fraction(outcome.cost, outcome.budget or 1))
    share = Fraction(outcome.fairness.voters_with_funded, outcome.voters or 1)
    yield f"of voters have a project that is {'funded' if outcome.decides_money else 'chosen'}", percent(share)
    if report:
        yield "funded projects that a voter voted for, on average", decimal(report.projects.mean, 1)
    if outcome.final_share is not None:
        yield "share of each voter", amounts.money(outcome.final_share)


def _blocks(outcome: Outcome, amounts: Amounts) -> Iterator[dict[str, str]]:
    """The funded projects as blocks beside each other on a ruler of 1000 units."""
    done = Fraction(0)
    names = {project.id: project.name or project.id for project in outcome.projects}
    for step in outcome.steps if outcome.budget else ():
        part = Fraction(1000 * step.cost, outcome.budget)
        if part:
            cost = amounts.money(step.cost)
            yield {"x": f"{float(done):.2f}", "width": f"{float(part):.2f}", "name": names[step.project], "cost": cost}
        done += part


def _pots(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for pot in outcome.conditions.pots:
        paid = sum(project.pots.get(pot.id, 0) for project in outcome.projects)
        yield {"id": pot.id, "pays_for": pays_for(pot), "amount": pot.amount, "paid": paid}


def _parameters(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    about = {parameter.name: parameter.about for parameter in RULES[outcome.rule].parameters}
    about["ties"] = "what decides between projects that the rule finds equal, in this order"
    for name, value in shown_parameters(outcome).items():
        yield name.replace("_", " "), value, about[name]


def _fairness(outcome: Outcome, report: FairnessReport) -> dict[str, Any]:
    projects = {project.id: project for project in outcome.projects}
    most = max(report.histogram) or 1
    widest = (
        max([share.votes for share in report.categories] + [share.money for share in report.categories], default=0) or 1
    )
    tenths = list(enumerate(report.money.lorenz))
    return {
        "fairness": list(fairness_lines(report)),
        "gini": decimal(report.money.gini),
        "half": percent(report.money.lorenz[TENTHS // 2]),
        "histogram": [
            {"projects": number, "voters": voters, "width": width(Fraction(voters, most))}
            for number, voters in enumerate(report.histogram)
        ],
        "categories": [
            {
                "name": share.category.name,
                "funded": share.category.funded,
                "projects": share.category.projects,
                "votes": percent(share.votes),
                "money": percent(share.money),
                "votes_width": width(share.votes / widest),
                "money_width": width(share.money / widest),
            }
            for share in report.categories
        ],
        "curve": "L".join(f"{SIDE * tenth // TENTHS} {SIDE - float(SIDE * held):.1f}" for tenth, held in tenths),
        "lorenz": [{"voters": percent(Fraction(tenth, TENTHS)), "money": percent(held)} for tenth, held in tenths[1:]],
        "blocking": [
            {"project": projects[one.project], "voters": one.voters, "share": one.share, "most": one.most}
            for one in report.blocking
        ],
    }
