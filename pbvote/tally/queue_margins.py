"""How close each project came when projects are taken one after the other by score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from pbvote.tally.draft import Draft
from pbvote.tally.gate import Gate
from pbvote.tally.outcome import Margins

Turn = tuple[int, Gate]


@dataclass(frozen=True)
class QueueMargins:
    """A queue that has been served: `turns` are the projects whose turn came, each with the gate at that time.

    `scores` decided, divided by the cost if `per_cost`. `stopped` says that the queue was not served to its end. One
    more supporter adds one to the score if `by_votes`.
    """

    draft: Draft
    scores: Sequence[int]
    turns: Sequence[Turn]
    per_cost: bool
    by_votes: bool
    stopped: bool

    def of(self, project: int) -> Margins:
        """The margins of a project that was not funded."""
        costs: list[tuple[int, int | None]] = []
        if not self.stopped:
            costs.append((self._room(self.draft.gate, project), None))
        for place, (rival, gate) in enumerate(self.turns):
            room = self._room(gate, project)
            fitting = [
                cost for cost in self._costs_to_try(project, rival, room) if self._precedes(project, rival, cost)
            ]
            costs.append((max(fitting, default=0), place))
        most, turn = max(costs, key=lambda found: found[0], default=(0, None))
        step = None if turn is None or not most else self._step_of(turn)
        return Margins(most or None, step, self._supporters(project))

    def _room(self, gate: Gate, project: int) -> int:
        return 0 if gate.has_funded_rival(project) else max(0, min(gate.left, gate.fenced(project)))

    def _step_of(self, place: int) -> int:
        """The number of the step that the turn led to, or would have led to."""
        rivals = {rival for rival, _ in self.turns[:place]}
        ids = {self.draft.election.projects[rival].id for rival in rivals}
        before = self.draft.steps[0].number if self.draft.steps else 1
        first = [step.number for step in self.draft.steps if step.project in ids]
        return max(first, default=before - 1) + 1

    def _costs_to_try(self, project: int, rival: int, room: int) -> set[int]:
        """Where the order of the two may change: at the rival's cost, or where both are as good value."""
        other = self.draft.election.projects[rival].cost
        costs = {room, other, other - 1}
        if self.per_cost and self.scores[rival]:
            equal = floor(Fraction(self.scores[project] * other, self.scores[rival]))
            costs |= {equal, equal - 1}
        return {cost for cost in costs if 0 < cost <= room}

    def _precedes(self, project: int, rival: int, cost: int, more: int = 0) -> bool:
        """Whether the project would come before the rival with that cost and so many more supporters."""
        if rival == project:  # its own turn, at which it did not fit
            return True
        other = self.draft.election.projects[rival].cost
        mine: int | Fraction = self.scores[project] + more
        theirs: int | Fraction = self.scores[rival]
        if self.per_cost:
            mine, theirs = Fraction(mine, cost), Fraction(theirs, other)
        if mine != theirs:
            return mine > theirs
        return self.draft.would_win_tie(project, rival, cost=cost, more=more)

    def _supporters(self, project: int) -> int | None:
        """How many more supporters would have brought it to the last turn at which it fitted."""
        cost = self.draft.election.projects[project].cost
        least = self.draft.smallest(project)
        in_time = [rival for rival, gate in self.turns if rival != project and not gate.closed(project, least)]
        if not in_time or not self.by_votes:
            return None
        target: int | Fraction = self.scores[in_time[-1]]
        if self.per_cost:
            target = Fraction(target * cost, self.draft.election.projects[in_time[-1]].cost)
        needed = max(0, ceil(target) - self.scores[project])
        return needed if self._precedes(project, in_time[-1], cost, needed) else needed + 1
