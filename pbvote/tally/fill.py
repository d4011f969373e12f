"""Taking projects one after the other by score: the greedy rules, and the completion of Equal Shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from pbvote.tally.draft import Draft
from pbvote.tally.reasons import Reason
from pbvote.tally.support import Utility
from pbvote.tally.ties import TieBreaker

Score = int | Fraction


@dataclass
class Queue:
    """The draft's candidates, to be taken by falling score.

    `why(project, left)` says why a project is funded when `left` was left. With `skip` a project that does not fit is
    passed over; without, the count stops there. `turns` are the projects that were taken or stopped the count, each
    with the money left at its turn.
    """

    draft: Draft
    scores: Sequence[Score]
    phase: str
    why: Callable[[int, int], Reason]
    skip: bool = True
    turns: list[tuple[int, int]] = field(default_factory=list)

    def fill(self) -> Reason:
        """Fund what fits and return why it ended."""
        draft, stop = self.draft, Reason("all_considered")
        waiting = sorted((p for p in draft.candidates if p not in draft.funded), key=lambda p: (-self.scores[p], p))
        for _, group in groupby(waiting, key=lambda project: self.scores[project]):
            tied = list(group)
            while tied and stop.code == "all_considered":
                tied = self._take_one(tied)
                if not self.skip and self.turns[-1][0] not in draft.funded:
                    stop = Reason("first_misfit", {"left": draft.left})
            for project in tied:
                draft.explain(project, Reason("after_the_stop"))
        return stop

    def _take_one(self, tied: list[int]) -> list[int]:
        """Fund or pass over one of those tied, or pass over all that do not fit; return the others."""
        draft = self.draft
        fitting = [project for project in tied if draft.election.projects[project].cost <= draft.left]
        rivals = fitting if self.skip else tied
        if self.skip:
            for project in tied:
                if project not in fitting:
                    self._pass_over(project)
        if not rivals:
            return []
        winner, _ = draft.breaker.pick(rivals)
        self.turns.append((winner, draft.left))
        if winner in fitting:
            draft.note_tie(rivals, winner)
            draft.fund(winner, self.phase, Fraction(self.scores[winner]), self.why(winner, draft.left))
        else:
            self._pass_over(winner)
        return [project for project in rivals if project != winner]

    def _pass_over(self, project: int) -> None:
        left = self.draft.left
        missing = self.draft.election.projects[project].cost - left
        self.draft.explain(project, Reason("does_not_fit", {"left": left, "missing": missing}))

    def say_what_was_needed(self, scores: Sequence[int], utility: Utility) -> None:
        """Tell each project that is not funded by how much a higher score would have brought it to a turn in time."""
        draft = self.draft
        for project in draft.candidates:
            cost = draft.election.projects[project].cost
            in_time = [rival for rival, left in self.turns if left >= cost and rival != project]
            if project in draft.funded or not in_time:
                continue
            rival, votes = in_time[-1], list(draft.votes)
            if utility is Utility.VOTES:
                votes[project] = votes[rival]
            wins_tie = TieBreaker(draft.tie_order, draft.election, votes).pick([project, rival])[0] == project
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
    queue.say_what_was_needed(scores, utility)
    return stop
