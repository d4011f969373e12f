"""Fairness in words: the sentences that a terminal and a page have in common."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pbvote.tally import Outcome
from pbvote.tally.fairness_report import FairnessReport
from pbvote.tally.inequality import TENTHS


def percent(share: Fraction) -> str:
    """A share for people: whole per cent; 0 and 100 only where they are exact."""
    rounded = round(100 * share)
    if 0 < share < 1:
        rounded = min(max(rounded, 1), 99)
    return f"{rounded} %"


def decimal(number: Fraction, digits: int = 2) -> str:
    """A number for people, rounded to so many digits."""
    whole, part = divmod(round(number * 10**digits), 10**digits)
    return f"{whole:,}.{part:0{digits}}"


def people(number: int, one: str, many: str) -> str:
    """A number with the noun that fits it."""
    return f"{number:,} {one if number == 1 else many}"


def reached(outcome: Outcome) -> str:
    """How many voters support something that is funded."""
    number, voters = outcome.fairness.voters_with_funded, outcome.voters
    share = percent(Fraction(number, voters or 1))
    what = "funded" if outcome.decides_money else "chosen"
    return f"{number:,} of {people(voters, 'voter', 'voters')} ({share}) voted for a project that is {what}."


def fairness_lines(report: FairnessReport) -> Iterator[str]:
    """What the figures say, one sentence after the other."""
    mean, median = decimal(report.projects.mean, 1), decimal(report.projects.median, 1).removesuffix(".0")
    yield f"On average {mean} projects that a voter voted for are funded; for the voter in the middle it is {median}."
    poorer = report.money.lorenz[TENTHS // 2]
    yield (
        f"Of the money behind projects that voters voted for, the half with the least has {percent(poorer)}"
        f" (Gini coefficient {decimal(report.money.gini)}; 0 where all have the same)."
    )
    yield (
        f"Voters got {percent(report.fair_share.ratio)} of their fair share on average, if project money is split"
        f" among supporters; {people(report.fair_share.voters, 'voter', 'voters')} got all of it."
    )
    yield blocking_line(report)


def blocking_line(report: FairnessReport) -> str:
    """Whether groups of voters were left short (EJR+ up to one project)."""
    if not report.blocking:
        return (
            "No group of voters was left short: none could have paid for one more project with its part of the budget."
        )
    number = len(report.blocking)
    whose = "project that is not funded has" if number == 1 else "projects that are not funded have"
    return (
        f"{number} {whose} supporters who were left short: their part of the budget would have paid for it and for what"
        " they got."
    )
