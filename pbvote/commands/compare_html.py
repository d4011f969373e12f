"""Rules side by side as one page that stands on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from pbvote.commands.compare_text import summary
from pbvote.commands.fairness_words import decimal, percent
from pbvote.commands.html_page import Amounts, Source, page, width
from pbvote.tally import ENGINE, RULES
from pbvote.tally.side_by_side import Agreement, Comparison, Entry


def comparison_page(comparison: Comparison, title: str, source: Source) -> str:
    """The page. Whatever a file says in it stays text."""
    amounts = Amounts(comparison.election.currency, comparison.election.minor_units)
    every, some, none = (
        list(_marks(comparison, part)) for part in (comparison.by_all, comparison.by_some, comparison.by_none)
    )
    context = {
        "comparison": comparison,
        "engine": ENGINE,
        "lead": summary(comparison),
        "rules": [_rule(number, entry, amounts) for number, entry in enumerate(comparison.entries, start=1)],
        "groups": [
            ("It depends on the rule", "Some rules would fund these projects and some would not.", some),
            ("Every rule funds these", "Whatever the rule, these projects are funded.", every),
            ("No rule funds these", "Whatever the rule, these projects are not funded.", none),
        ],
        "agreements": _agreements(comparison),
        "command": source.command,
    }
    return page("comparison.html", title, source, amounts, context)


def _rule(number: int, entry: Entry, amounts: Amounts) -> dict[str, Any]:
    outcome, report = entry.outcome, entry.report
    spent = Fraction(outcome.cost, outcome.budget or 1)
    rest = " What is left is spent too: shares are raised, then votes decide." if "/" in entry.label else ""
    return {
        "number": number,
        "label": entry.label,
        "about": RULES[outcome.rule].about + rest,
        "funded": len(outcome.funded),
        "cost": amounts.plain(outcome.cost),
        "spent": percent(spent),
        "spent_width": width(spent),
        "reached": percent(report.share_with_funded),
        "reached_width": width(report.share_with_funded),
        "mean": decimal(report.projects.mean, 1),
        "gini": decimal(report.money.gini),
        "fair_share": percent(report.fair_share.ratio),
        "blocking": len(report.blocking),
    }


def _marks(comparison: Comparison, part: tuple[str, ...]) -> Iterator[tuple[Any, list[bool]]]:
    """Each project of a part, with who of the rules funds it."""
    known = {project.id: project for project in comparison.election.projects}
    for name in part:
        funders = comparison.funders(name)
        yield known[name], [entry.label in funders for entry in comparison.entries]


def _agreements(comparison: Comparison) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    budget = comparison.election.budget or 1

    def rows(show: Callable[[Agreement], str]) -> list[tuple[str, list[str]]]:
        return [
            (f"{number} {one.label}", [show(comparison.agreement(one, other)) for other in comparison.entries])
            for number, one in enumerate(comparison.entries, start=1)
        ]

    return [
        ("Projects that both would fund", rows(lambda pair: str(pair.projects))),
        (
            "Per cent of the budget that both would give to the same projects",
            rows(lambda pair: percent(Fraction(pair.money, budget)).removesuffix(" %")),
        ),
    ]
