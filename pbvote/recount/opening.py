"""What no rule decides: who is funded before any count, and who takes part in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from pbvote.recount.conditions import Account, Terms
from pbvote.recount.election import Ballots, RecountError
from pbvote.recount.support import totals
from pbvote.recount.ties import tie_ranks


@dataclass(frozen=True)
class Counted:
    """A project that is funded: with which amount (minor units), in which phase, and what decided it.

    `level`: what one unit of worth paid under Equal Shares, with how many voters paid `in_full`, `gave_last` and
    `had_nothing`. `load`: what the voters with the highest load bear, under Phragmen and maximin support.
    """

    project: str
    amount: int
    phase: str
    level: Fraction | None = None
    in_full: int = 0
    gave_last: int = 0
    had_nothing: int = 0
    load: Fraction | None = None


@dataclass
class Count:
    """A count under way: the election, the candidates in ballot order, and what is decided so far.

    `votes` and `ties` are by project: supporters, and place in the tie order.
    """

    ballots: Ballots
    terms: Terms
    votes: list[int]
    ties: list[int]
    account: Account
    candidates: list[int] = field(default_factory=list)
    steps: list[Counted] = field(default_factory=list)
    final_share: Fraction | None = None
    welfare: int | None = None

    def cost(self, project: int) -> int:
        """The project's cost."""
        return self.ballots.projects[project].cost

    def fund(self, project: int, amount: int, counted: Counted) -> None:
        """Fund the project with the amount."""
        self.account.pay(project, amount)
        self.steps.append(counted)

    def buy(self, project: int, phase: str, load: Fraction | None = None) -> None:
        """Fund the whole project."""
        entry = self.ballots.projects[project]
        self.fund(project, entry.cost, Counted(entry.id, entry.cost, phase, load=load))

    def waiting(self) -> Iterable[int]:
        """The candidates that are not funded."""
        return [project for project in self.candidates if project not in self.account.paid]

    def fork(self) -> Count:
        """The same count, to be carried on apart."""
        return Count(
            self.ballots, self.terms, self.votes, self.ties, self.account.copy(), self.candidates, list(self.steps)
        )


def open_count(ballots: Ballots, order: str, terms: Terms) -> Count:
    """The count before the rule begins.

    Prefunded projects are funded; then, of the others with votes and enough of them, those that cost nothing; and those
    whose cost (or smallest part) the pots can pay are candidates.
    """
    votes = totals(ballots, "votes")
    count = Count(ballots, terms, votes, tie_ranks(ballots, votes, order), Account.of(ballots, terms))
    enough = [place for place, given in enumerate(votes) if given >= max(1, terms.min_votes)]
    for place, project in enumerate(ballots.projects):
        if project.id in terms.prefunded:
            if count.account.excluded(place) or count.account.room(place) < project.cost:
                raise RecountError(f"{project.id!r} cannot be prefunded")
            count.buy(place, "prefunded")
    for place in enough:
        if place not in count.account.paid and not count.cost(place) and not count.account.excluded(place):
            count.buy(place, "free")
    for place in enough:
        least = terms.smallest.get(ballots.projects[place].id, count.cost(place))
        undecided = count.cost(place) and place not in count.account.paid
        if undecided and not count.account.excluded(place) and least <= count.account.room(place):
            count.candidates.append(place)
    return count
