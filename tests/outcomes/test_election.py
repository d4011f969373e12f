"""What an election's `.pb` file says about it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pbvote.db import uuid7
from pbvote.forums.models import Forum
from pbvote.outcomes.election import election_of, pabulib_file, terms_of
from pbvote.proposals.models import Project
from pbvote.rounds.models import Poll, Round
from pbvote.tally import read_pabulib

APPROVAL = {"kind": "approval", "min_choices": 1, "max_choices": 3, "total_points": None, "max_points": None}
EQUAL_SHARES = {"utility": "cost", "completion": "add1u", "start": "exact", "stop_when_exhaustive": True}


def meta(
    *,
    zone: str = "Europe/London",
    currency: str = "GBP",
    rule: tuple[str, Mapping[str, Any]] = ("greedy", {"utility": "votes"}),
) -> Mapping[str, str]:
    """META of the file of such a round, as it is read back."""
    round_ = Round(
        slug="harbourside-2026",
        title="Harbourside budget 2026",
        currency=currency,
        categories=[],
        voting_open_at=datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
        voting_close_at=datetime(2026, 6, 14, 23, 30, tzinfo=UTC),
        forum=Forum(name="Harbourside Community Forum", timezone=zone),
    )
    poll = Poll(
        id=uuid7(),
        position=1,
        design=APPROVAL,
        rule_id=rule[0],
        rule_parameters=dict(rule[1]),
        ties=["cheapest"],
        budget=500_00,
    )
    projects = [Project(number=1, reference="a", title="Trees", category="", cost=100_00)]
    election = election_of(terms_of(round_, poll, projects, None, b"{}"), [])
    return read_pabulib(io.BytesIO(pabulib_file(election))).meta


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/London", ("01.06.2026", "15.06.2026")),
        ("UTC", ("01.06.2026", "14.06.2026")),
        ("Pacific/Honolulu", ("31.05.2026", "14.06.2026")),
    ],
)
def test_dates_are_those_of_the_forums_clocks(zone: str, expected: tuple[str, str]) -> None:
    found = meta(zone=zone)
    assert (found["date_begin"], found["date_end"]) == expected


@pytest.mark.parametrize(
    ("currency", "country"), [("GBP", "United Kingdom"), ("EUR", "unknown"), ("PLN", "unknown"), ("XXX", "unknown")]
)
def test_a_country_is_named_only_where_the_currency_says_it(currency: str, country: str) -> None:
    found = meta(currency=currency)
    assert (found["currency"], found["country"]) == (currency, country)


@pytest.mark.parametrize(
    ("rule", "name", "comment"),
    [
        (("greedy", {"utility": "votes"}), "greedy", None),
        (("equal-shares", EQUAL_SHARES | {"completion": "none"}), "equalshares", None),
        (("equal-shares", EQUAL_SHARES | {"completion": "add1"}), "equalshares/add1", None),
        (("equal-shares", EQUAL_SHARES), "equalshares/add1", "#1: completed by votes after Add1 (add1u)"),
    ],
)
def test_a_rule_has_pabulibs_name_and_says_what_the_name_does_not(
    rule: tuple[str, Mapping[str, Any]], name: str, comment: str | None
) -> None:
    found = meta(rule=rule)
    assert (found["rule"], found.get("comment")) == (name, comment)
