"""What other rules would have funded with the same ballots: to compare with, never to decide. Pure."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import msgspec

from pbvote.tally.conditions import ConditionError, Conditions
from pbvote.tally.count import tally
from pbvote.tally.election import Election
from pbvote.tally.outcome import Outcome
from pbvote.tally.rules import RULES, ParameterError
from pbvote.tally.rules.maximin_support import RULE as MAXIMIN_SUPPORT
from pbvote.tally.side_by_side import Contestant, contestants
from pbvote.tally.ties import TieOrder

# Distinct ballots times projects. Up to here maximin support takes about a second (as in Lodz 2022, with 3.8 million).
# While a round is counted, voters of other rounds wait for SQLite's one writer, so a comparison must not take long.
MOST_FOR_MAXIMIN_SUPPORT = 4_000_000
TOO_LARGE, DOES_NOT_FIT, FAILED = "too_large", "does_not_fit", "failed"

log = logging.getLogger("pbvote.outcomes")
APART = frozenset({"ties", "max_steps"})  # how ties are broken and how long is tried make no other way of counting


class OtherCount(msgspec.Struct, frozen=True):
    """Another way of counting and the numbers of the projects that it would have funded, in its order.

    `label` names it, such as `equal-shares/add1u`. Where it was not tried, `funded` is None and `skipped` says why:
    `too_large`, `does_not_fit` (these ballots or conditions) or `failed`.
    """

    label: str
    rule: str
    funded: list[int] | None
    cost: int | None
    skipped: str


def other_counts(
    election: Election, counted: Outcome, ties: TieOrder, conditions: Conditions, number: Mapping[str, int]
) -> list[OtherCount]:
    """Every other rule that decides money, with its defaults. Whatever goes wrong with one of them, no count stops."""
    return [_other(election, one, ties, conditions, number) for one in _unlike(counted, election)]


def _unlike(counted: Outcome, election: Election) -> Iterator[Contestant]:
    used = {name: value for name, value in counted.parameters.items() if name not in APART}
    for contestant in contestants():
        theirs = RULES[contestant.rule].complete(contestant.parameters, election)
        if contestant.rule != counted.rule or {name: theirs[name] for name in theirs if name not in APART} != used:
            yield contestant


def _other(
    election: Election, contestant: Contestant, ties: TieOrder, conditions: Conditions, number: Mapping[str, int]
) -> OtherCount:
    def not_tried(why: str) -> OtherCount:
        return OtherCount(contestant.label, contestant.rule, None, None, why)

    size = len(election.profile.counts) * len(election.projects)
    if contestant.rule == MAXIMIN_SUPPORT.name and size > MOST_FOR_MAXIMIN_SUPPORT:
        return not_tried(TOO_LARGE)
    try:
        outcome = tally(election, contestant.rule, contestant.parameters, ties=ties, conditions=conditions)
    except (ParameterError, ConditionError):
        return not_tried(DOES_NOT_FIT)
    except Exception as error:  # noqa: BLE001  # a comparison must not keep a round from its result
        # no traceback: it could hold ballots
        log.error("the comparison with %s failed: %s", contestant.label, type(error).__name__)  # noqa: TRY400
        return not_tried(FAILED)
    funded = [number[project] for project in outcome.funded]
    return OtherCount(contestant.label, contestant.rule, funded, outcome.cost, "")
