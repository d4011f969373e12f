"""The conditions of a count in words, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pbvote.commands.fairness_words import people
from pbvote.tally import Outcome, Pot
from pbvote.tally.money import money_text


def condition_lines(outcome: Outcome) -> Iterator[str]:
    """What held besides the rule, one sentence for each condition; pots have a table of their own."""
    conditions = outcome.conditions
    if conditions.prefunded:
        yield f"Paid for first, whatever the votes: {', '.join(conditions.prefunded)}."
    for group in conditions.exclusions:
        yield f"At most one of these could be funded: {', '.join(group)}."
    if conditions.min_votes:
        yield f"A project needed {people(conditions.min_votes, 'supporter', 'supporters')} or more."
    for project, least in sorted(conditions.smallest.items()):
        amount = money_text(Fraction(least), outcome.currency, outcome.minor_units)
        yield f"{project} could be funded in part, with {amount} or more."


def pays_for(pot: Pot) -> str:
    """What a pot may pay for."""
    return "anything" if pot.free else ", ".join((*pot.categories, *pot.projects))
