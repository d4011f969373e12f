"""Pots: whose money a round gives away, what each may pay for, and what becomes of what is left. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, text_reasons, tidy
from pbvote.tally import conditions as tally

MOST_POTS = 20
MOST_FENCED = tally.MOST_POTS  # the tally looks at every set of pots
MOST_NAMED = 1_000
MOST_MONEY = 10**12
FUNDER = Limit(90)
NOTHING = "(nothing on this ballot)"  # the category of no project

Leftover = Literal["returned", "reserve"]


class PotPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that a funder puts in, in pence, for proposals of these categories and those with these numbers.

    It may pay for any if it names neither. What is left goes back to the funder, or to the reserve list.
    """

    funder: str
    amount: int
    categories: list[str]
    proposals: list[int]
    leftover: Leftover

    @property
    def fenced(self) -> bool:
        """Whether the pot is for some proposals only."""
        return bool(self.categories or self.proposals)

    @property
    def tidied(self) -> PotPlan:
        """The pot with its funder's name tidied, and nothing named twice."""
        categories, proposals = list(dict.fromkeys(self.categories)), sorted(set(self.proposals))
        return PotPlan(tidy(self.funder), self.amount, categories, proposals, self.leftover)


class Nominee(Protocol):
    """What pots need to know of a proposal."""

    @property
    def category(self) -> str:
        """The id of its category."""
        ...


def pot_reasons(pots: Sequence[PotPlan], categories: Collection[str]) -> list[Reason]:
    """What is wrong with pots that were tidied, in a round with these categories."""
    reasons = []
    most = MOST_FENCED if any(pot.fenced for pot in pots) else MOST_POTS
    if len(pots) > most:
        code = "too_many_fenced_pots" if most == MOST_FENCED else "too_many_pots"
        detail = f"There are {len(pots)} pots; expected at most {most}{' where one is fenced' * (most == MOST_FENCED)}."
        reasons.append(Reason(code, detail, {"pots": len(pots), "most": most}, "pots"))
    for index, pot in enumerate(pots):
        field = f"pots.{index}"
        reasons += text_reasons(pot.funder, f"{field}.funder", FUNDER)
        if not 0 < pot.amount <= MOST_MONEY:
            detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
            reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, f"{field}.amount"))
        reasons += _fence_reasons(pot, categories, field)
    return reasons


def proposal_reasons(pots: Sequence[PotPlan], nominees: Mapping[int, Nominee]) -> list[Reason]:
    """Why pots do not fit the proposals that come on the ballot: one names another, or may pay for none of them."""
    reasons = []
    for index, pot in enumerate(pots):
        field, funder = f"pots.{index}", pot.funder[: FUNDER.most]
        unknown = [number for number in pot.proposals if number not in nominees]
        if unknown:
            detail = f"The pot of {funder!r} names proposal {unknown[0]}, which is not there or not accepted."
            params: dict[str, int | str] = {"funder": funder, "number": unknown[0]}
            reasons.append(Reason("pot_of_unknown_proposal", detail, params, f"{field}.proposals"))
        elif pot.fenced and not any(
            number in pot.proposals or one.category in pot.categories for number, one in nominees.items()
        ):
            detail = f"Nothing on the ballot can be paid for from the pot of {funder!r}."
            reasons.append(Reason("pot_of_nothing", detail, {"funder": funder}, field))
    return reasons


def tally_pots(pots: Sequence[PotPlan], reference: Mapping[int, str]) -> tuple[tally.Pot, ...]:
    """The pots as the tally takes them, or none where no pot is fenced: then all the money is one.

    Each is called by its funder, with a number behind the name where a funder has several. `reference` is the tally's
    id of each proposal's project.
    """
    if not any(pot.fenced for pot in pots):
        return ()
    made = []
    for name, pot in zip(names_of(pots), pots, strict=True):
        projects = tuple(reference[number] for number in pot.proposals if number in reference)
        # A pot whose proposals are not on this ballot stays fenced: without a fence it would pay for anything.
        categories = tuple(pot.categories) or (() if projects or not pot.fenced else (NOTHING,))
        made.append(tally.Pot(name, pot.amount, categories, projects))
    return tuple(made)


def names_of(pots: Sequence[PotPlan]) -> list[str]:
    """A name for each pot that no other has: its funder, with a number behind it where a funder has several."""
    times = Counter(pot.funder for pot in pots)
    taken, names = set(times), []
    for pot in pots:
        name, number = pot.funder, 0
        while times[pot.funder] > 1 and name in taken:
            number += 1
            name = f"{pot.funder} ({number})"
        taken.add(name)
        names.append(name)
    return names


def _fence_reasons(pot: PotPlan, categories: Collection[str], field: str) -> list[Reason]:
    if len(pot.categories) + len(pot.proposals) > MOST_NAMED:
        detail = f"A pot names at most {MOST_NAMED:,} categories and proposals."
        return [Reason("fence_too_long", detail, {"most": MOST_NAMED}, field)]
    reasons = []
    for category in pot.categories:
        if category not in categories:
            detail = f"A pot is for a category that the round does not have: {category[:60]!r}."
            params: dict[str, int | str] = {"funder": pot.funder[: FUNDER.most], "category": category[:60]}
            reasons.append(Reason("pot_of_unknown_category", detail, params, f"{field}.categories"))
    return reasons
