"""An outcome in the making: what every rule writes into while it counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pbvote.tally.election import Election
from pbvote.tally.outcome import FREE, Payment, Step
from pbvote.tally.reasons import Reason
from pbvote.tally.support import votes_of
from pbvote.tally.ties import Tie, TieBreaker, TieOrder


class Draft:
    """The projects funded so far, the reasons given so far, and the money left. Projects are indexes.

    It begins with what no rule decides: projects that nobody voted for and those above the budget are out, those that
    cost nothing are in. `candidates` are all others, in ballot order.
    """

    def __init__(self, election: Election, ties: TieOrder) -> None:
        self.election = election
        self.tie_order = ties
        self.votes = votes_of(election)
        self.breaker = TieBreaker(ties, election, self.votes)
        self.left = election.budget
        self.steps: list[Step] = []
        self.funded: list[int] = []
        self.ties: list[Tie] = []
        self.reasons: dict[int, list[Reason]] = {index: [] for index in range(len(election.projects))}
        self.start_share: Fraction | None = None
        self.final_share: Fraction | None = None
        self.raises: int | None = None
        self.candidates = [index for index in self.reasons if self._is_candidate(index)]

    def _is_candidate(self, index: int) -> bool:
        cost, votes = self.election.projects[index].cost, self.votes[index]
        if not votes:
            self.explain(index, Reason("no_votes"))
        elif not cost:
            self.fund(index, FREE, Fraction(0), Reason("free", {"votes": votes}))
        elif cost > self.election.budget:
            self.explain(index, Reason("over_budget", {"cost": cost, "missing": cost - self.election.budget}))
        else:
            return True
        return False

    def explain(self, project: int, reason: Reason) -> None:
        """Add a reason why the project is, or is not, funded."""
        self.reasons[project].append(reason)

    def fund(self, project: int, phase: str, score: Fraction, reason: Reason, payment: Payment | None = None) -> None:
        """Fund the project; the reason replaces those for which it was passed over before."""
        what = self.election.projects[project]
        self.left -= what.cost
        number = len(self.steps) + 1
        self.steps.append(Step(number, phase, what.id, what.cost, self.votes[project], score, self.left, payment))
        self.funded.append(project)
        self.reasons[project] = [reason]

    def note_tie(self, tied: Sequence[int], winner: int) -> None:
        """Note that the next step decides between projects that the rule finds equal, if there are several."""
        if len(tied) > 1:
            self.ties.append(self.breaker.record(len(self.steps) + 1, tied, winner))
