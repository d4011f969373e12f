from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.proposals.states import ACCEPTED, NEXT, Decision, NotFromThisStatus, Status, move

statuses = st.sampled_from(Status)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.WITHDRAWN, Status.ACCEPTED),
        (Status.WITHDRAWN, Status.WITHDRAWN),
        (Status.REJECTED, Status.WITHDRAWN),
        (Status.REJECTED, Status.ON_THE_BALLOT),
        (Status.SUBMITTED, Status.ON_THE_BALLOT),
        (Status.ACCEPTED, Status.SUBMITTED),
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
        assert path[path.index(Status.ON_THE_BALLOT) - 1] in ACCEPTED
        assert path.count(Status.ON_THE_BALLOT) == 1
    assert Status.SUBMITTED not in path[1:]
    assert Status.WITHDRAWN not in path[:-1]


@pytest.mark.parametrize("decision", Decision)
def test_officers_may_decide_again_until_the_vote_opens(decision: Decision) -> None:
    for before in (Status.SUBMITTED, Status.ACCEPTED, Status.ACCEPTED_WITH_CHANGES, Status.REJECTED):
        assert move(before, Status(decision)).value == decision.value
