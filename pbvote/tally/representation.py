"""Whether groups and single voters get what their share of the budget could buy: EJR+ and fair shares, exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pbvote.tally.arrays import Floats, Ints, NDArray, np
from pbvote.tally.election import Election
from pbvote.tally.support import Support, Utility, support_of

_SAFE = 2**62  # sums below it are exact in 64 bits
PRECISION = 10**9  # each voter's fair share ratio is rounded down to so many parts


@dataclass(frozen=True, slots=True)
class Blocking:
    """A group that could have paid for one more project and still is worse off than its share; money in minor units.

    `voters` supporters of `project` have `share` of the budget together. None of them supports funded projects for
    more than `most`, and `most` and the project's cost are no more than `share`.
    """

    project: str
    voters: int
    share: Fraction
    most: int


@dataclass(frozen=True, slots=True)
class FairShare:
    """How many voters got their fair share, and the average of what they got over it, none counted above 1."""

    voters: int
    ratio: Fraction


def worth_of(election: Election, awarded: Mapping[int, int]) -> Ints:
    """The money of the funded projects that each distinct ballot supports, in minor units."""
    support = support_of(election, Utility.VOTES)
    total = np.zeros(len(support.counts), dtype=np.int64 if sum(awarded.values()) < _SAFE else object)
    for project, money in awarded.items():
        total[support.by_project[project]] += money
    return total


def blocking_projects(election: Election, awarded: Mapping[int, int]) -> tuple[Blocking, ...]:
    """The projects, in ballot order, for which an outcome fails EJR+ up to one project, each with a group.

    An outcome passes if for every project that is not funded and every group of its supporters, some member supports
    funded projects for more than the group's share of the budget less the project's cost: cost(A_i & W) + cost(p) >
    |group| * budget / voters. This is EJR+ of Brill and Peters (Robust and Verifiable Proportionality Axioms for
    Multiwinner Voting, EC 2023), carried over from seats to money: a project is worth what it costs, and the group may
    be short of its share by less than the one project. A group needs nothing in common but that project, which is why
    it is enough to look, for each project, at its k worst-off supporters for each k. Equal Shares with utility `cost`
    and no conditions always passes: while a group can still pay for its project, no member pays more than 1 / |group|
    for each unit of what they support.

    `awarded` is what each funded project gets, by index. The group shown has the most money to spare.
    """
    support, counts = support_of(election, Utility.VOTES), election.profile.counts
    worth, voters, budget = worth_of(election, awarded), election.voters, election.budget
    exact = np.int64 if voters * (budget + sum(election.costs)) < _SAFE else object
    found = []
    for index, project in enumerate(election.projects):
        if index in awarded or not support.votes[index] or support.votes[index] * budget < project.cost * voters:
            continue
        rows = support.by_project[index]
        rows = rows[np.argsort(worth[rows], kind="stable")]
        group = np.cumsum(counts[rows])
        spare = group.astype(exact) * budget - (worth[rows].astype(exact) + project.cost) * voters
        place = int(np.argmax(spare))
        if spare[place] >= 0:
            size = int(group[place])
            found.append(Blocking(project.id, size, Fraction(size * budget, voters), int(worth[rows[place]])))
    return tuple(found)


def fair_share(election: Election, awarded: Mapping[int, int]) -> FairShare:
    """The voters who got their fair share, and the average capped fair share ratio.

    Each project's cost is split equally among its supporters. A voter's share is the sum of their parts of the funded
    projects; their fair share is budget / voters, or the sum of their parts of all projects they support if that is
    less (Maly, Rey, Endriss, Lackner: Fairness in Participatory Budgeting via Equality of Resources, AAMAS 2023). The
    ratio of share and fair share counts as 1 where it is higher, and for a voter who supports nothing that costs
    anything. Each voter's ratio is rounded down to 1 / PRECISION, because the common denominator of all would have
    hundreds of digits. `awarded` is what each funded project gets, by index.
    """
    support, counts, voters = support_of(election, Utility.VOTES), election.profile.counts, election.voters
    if not voters:
        return FairShare(0, Fraction(1))
    costs = dict(enumerate(election.costs))
    got, fair = _parts(support, awarded), np.minimum(_parts(support, costs), election.budget / voters)
    content = _all_funded(support, election, awarded) | (fair == 0)
    parts = np.where(content, PRECISION, PRECISION * got / np.where(content, 1, fair))
    slack = parts * (4 * len(costs) + 16) * 2.0**-52  # each sum and product rounds by 2^-53 of itself at most
    low, high = (np.minimum(np.floor(bound), PRECISION).astype(np.int64) for bound in (parts - slack, parts + slack))
    for ballot in np.flatnonzero((low != high) & ~content):
        low[ballot] = _exact_parts(support, election, awarded, int(ballot))
    low[content] = PRECISION
    total = int((low.astype(np.int64 if PRECISION * voters < _SAFE else object) * counts).sum())
    return FairShare(int(counts[low == PRECISION].sum()), Fraction(total, voters * PRECISION))


def _all_funded(support: Support, election: Election, awarded: Mapping[int, int]) -> NDArray[np.bool_]:
    """The ballots that support nothing that gets less than it costs."""
    content = np.ones(len(support.counts), dtype=np.bool_)
    for project, cost in enumerate(election.costs):
        if awarded.get(project, 0) < cost:
            content[support.by_project[project]] = False
    return content


def _parts(support: Support, money: Mapping[int, int]) -> Floats:
    """About the sum of each ballot's equal parts of the money of what it supports, in minor units."""
    total = np.zeros(len(support.counts))
    for project, amount in money.items():
        if support.votes[project]:
            total[support.by_project[project]] += amount / support.votes[project]
    return total


def _exact_parts(support: Support, election: Election, awarded: Mapping[int, int], ballot: int) -> int:
    """One ballot's share over its fair share, capped, in parts of PRECISION, rounded down."""
    supported = support.projects[support.starts[ballot] : support.starts[ballot + 1]].tolist()
    unit = lcm(election.voters, *(support.votes[project] for project in supported))
    got = sum(awarded.get(project, 0) * (unit // support.votes[project]) for project in supported)
    every = sum(election.projects[project].cost * (unit // support.votes[project]) for project in supported)
    fair = min(every, election.budget * (unit // election.voters))
    return min(PRECISION, got * PRECISION // fair) if fair else PRECISION
