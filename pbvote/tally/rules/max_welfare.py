"""Max welfare: the set of projects that is worth the most to all voters together, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from pbvote.tally.conditions import EXCLUSIONS, SMALLEST, ConditionError
from pbvote.tally.draft import Draft
from pbvote.tally.knapsack import MOST_CHOICES, Effort, Knapsack, TooManyChoicesError, TooManyPlansError
from pbvote.tally.outcome import MAX_WELFARE, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.relaxation import Item
from pbvote.tally.rules.rule import Kind, Parameter, ParameterError, Rule
from pbvote.tally.support import Utility, scores_of

MOST_PLANS_FOR_REASONS = 120_000  # about a second; fewer with pots, where each takes longer


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Fund the best set of candidates, in ballot order.

    Of sets that are worth the same the cheapest is best, then the one whose first projects come first on the ballot.
    Raises `ParameterError` or `ConditionError` where finding it would take unreasonably long.
    """
    election, utility = draft.election, Utility(str(parameters["utility"]))
    scores = scores_of(election, utility)
    worth = [score * cost for score, cost in zip(scores, election.costs, strict=True)]
    if utility is not Utility.COST:
        worth = list(scores)
    preference = Preference(worth, election.costs, draft.left)
    knapsack = _knapsack(draft, preference)
    best = _best(draft, knapsack)
    for project in preference.chosen(best):
        draft.fund(project, MAX_WELFARE, Fraction(scores[project]), Reason("in_best_set", {"score": scores[project]}))
    _explain(draft, knapsack, preference, best, by_cost=utility is Utility.COST)
    draft.welfare = Fraction(sum(worth[project] for project in draft.funded))
    return Reason("best_set")


class Preference:
    """Worth, cost and ballot order of sets of projects in one integer, the higher the better.

    Three numbers stand in it one above the other: the set's worth; its cost, below zero; and a bit for each project,
    the first on the ballot the highest. The integers of projects add up to that of their set.
    """

    def __init__(self, worth: Sequence[int], costs: Sequence[int], budget: int) -> None:
        self._worth, self._costs, self._more = worth, costs, budget + 1  # no set costs as much

    def of(self, project: int) -> int:
        """The integer of one project."""
        projects = len(self._worth)
        return ((self._worth[project] * self._more - self._costs[project]) << projects) + (1 << projects - 1 - project)

    def chosen(self, value: int) -> list[int]:
        """The projects of the set, in ballot order."""
        projects = len(self._worth)
        return [project for project in range(projects) if value >> projects - 1 - project & 1]

    def worth_and_cost(self, value: int) -> tuple[int, int]:
        """What the set is worth and what it costs."""
        chosen = self.chosen(value)
        return sum(self._worth[project] for project in chosen), sum(self._costs[project] for project in chosen)


def _knapsack(draft: Draft, preference: Preference) -> Knapsack:
    """The candidates that are worth something and may still be funded, each alone."""
    limits, items = draft.gate.limits(), {}
    for project in draft.candidates:
        value, cost = preference.of(project), draft.election.costs[project]
        if closed := draft.gate.closed(project):
            draft.explain(project, closed)
        elif value <= 0:
            draft.explain(project, Reason("adds_nothing"))
        else:
            counted = tuple(place for place, (members, _) in enumerate(limits) if project in members)
            items[project] = Item(project, value, cost, counted)
    place = {project.id: index for index, project in enumerate(draft.election.projects)}
    groups = tuple(frozenset(place[name] for name in group) for group in draft.conditions.exclusions)
    return Knapsack(items, tuple(room for _, room in limits), groups)


def _best(draft: Draft, knapsack: Knapsack) -> int:
    effort = Effort()
    try:
        return knapsack.best(effort)
    except TooManyChoicesError as error:
        names = ", ".join(draft.election.projects[project].id for project in error.projects)
        raise ConditionError(
            EXCLUSIONS, f"{names} may be combined in more than {MOST_CHOICES:,} ways; expected smaller groups"
        ) from error
    except TooManyPlansError as error:
        problem = f"max-welfare would have to compare more than {error.most:,} plans; expected another rule"
        raise ParameterError("rule", problem) from error


def _explain(draft: Draft, knapsack: Knapsack, preference: Preference, best: int, *, by_cost: bool) -> None:
    """Tell each project that is not in the best set how much less the best set with it would be worth."""
    worth, cost = preference.worth_and_cost(best)
    chosen = preference.chosen(best)
    effort, gave_up = Effort(MOST_PLANS_FOR_REASONS // len(knapsack.held)), False
    for project in knapsack.items:
        if project in draft.awarded:
            continue
        reason = Reason("not_in_best_set")
        if not gave_up:
            try:
                other_worth, other_cost = preference.worth_and_cost(knapsack.best_with(project, chosen, effort))
            except TooManyPlansError:
                gave_up = True
            else:
                reason = _why_not(worth - other_worth, other_cost - cost, by_cost=by_cost)
        draft.explain(project, reason)


def _why_not(less: int, dearer: int, *, by_cost: bool) -> Reason:
    if less:
        return Reason("worth_less_money", {"less_money": less}) if by_cost else Reason("worth_less", {"less": less})
    return Reason("as_good_but_dearer", {"missing": dearer}) if dearer else Reason("as_good_but_later")


RULE = Rule(
    name="max-welfare",
    about="The set of projects that has the most votes in all, of all sets that the budget can pay for.",
    parameters=(
        Parameter(
            "utility",
            "what a project is worth: its supporters, those times its cost, its points, or its Borda points",
            Kind.CHOICE,
            "votes",
            ("votes", "cost", "points", "borda"),
        ),
    ),
    count=count,
    refuses={SMALLEST: "the best set is made of whole projects"},
)
