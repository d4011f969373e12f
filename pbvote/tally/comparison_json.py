"""A comparison of rules as JSON; numbers are as in `as_json`."""

from __future__ import annotations

from typing import Any

from pbvote.tally.as_json import fairness_to_json, parameters_to_json
from pbvote.tally.money import amount
from pbvote.tally.side_by_side import Comparison, Entry

Json = dict[str, Any]


def comparison_to_json(comparison: Comparison) -> Json:
    """The contestants, what they agree on and what not; see docs/tally.md for each key."""
    election = comparison.election
    return {
        "currency": election.currency,
        "num_voters": election.voters,
        "budget": amount(election.budget, election.minor_units),
        "rules": [_entry(entry) for entry in comparison.entries],
        "skipped": [{"label": skipped.label, "why": skipped.why} for skipped in comparison.skipped],
        "agreements": [
            {
                "one": agreement.one,
                "other": agreement.other,
                "projects": agreement.projects,
                "money": amount(agreement.money, election.minor_units),
            }
            for agreement in comparison.agreements
        ],
        "by_all": list(comparison.by_all),
        "by_some": {name: list(comparison.funders(name)) for name in comparison.by_some},
        "by_none": list(comparison.by_none),
    }


def _entry(entry: Entry) -> Json:
    outcome, report = entry.outcome, entry.report
    return {
        "label": entry.label,
        "rule": outcome.rule,
        "parameters": parameters_to_json(outcome),
        "funded": list(outcome.funded),
        "cost": amount(outcome.cost, outcome.minor_units),
        "fairness": fairness_to_json(outcome, report),
    }
