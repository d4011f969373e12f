"""What is left of each pot when a vote has given its money away, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import msgspec

from pbvote.outcomes.result import CountedResult, LeftoverResult


@dataclass(frozen=True, slots=True)
class ListedPot:
    """A pot of the round: its name, its money in pence, and what becomes of what is left: `returned` or `reserve`."""

    name: str
    amount: int
    leftover: str


def with_leftovers(result: CountedResult, pots: Sequence[ListedPot]) -> CountedResult:
    """The result, with what each of the pots has left.

    Where pots are fenced the tally has said which of them pays for what. Else their money is one, and each of them pays
    its share of what is spent, as its amount is of the budget, in whole pence.
    """
    if not result.decides_money or not pots:
        return result
    named = {} if result.conditions is None else {pot.id: pot.spent for pot in result.conditions.pots}
    shares = _shares(result.cost, [pot.amount for pot in pots])
    spent = [named.get(pot.name, share) for pot, share in zip(pots, shares, strict=True)]
    leftovers = [
        LeftoverResult(pot.name, pot.amount, paid, pot.amount - paid, pot.leftover)
        for pot, paid in zip(pots, spent, strict=True)
    ]
    return msgspec.structs.replace(result, leftovers=leftovers)


def _shares(cost: int, amounts: Sequence[int]) -> list[int]:
    """The cost, at most the sum of the amounts, in parts that are to each other as the amounts are."""
    total = sum(amounts)
    until = [cost * so_far // total for so_far in accumulate(amounts, initial=0)]
    return [after - before for before, after in pairwise(until)]
