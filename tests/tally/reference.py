"""The rules once more, literally and slowly: one Fraction for each voter, every project looked at in every round.

Shares no code with `pbvote.tally` beyond the election that it reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally import Election, VoteType


@dataclass
class Bought:
    project: int
    price: Fraction
    full: int
    last: int
    nothing: int
    money: Fraction


def voters_of(election: Election, utility: str) -> list[dict[int, int]]:
    """What each project is worth to each voter, one by one; projects of no worth are left out."""
    index = {project.id: place for place, project in enumerate(election.projects)}
    voters = []
    for ballot, count in election.ballots():
        worth = {index[name]: 1 for name in ballot.projects}
        if election.vote_type.has_points:
            given = dict(zip(ballot.projects, ballot.points, strict=True))
            worth = {index[name]: points if utility == "points" else 1 for name, points in given.items() if points > 0}
        if utility == "borda":
            assert election.vote_type is VoteType.ORDINAL
            worth = {index[name]: len(ballot.projects) - place - 1 for place, name in enumerate(ballot.projects)}
        voters += [{project: value for project, value in worth.items() if value > 0}] * count
    return voters


def votes_of(election: Election) -> list[int]:
    return [
        sum(project in voter for voter in voters_of(election, "votes")) for project in range(len(election.projects))
    ]


def tie_key(election: Election, project: int) -> tuple[int, int, int]:
    return election.projects[project].cost, -votes_of(election)[project], project


def price_of(cost: int, purses: Sequence[tuple[Fraction, int]]) -> Fraction | None:
    """The lowest price for one unit of worth at which the purses (money, worth) cover the cost."""
    if sum(money for money, _ in purses) < cost:
        return None
    for money, worth in sorted(purses, key=lambda purse: purse[0] / purse[1]):
        price = money / worth
        if sum(min(money, price * worth) for money, worth in purses) >= cost:
            break
    poor = [purse for purse in purses if purse[0] < price * purse[1]]
    rich = [purse for purse in purses if purse[0] >= price * purse[1]]
    return (cost - sum((money for money, _ in poor), Fraction(0))) / sum(worth for _, worth in rich)


def equal_shares(election: Election, utility: str, share: Fraction) -> list[Bought]:
    voters, costs = voters_of(election, utility), [project.cost for project in election.projects]
    money = [share] * len(voters)
    candidates = [p for p, cost in enumerate(costs) if 0 < cost <= election.budget]
    bought: list[Bought] = []
    while True:
        offers = []
        for project in candidates:
            if project not in [purchase.project for purchase in bought]:
                purses = [(money[i], voter[project]) for i, voter in enumerate(voters) if project in voter and money[i]]
                price = price_of(costs[project], purses)
                if price is not None:
                    rank = price / costs[project] if utility == "cost" else price
                    offers.append((rank, tie_key(election, project), project, price))
        if not offers:
            return bought
        _, _, project, price = min(offers)
        backers = [i for i, voter in enumerate(voters) if project in voter]
        full = [i for i in backers if money[i] >= price * voters[i][project]]
        nothing = [i for i in backers if not money[i]]
        together = sum((money[i] for i in backers), Fraction(0))
        bought.append(
            Bought(project, price, len(full), len(backers) - len(full) - len(nothing), len(nothing), together)
        )
        for i in backers:
            money[i] -= min(money[i], price * voters[i][project])


def free(election: Election) -> list[int]:
    votes = votes_of(election)
    return [p for p, project in enumerate(election.projects) if not project.cost and votes[p]]


def fill(election: Election, funded: list[int], scores: Sequence[int]) -> list[int]:
    votes, costs = votes_of(election), [project.cost for project in election.projects]
    left = election.budget - sum(costs[p] for p in funded)
    added = []
    for project in sorted(range(len(costs)), key=lambda p: (-scores[p], tie_key(election, p))):
        if project not in funded and votes[project] and costs[project] <= left:
            left -= costs[project]
            added.append(project)
    return added


def add1(election: Election, *, start: Fraction, step: int, stop_when_exhaustive: bool) -> tuple[Fraction, list[int]]:
    votes, costs = votes_of(election), [project.cost for project in election.projects]
    supported = [p for p, cost in enumerate(costs) if votes[p] and 0 < cost <= election.budget]
    share, bought = start, [purchase.project for purchase in equal_shares(election, "cost", start)]
    while True:
        left = election.budget - sum(costs[p] for p in bought)
        remaining = [p for p in supported if p not in bought]
        if not remaining or (stop_when_exhaustive and all(costs[p] > left for p in remaining)):
            return share, bought
        higher = [purchase.project for purchase in equal_shares(election, "cost", share + step)]
        if sum(costs[p] for p in higher) > election.budget:
            return share, bought
        share, bought = share + step, higher
