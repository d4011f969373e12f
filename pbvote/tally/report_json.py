"""A fairness report as JSON: ratios are exact, an integer or rational text (`"2/3"`); money is as in `as_json`."""

from __future__ import annotations

from typing import Any

from pbvote.tally.fairness_report import FairnessReport
from pbvote.tally.inequality import Spread
from pbvote.tally.money import amount

Json = dict[str, Any]


def report_to_json(report: FairnessReport, units: int) -> Json:
    """The figures, with `units` minor units in a currency unit; see docs/tally.md for each key."""
    return {
        "projects_per_voter": _spread(report.projects, 1),
        "money_per_voter": _spread(report.money, units),
        "histogram": list(report.histogram),
        "category_shares": [
            {"name": share.category.name, "votes": amount(share.votes, 1), "money": amount(share.money, 1)}
            for share in report.categories
        ],
        "category_gap": amount(report.category_gap, 1),
        "fair_share": {"voters": report.fair_share.voters, "ratio": amount(report.fair_share.ratio, 1)},
        "blocking": [
            {
                "project": blocking.project,
                "voters": blocking.voters,
                "share": amount(blocking.share, units),
                "most": amount(blocking.most, units),
            }
            for blocking in report.blocking
        ],
    }


def _spread(spread: Spread, units: int) -> Json:
    return {
        "mean": amount(spread.mean, units),
        "median": amount(spread.median, units),
        "deciles": [amount(value, units) for value in spread.deciles],
        "gini": amount(spread.gini, 1),
        "lorenz": [amount(share, 1) for share in spread.lorenz],
    }
