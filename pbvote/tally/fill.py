"""Taking projects one after the other by score: the greedy rules, and the completion of Equal Shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from pbvote.tally.draft import Draft
from pbvote.tally.gate import Gate
from pbvote.tally.outcome import GREEDY
from pbvote.tally.queue_margins import QueueMargins
from pbvote.tally.reasons import Reason
from pbvote.tally.support import Utility

Score = int | Fraction


@dataclass
class Queue:
    """The draft's candidates, to be taken by falling score.

    `why(project, left)` says why a project is funded when `left` was left. With `skip` a project that does not fit is
    passed over; without, the count stops there. `turns` are the projects that were taken or stopped the count, each
    with the gate as it was at its turn.
    """

    draft: Draft
    scores: Sequence[Score]
    phase: str
    why: Callable[[int, int], Reason]
    skip: bool = True
    turns: list[tuple[int, Gate]] = field(default_factory=list)

    def fill(self) -> Reason:
        """Fund what fits and return why it ended."""
        draft, stop = self.draft, Reason("all_considered")
        waiting = sorted((p for p in draft.candidates if p not in draft.awarded), key=lambda p: (-self.scores[p], p))
        for _, group in groupby(waiting, key=lambda project: self.scores[project]):
            tied = list(group)
            while tied and stop.code == "all_considered":
                tied = self._take_one(tied)
                if not self.skip and self.turns and self.turns[-1][0] not in draft.awarded:
                    stop = Reason("first_misfit", {"left": draft.left})
            for project in tied:
                draft.explain(project, Reason("after_the_stop"))
        return stop

    def _take_one(self, tied: list[int]) -> list[int]:
        """Fund or pass over one of those tied, or pass over all that may not be funded; return the others."""
        draft = self.draft
        rivals = []
        for project in tied:
            closed = draft.gate.closed(project, draft.smallest(project))
            if closed and (self.skip or closed.code != "does_not_fit"):
                draft.explain(project, closed)
            else:
                rivals.append(project)
        if not rivals:
            return []
        winner, _ = draft.breaker.pick(rivals)
        self.turns.append((winner, draft.gate.fork()))
        if closed := draft.gate.closed(winner, draft.smallest(winner)):
            draft.explain(winner, closed)
        else:
            self._fund(winner, rivals)
        return [project for project in rivals if project != winner]

    def _fund(self, winner: int, rivals: list[int]) -> None:
        draft, cost = self.draft, self.draft.election.projects[winner].cost
        draft.note_tie(rivals, winner)
        reason, amount = self.why(winner, draft.left), cost
        if draft.gate.closed(winner):
            amount = draft.gate.room(winner)
            reason = Reason("in_part", {"payment": amount, "cost": cost})
        draft.fund(winner, self.phase, Fraction(self.scores[winner]), reason, amount=amount)

    def note_margins(self, totals: Sequence[int], utility: Utility, *, per_cost: bool, stop: Reason) -> None:
        """Tell the draft how close the others came, if it wants to know; `totals` are scores before any division."""
        if not self.draft.wants_margins:
            return
        by_votes, stopped = utility is Utility.VOTES, stop.code != "all_considered"
        margins = QueueMargins(self.draft, totals, self.turns, per_cost, by_votes, stopped)
        for project in (*self.draft.candidates, *self.draft.too_dear):
            if project not in self.draft.awarded:
                self.draft.margins[project] = margins.of(project)

    def say_what_was_needed(self, scores: Sequence[int], utility: Utility) -> None:
        """Tell each project that is not funded by how much a higher score would have brought it to a turn in time."""
        draft = self.draft
        for project in draft.candidates:
            least = draft.smallest(project)
            in_time = [rival for rival, gate in self.turns if rival != project and not gate.closed(project, least)]
            if project in draft.awarded or not in_time:
                continue
            rival = in_time[-1]
            more = draft.votes[rival] - draft.votes[project] if utility is Utility.VOTES else 0
            wins_tie = draft.would_win_tie(project, rival, more=more)
            needed = scores[rival] - scores[project] + (0 if wins_tie else 1)
            code = "too_few_votes" if utility is Utility.VOTES else "too_low_score"
            draft.explain(project, Reason(code, {"needed": needed}))


def fill_by_score(
    draft: Draft, scores: Sequence[int], utility: Utility, *, phase: str, code: str, skip: bool = True
) -> Reason:
    """Fund by falling score, each funded project with the reason `code`; return why it ended."""

    def why(project: int, left: int) -> Reason:
        return Reason(code, {"score": scores[project], "left": left})

    queue = Queue(draft, scores, phase, why, skip=skip)
    stop = queue.fill()
    if phase == GREEDY:
        queue.note_margins(scores, utility, per_cost=False, stop=stop)
    queue.say_what_was_needed(scores, utility)
    return stop
