"""The comparison step: after Equal Shares, ask whether more voters would be better off with the count by most votes."""

from __future__ import annotations

from collections.abc import Iterable

from pbvote.tally.arrays import Ints, np
from pbvote.tally.draft import Draft
from pbvote.tally.fill import fill_by_score
from pbvote.tally.outcome import GREEDY
from pbvote.tally.reasons import Reason
from pbvote.tally.support import Utility, scores_of, support_of

_SAFE = 2**62  # sums below it are exact in 64 bits


def compare_with_greedy(draft: Draft, utility: Utility) -> Reason | None:
    """Adopt the greedy outcome if strictly more voters are strictly better off with it; return that as why it ended.

    A voter is the better off the more utility the funded projects have for them. `draft.comparison` says how it went.
    """
    other = Draft(draft.election, draft.tie_order, draft.conditions)
    by = utility if utility in {Utility.POINTS, Utility.BORDA} else Utility.VOTES
    fill_by_score(other, scores_of(draft.election, by), by, phase=GREEDY, code="next_in_line")
    gain = satisfaction(draft, other.funded, utility) - satisfaction(draft, draft.funded, utility)
    counts = draft.election.profile.counts
    greedy, shares = int(counts[gain > 0].sum()), int(counts[gain < 0].sum())
    wins = greedy > shares
    draft.comparison = Reason("greedy_preferred" if wins else "shares_preferred", {"greedy": greedy, "shares": shares})
    if not wins:
        return None
    draft.adopt(other)
    return draft.comparison


def satisfaction(draft: Draft, funded: Iterable[int], utility: Utility) -> Ints:
    """What the funded projects are worth to the voters of each distinct ballot."""
    support, costs = support_of(draft.election, utility), draft.election.costs
    most = max((int(weights.max()) for weights in support.weights_by_project if len(weights)), default=0)
    worth = costs if utility is Utility.COST else (1,) * len(costs)
    exact = np.int64 if sum(worth) * most < _SAFE else object
    total = np.zeros(len(support.counts), dtype=exact)
    for project in funded:
        weights = support.weights_by_project[project].astype(np.int64).astype(exact)
        total[support.by_project[project]] += weights * worth[project]
    return total
