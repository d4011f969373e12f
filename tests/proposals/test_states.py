from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.proposals.states import (
    ACCEPTED,
    JOINED,
    NEXT,
    OUTCOMES,
    REVIEWED,
    Decision,
    NotFromThisStatus,
    Status,
    back,
    move,
)

statuses = st.sampled_from(Status)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.WITHDRAWN, Status.ACCEPTED),
        (Status.WITHDRAWN, Status.WITHDRAWN),
        (Status.REJECTED, Status.WITHDRAWN),
        (Status.REJECTED, Status.ON_THE_BALLOT),
        (Status.SUBMITTED, Status.ON_THE_BALLOT),
        (Status.CHANGES_REQUESTED, Status.ON_THE_BALLOT),
        (Status.MERGED, Status.ACCEPTED),
        (Status.SPLIT, Status.MERGED),
        (Status.WITHDRAWN, Status.MERGED),
        (Status.ON_THE_BALLOT, Status.MERGED),
        (Status.FUNDED, Status.SHORTLISTED),
        (Status.SHORTLISTED, Status.ACCEPTED),
        (Status.ACCEPTED, Status.FUNDED),
        (Status.ON_THE_BALLOT, Status.REJECTED),
        (Status.ON_THE_BALLOT, Status.WITHDRAWN),
        (Status.FUNDED, Status.ON_THE_BALLOT),
    ],
)
def test_refuses_what_does_not_follow(before: Status, after: Status) -> None:
    with pytest.raises(NotFromThisStatus) as error:
        move(before, after)
    assert error.value.status == 409
    assert "_" not in error.value.detail


@given(statuses, statuses)
def test_a_status_follows_only_where_the_table_says(before: Status, after: Status) -> None:
    if after in NEXT[before]:
        assert move(before, after) is after
    else:
        with pytest.raises(NotFromThisStatus):
            move(before, after)


@given(st.lists(statuses, max_size=30))
def test_a_proposal_that_was_on_the_ballot_was_accepted_just_before(wanted: list[Status]) -> None:
    path = [Status.SUBMITTED]
    for status in wanted:
        if status in NEXT[path[-1]]:
            path.append(move(path[-1], status))
    if Status.ON_THE_BALLOT in path:
        first = path.index(Status.ON_THE_BALLOT)
        assert path[first - 1] in ACCEPTED
        assert OUTCOMES | {Status.SHORTLISTED, Status.ON_THE_BALLOT, Status.PLACED} >= set(path[first:])
    assert not JOINED & set(path[:-1])
    assert Status.WITHDRAWN not in path[:-1]


@given(statuses, statuses)
def test_only_what_was_merged_or_split_comes_back_and_only_to_where_officers_decide(
    before: Status, after: Status
) -> None:
    if before in JOINED and after in REVIEWED:
        assert back(before, after) is after
    else:
        with pytest.raises(NotFromThisStatus):
            back(before, after)


@pytest.mark.parametrize("decision", Decision)
def test_officers_may_decide_again_until_the_vote_opens(decision: Decision) -> None:
    for before in REVIEWED:
        assert move(before, Status(decision)).value == decision.value
