"""An outcome in the making: what every rule writes into while it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from pbvote.tally.conditions import NO_CONDITIONS, ConditionError, Conditions
from pbvote.tally.election import Election
from pbvote.tally.gate import Gate
from pbvote.tally.outcome import FREE, PREFUNDED, Margins, Payment, Step
from pbvote.tally.reasons import Reason
from pbvote.tally.support import votes_of
from pbvote.tally.ties import Tie, TieBreaker, TieOrder


class Draft:
    """The projects funded so far, the reasons given so far, and the gate that says what may be funded still.

    It begins with what no rule decides: projects that are prefunded or cost nothing are in; those without enough
    support, or above what could ever pay for them, are out. `candidates` are all others, in ballot order. Projects are
    indexes. A rule may set `ranking`, the scores by which its reserve list is ordered; else votes do. A rule that can
    say how close the others came fills `margins` if `wants_margins` is set, which takes longer. Where the rule decides
    no money, nothing is funded first and no cost is too high.
    """

    def __init__(
        self,
        election: Election,
        ties: TieOrder,
        conditions: Conditions = NO_CONDITIONS,
        *,
        wants_margins: bool = False,
        decides_money: bool = True,
    ) -> None:
        self._decides_money = decides_money
        self.wants_margins = wants_margins
        self.margins: dict[int, Margins] = {}
        self.too_dear: list[int] = []  # what nothing but its cost keeps from being a candidate
        self.election = election
        self.tie_order = ties
        self.conditions = conditions
        self.votes = votes_of(election)
        self.breaker = TieBreaker(ties, election, self.votes)
        self.gate = Gate(election, conditions)
        self.steps: list[Step] = []
        self.awarded: dict[int, int] = {}
        self.ties: list[Tie] = []
        self.reasons: dict[int, list[Reason]] = {index: [] for index in range(len(election.projects))}
        self.start_share: Fraction | None = None
        self.final_share: Fraction | None = None
        self.raises: int | None = None
        self.welfare: Fraction | None = None
        self.comparison: Reason | None = None
        self.ranking: Sequence[int | Fraction] | None = None
        if decides_money:
            self._fund_first()
        self.start = self.left
        self.candidates = [index for index in self.reasons if index not in self.awarded and self._is_candidate(index)]

    @property
    def left(self) -> int:
        """The money left."""
        return self.gate.left

    @property
    def funded(self) -> list[int]:
        """The projects funded so far, in the order of selection."""
        return list(self.awarded)

    def smallest(self, project: int) -> int:
        """The least amount with which the project can do: its cost, unless it may be funded in part."""
        what = self.election.projects[project]
        return self.conditions.smallest.get(what.id, what.cost)

    def _fund_first(self) -> None:
        for index, project in enumerate(self.election.projects):
            if project.id in self.conditions.prefunded:
                closed = self.gate.closed(index)
                if closed:
                    raise ConditionError(PREFUNDED, f"{project.id!r} cannot be paid for: {closed.code}")
                self.fund(index, PREFUNDED, Fraction(0), Reason("prefunded"))

    def _is_candidate(self, index: int) -> bool:
        cost, votes = self.election.projects[index].cost, self.votes[index]
        if not votes:
            self.explain(index, Reason("no_votes"))
        elif votes < self.conditions.min_votes:
            self.explain(index, Reason("too_little_support", {"votes": votes, "least": self.conditions.min_votes}))
        elif not self._decides_money:
            return True
        elif not cost and not self.gate.closed(index):
            self.fund(index, FREE, Fraction(0), Reason("free", {"votes": votes}))
        elif cost > self.election.budget and self.smallest(index) > self.election.budget:
            self.explain(index, Reason("over_budget", {"cost": cost, "missing": cost - self.election.budget}))
            self.too_dear.append(index)
        elif closed := self.gate.closed(index, self.smallest(index)):
            self.explain(index, closed)
            self.too_dear += [] if self.gate.has_funded_rival(index) else [index]
        else:
            return True
        return False

    def adopt(self, other: Draft) -> None:
        """Take another draft's decisions instead of one's own."""
        self.gate, self.steps, self.awarded = other.gate, other.steps, other.awarded
        self.ties, self.reasons, self.margins = other.ties, other.reasons, other.margins

    def explain(self, project: int, reason: Reason) -> None:
        """Add a reason why the project is, or is not, funded."""
        self.reasons[project].append(reason)

    def drop(self, unfit: Mapping[int, Reason]) -> None:
        """Take projects out of the candidates, each for its reason."""
        for project, reason in unfit.items():
            self.explain(project, reason)
        self.candidates = [project for project in self.candidates if project not in unfit]

    def fund(
        self,
        project: int,
        phase: str,
        score: Fraction,
        reason: Reason,
        payment: Payment | None = None,
        *,
        amount: int | None = None,
    ) -> None:
        """Fund the project, in part if `amount` says so; the reason replaces those for which it was passed over."""
        what = self.election.projects[project]
        paid = what.cost if amount is None else amount
        self.gate.take(project, paid)
        number = len(self.steps) + 1
        self.steps.append(Step(number, phase, what.id, paid, self.votes[project], score, self.left, payment))
        self.awarded[project] = paid
        self.reasons[project] = [reason]

    def choose(self, project: int, phase: str, score: Fraction, reason: Reason) -> None:
        """Choose the project without giving it money."""
        what = self.election.projects[project]
        number = len(self.steps) + 1
        self.steps.append(Step(number, phase, what.id, what.cost, self.votes[project], score, self.left))
        self.awarded[project] = 0
        self.reasons[project] = [reason]

    def note_tie(self, tied: Sequence[int], winner: int) -> None:
        """Note that the next step decides between projects that the rule finds equal, if there are several."""
        if len(tied) > 1:
            self.ties.append(self.breaker.record(len(self.steps) + 1, tied, winner))

    def would_win_tie(self, project: int, rival: int, *, cost: int | None = None, more: int = 0) -> bool:
        """Whether the project would win a tie with the rival if it had that cost, or so many more supporters."""
        election, votes = self.election, list(self.votes)
        votes[project] += more
        if cost is not None:
            projects = list(election.projects)
            projects[project] = replace(projects[project], cost=cost)
            election = replace(election, projects=tuple(projects))
        return TieBreaker(self.tie_order, election, votes).pick((project, rival))[0] == project
