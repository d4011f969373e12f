"""Reasons as data: a stable code with its numbers, and one table of English sentences.

Another language needs another table: the codes and parameters stay the same. Parameters named in `MONEY` are minor
units (integers or exact rationals); all others are counts, steps or project ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Param = int | str | Fraction

MONEY = frozenset(
    {
        "cost",
        "last_load",
        "left",
        "less_money",
        "load",
        "load_before",
        "missing",
        "money",
        "payment",
        "share",
        "start_money",
        "top_load",
    }
)


@dataclass(frozen=True)
class Reason:
    """Why something happened: a code of `SENTENCES` and the numbers that its sentence needs."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


# `{votes|supporter|supporters}` is the number and the noun that fits it
SENTENCES: Mapping[str, str] = {
    # why a project is funded
    "prefunded": "It was decided before the vote that it is paid for first.",
    "in_part": "It gets {payment} of the {cost} it asked for: all that was left for it when its turn came.",
    "free": "It costs nothing, and {votes|person|people} voted for it.",
    "paid_alike": "Its {votes|supporter|supporters} could pay for it with {payment} each.",
    "paid_by_supporters": (
        "Its {votes|supporter|supporters} could pay for it: {paid_in_full} paid the full {payment}, {gave_last} gave"
        " the last of their share, {had_nothing} had nothing left."
    ),
    "paid_by_points": (
        "Its {votes|supporter|supporters} could pay for it: {paid_in_full} paid the full {payment} for each point,"
        " {gave_last} gave the last of their share, {had_nothing} had nothing left."
    ),
    "next_in_line": "With {score|vote|votes} it was next in line, and it fitted in the {left} that was left.",
    "next_by_score": "With a score of {score} it was next in line, and it fitted in the {left} that was left.",
    "best_value": (
        "With a score of {score} at a cost of {cost} it was next in line by value for money, and it fitted in the"
        " {left} that was left."
    ),
    "filled_up": "After equal shares it was next by votes ({score}), and it fitted in the {left} that was left.",
    "lowest_load": (
        "Its {votes|supporter carries|supporters carry} the cost together: it raises their load from {load_before} on"
        " average to {load} each, the lowest of all projects that could be funded."
    ),
    "lowest_top_load": (
        "With it the supporters can share the cost of all funded projects so that nobody carries more than {load}; with"
        " no other project could that be less."
    ),
    "in_best_set": "It belongs to the set of projects that is worth the most; its own score is {score}.",
    # why a project has its place, where no money is decided
    "among_the_best": "With a score of {score} it comes in place {place}; the best {k} are chosen.",
    "in_place": "With a score of {score} it comes in place {place}.",
    "last_without_votes": "Nobody voted for it, so it comes after those with votes, in place {place}.",
    # why a project is not funded
    "over_budget": "It costs {cost}, which is {missing} more than the whole budget.",
    "no_votes": "Nobody voted for it.",
    "no_utility": "Nobody who voted for it gave it a score above zero.",
    "too_little_support": "It has {votes|supporter|supporters}, and {least} are needed.",
    "excluded_by": "Only one of it and {rival} could be funded, and {rival} was.",
    "no_pot_pays": "No pot of money may be spent on it.",
    "pot_used_up": "The pots that may pay for it had {left} left for it, {missing} less than it costs.",
    "not_eligible": "It has {votes|supporter|supporters}; at its cost it needed {least} to take part.",
    "below_threshold": "Its score is {score}, and at least {least} is needed.",
    "never_enough_money": (
        "Its {votes|supporter|supporters} had {money} together at first, {missing} less than it costs."
    ),
    "money_went_elsewhere": (
        "Its {votes|supporter|supporters} had {start_money} together at first; after paying for other projects they"
        " had {money} left, {missing} less than it costs."
    ),
    "does_not_fit": "When its turn came {left} was left, {missing} less than it costs.",
    "too_few_votes": "With {needed|more vote|more votes} it would have come early enough to fit.",
    "too_low_score": "With a score higher by {needed} it would have come early enough to fit.",
    "after_the_stop": "The count had stopped before its turn came, at the first project that did not fit.",
    "fits_no_longer": "After step {step}, {left} was left, {missing} less than it costs.",
    "higher_load": (
        "Its {votes|supporter|supporters} would then have carried {load} each; the project funded last brought"
        " {last_load}."
    ),
    "higher_top_load": (
        "With it somebody would then have had to carry {load}; without it nobody carries more than {top_load}."
    ),
    "not_in_best_set": "It does not belong to the set of projects that is worth the most.",
    "worth_less": "The best set with it that could be paid for is worth {less} less than the best one.",
    "worth_less_money": (
        "The best set with it that could be paid for is worth {less_money} less than the best one, counting the cost of"
        " each project once for every supporter."
    ),
    "as_good_but_dearer": "The best set with it is worth as much as the best one, but costs {missing} more.",
    "as_good_but_later": (
        "The best set with it is worth as much as the funded one and costs as much; the order on the ballot decided."
    ),
    "not_among_the_best": "Its score is {score}; the last of those chosen has {least}.",
    "lost_the_tie": "Its score is {score}, as much as that of the last one chosen; the tie order decided.",
    "adds_nothing": "Its score is not above zero, so it would add nothing.",
    # how close a project came that is not funded
    "cheaper_in_step": "At a cost of {cost} or less it would have been funded, in step {step}.",
    "cheaper_at_last": "At a cost of {cost} or less it would have been funded, after all others.",
    "more_supporters": (
        "With {needed|more supporter who votes|more supporters who vote} for nothing else it would have been funded."
    ),
    # why the count ended
    "best_chosen": (
        "The count chose {chosen|project, the one with the highest score|projects, those with the highest scores}."
    ),
    "all_in_order": "Every project has its place. No money is decided.",
    "best_set": "No other set of projects that could be paid for is worth more.",
    "all_considered": "Every project that somebody voted for was considered.",
    "first_misfit": "The next project in line did not fit in the {left} that was left.",
    "no_supporters_can_pay": "The supporters of no other project have enough money left to pay for it.",
    "everything_funded": "Every project that somebody voted for and that costs no more than the budget is funded.",
    "exhaustive": "No other project that somebody voted for fits in the {left} that is left.",
    "greedy_preferred": (
        "{greedy|voter is|voters are} better off with the count by most votes and {shares} with equal shares, so the"
        " count by most votes decides."
    ),
    "shares_preferred": (
        "{greedy|voter|voters} would be better off with the count by most votes and {shares} with equal shares, so"
        " equal shares decide."
    ),
    "next_step_overspends": "With a share of {share} each the projects would cost {cost}, more than the budget.",
}

_PLACE = re.compile(r"\{(\w+)(?:\|([^|}]+)\|([^|}]+))?\}")


def sentence(reason: Reason, money: Callable[[Fraction], str]) -> str:
    """The reason in English; `money` writes an amount of minor units."""

    def fill(place: re.Match[str]) -> str:
        name, one, many = place.groups()
        value = reason.params[name]
        if name in MONEY and not isinstance(value, str):
            return money(Fraction(value))
        if isinstance(value, Fraction):
            value = value.numerator if value.denominator == 1 else f"{float(value):,.2f}"
        number = f"{value:,}" if isinstance(value, int) else value
        return f"{number} {one if value == 1 else many}" if one else number

    return _PLACE.sub(fill, SENTENCES[reason.code])
