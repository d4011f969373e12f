"""The maximin support method for projects with costs.

Aziz, Lee, Talmon: Proportionally Representative Participatory Budgeting: Axioms and Algorithms (AAMAS 2018), after
Sanchez-Fernandez, Fernandez-Garcia, Fisteus, Brill: The Maximin Support Method: An Extension of the D'Hondt Method to
Approval-Based Multiwinner Elections (AAAI 2021). Supporters carry the cost of what is funded, in the shares that make
the highest load of any voter lowest. Again and again the project is funded with which that load is lowest.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd

from pbvote.tally.conditions import SMALLEST
from pbvote.tally.draft import Draft
from pbvote.tally.flow import Burden, Flow, Net
from pbvote.tally.outcome import MAXIMIN_SUPPORT, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Rule
from pbvote.tally.support import Utility, support_of
from pbvote.tally.ties import TieBreaker


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Fund by the lowest load until no project may be funded; what does not fit is passed over."""
    del parameters  # it has none
    race = Race(draft)
    while _leave_open(draft, race):
        load, tied, winner = race.run()
        draft.note_tie(tied, winner)
        reason = Reason("lowest_top_load", {"votes": draft.votes[winner], "load": load})
        draft.fund(winner, MAXIMIN_SUPPORT, load, reason)
    if draft.conditions.used():
        return Reason("all_considered")
    everything = all(project in draft.awarded for project in draft.candidates)
    return Reason("everything_funded") if everything else Reason("exhaustive", {"left": draft.left})


def _leave_open(draft: Draft, race: Race) -> bool:
    """Take the projects that may no longer be funded out of the race, tell each why, and say whether any is left."""
    for project in list(race.bounds):
        reason = draft.gate.closed(project)
        if reason is None:
            continue
        if reason.code == "does_not_fit":
            reason = Reason("fits_no_longer", {**reason.params, "step": len(draft.steps)})
        draft.explain(project, reason)
        if any(step.phase == MAXIMIN_SUPPORT for step in draft.steps):
            params = {"load": race.load_with(project), "top_load": draft.steps[-1].score}
            draft.explain(project, Reason("higher_top_load", params))
        del race.bounds[project]
    return bool(race.bounds)


class Race:
    """The projects that may still be funded, and for each a load that it is certain to bring at least: its bound.

    Bounds never sink, because loads only rise while projects are funded. They come from burdens: any projects together
    with a candidate are a burden too, and its load is the least that the candidate brings.
    """

    def __init__(self, draft: Draft) -> None:
        costs = draft.election.costs
        self._unit = gcd(*costs) or 1  # smaller integers, the same fractions
        self._net = Net(support_of(draft.election, Utility.VOTES), [cost // self._unit for cost in costs])
        self._flow = Flow(self._net)
        self._breaker: TieBreaker = draft.breaker
        self.bounds = {project: self._net.burden([project]).load for project in draft.candidates}

    def run(self) -> tuple[Fraction, list[int], int]:
        """Fund the winner of a round: the lowest load, the projects that bring just that, and the one that wins."""
        settled: list[int] = []
        best: tuple[int, Flow] | None = None
        while True:
            load = min(self.bounds.values())
            tied = [project for project, bound in self.bounds.items() if bound == load]
            unsure = [project for project in tied if project not in settled]
            if best and not unsure:
                break
            project = self._breaker.pick(unsure)[0]
            rivals = [bound for rival, bound in self.bounds.items() if rival != project]
            flow = self._settle(project, min(rivals, default=None))
            if flow:
                settled.append(project)
                best = (project, flow) if best is None or self._wins(project, best[0]) else best
        winner, self._flow = best
        del self.bounds[winner]
        self.bounds = {project: max(bound, load) for project, bound in self.bounds.items()}
        self._learn(self._net.burden(self._flow.projects))
        return load * self._unit, tied, winner

    def load_with(self, project: int) -> Fraction:
        """The exact load that the project would bring now."""
        self._settle(project)
        return self.bounds[project] * self._unit

    def _wins(self, project: int, other: int) -> bool:
        return self._breaker.pick([project, other])[0] == project

    def _settle(self, project: int, enough: Fraction | None = None) -> Flow | None:
        """Raise the project's bound to the load that it brings, or else above `enough`; the flow, if it has that load.

        This is Dinkelbach's method: each burden that a flow cannot carry is the next load to try.
        """
        flow, last = self._flow.with_project(project), None
        while burden := flow.fit(self.bounds[project]):
            self.bounds[project], last = burden.load, burden
            if enough is not None and burden.load > enough:
                break
        if last:
            self._learn(self._net.burden([other for other in last.projects if other != project]))
        return None if burden else flow

    def _learn(self, burden: Burden) -> None:
        """Raise bounds: every candidate makes a heavier or lighter burden of this one."""
        rows, counts, free = self._net.support.by_project, self._net.counts, ~self._net.covered(burden.projects)
        for project, bound in self.bounds.items():
            newcomers = int(counts[rows[project]][free[rows[project]]].sum())
            load = Fraction(burden.cost + self._net.costs[project], burden.voters + newcomers)
            self.bounds[project] = max(bound, load)


RULE = Rule(
    name="maximin-support",
    about="Supporters share the cost of all funded projects; the one with which the highest load is lowest comes next.",
    parameters=(),
    count=count,
    refuses={SMALLEST: "supporters carry a project's whole cost or nothing"},
)
