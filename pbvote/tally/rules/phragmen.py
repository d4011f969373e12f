"""Sequential Phragmen for projects with costs.

Los, Christoff, Grossi: Proportional Budget Allocations: Towards a Systematization (IJCAI 2022), after Brill, Freeman,
Janson, Lackner: Phragmen's Voting Methods and Justified Representation (AAAI 2017). Every voter begins with load 0.
Again and again the project is funded whose supporters, all carrying the same load afterwards, would carry least.
"""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.conditions import SMALLEST
from pbvote.tally.draft import Draft
from pbvote.tally.load_margins import LoadMargins
from pbvote.tally.loads import Loads
from pbvote.tally.outcome import PHRAGMEN, Value
from pbvote.tally.reasons import Param, Reason
from pbvote.tally.rules.rule import Kind, Parameter, Rule
from pbvote.tally.support import Utility, support_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Fund by the lowest load until nothing is left that may be funded, or what comes next does not fit."""
    waiting, skip = list(draft.candidates), parameters["skip"] is True
    loads = Loads(support_of(draft.election, Utility.VOTES), draft.election.costs, len(waiting))
    closeness = LoadMargins(draft) if draft.wants_margins else None
    while waiting := _still_open(draft, loads, waiting, skip=skip):
        load, tied = loads.lowest(waiting)
        too_dear = {project: reason for project in tied if (reason := draft.gate.closed(project))}
        if too_dear:
            if closeness:
                closeness.before_stop(loads, load, set(too_dear))
            _explain_stop(draft, loads, waiting, too_dear)
            return Reason("first_misfit", {"left": draft.left})
        winner = draft.breaker.pick(tied)[0]
        votes = draft.votes[winner]
        params: dict[str, Param] = {"votes": votes, "load_before": loads.before(winner), "load": load}
        if closeness:
            closeness.before(loads, load, winner)
        draft.note_tie(tied, winner)
        draft.fund(winner, PHRAGMEN, load, Reason("lowest_load", params))
        loads.fund(winner)
        waiting.remove(winner)
    if closeness:
        closeness.at_end()
    return Reason("all_considered")


def _still_open(draft: Draft, loads: Loads, waiting: list[int], *, skip: bool) -> list[int]:
    """The projects that still compete; the others are told why not.

    What only the money left forbids competes on without `skip`, to stop the count when its turn comes.
    """
    still = []
    for project in waiting:
        reason = draft.gate.closed(project) if skip else draft.gate.barred(project)
        if reason is None:
            still.append(project)
            continue
        if reason.code == "does_not_fit":
            reason = Reason("fits_no_longer", {**reason.params, "step": len(draft.steps)})
        draft.explain(project, reason)
        _explain_load(draft, loads, project)
    return still


def _explain_stop(draft: Draft, loads: Loads, waiting: list[int], too_dear: Mapping[int, Reason]) -> None:
    """Say of each project whether it stopped the count or would have come later."""
    for project in waiting:
        draft.explain(project, too_dear.get(project, Reason("after_the_stop")))
        _explain_load(draft, loads, project)


def _explain_load(draft: Draft, loads: Loads, project: int) -> None:
    """Say what load the project would have brought, and what the last funded one brought."""
    funded = [step for step in draft.steps if step.phase == PHRAGMEN]
    if funded:
        params: dict[str, Param] = {"votes": draft.votes[project], "load": loads.after(project)}
        draft.explain(project, Reason("higher_load", {**params, "last_load": funded[-1].score}))


RULE = Rule(
    name="phragmen",
    about="The supporters of a project carry its cost; the one whose supporters carry least comes next.",
    parameters=(
        Parameter("skip", "pass over projects that do not fit; without, stop there", Kind.SWITCH, default=False),
    ),
    count=count,
    refuses={SMALLEST: "supporters carry a project's whole cost or nothing"},
)
