from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.rounds.calendar import Calendar
from pbvote.rounds.phases import (
    AFTER,
    ALLOWED,
    Action,
    Course,
    NotInThisPhase,
    Phase,
    ProposalsAreClosed,
    ProposalsAreNotOpen,
    RulesAreFrozen,
    VotingIsClosed,
    VotingIsNotOpen,
    is_held,
    next_step,
    phase_at,
    require,
)

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
CALENDAR = Calendar(*(START + timedelta(days=days) for days in (0, 20, 30, 44, 45, 47, 50)))
instants = st.integers(-10, 70).map(lambda days: START + timedelta(days=days))


@pytest.mark.parametrize(
    ("phase", "action", "error"),
    [
        (Phase.DRAFT, Action.CAST_BALLOT, VotingIsNotOpen),
        (Phase.PROPOSALS, Action.CAST_BALLOT, VotingIsNotOpen),
        (Phase.REVIEW, Action.CAST_BALLOT, VotingIsNotOpen),
        (Phase.COUNTING, Action.CAST_BALLOT, VotingIsClosed),
        (Phase.PUBLISHED, Action.CAST_BALLOT, VotingIsClosed),
        (Phase.CLOSED, Action.CAST_BALLOT, VotingIsClosed),
        (Phase.CANCELLED, Action.CAST_BALLOT, VotingIsClosed),
        (Phase.REVIEW, Action.SHOW_BALLOT_PAPER, VotingIsNotOpen),
        (Phase.SHORTLIST, Action.CAST_BALLOT, VotingIsNotOpen),
        (Phase.SHORTLIST, Action.SHOW_BALLOT_PAPER, VotingIsNotOpen),
        (Phase.SHORTLIST, Action.CONFIGURE, RulesAreFrozen),
        (Phase.SHORTLIST, Action.EDIT_ROLL, NotInThisPhase),
        (Phase.SHORTLIST, Action.WITHDRAW_PROPOSAL, NotInThisPhase),
        (Phase.CANCELLED, Action.SHOW_BALLOT_PAPER, NotInThisPhase),
        (Phase.COUNTING, Action.CLOSE_VOTING, VotingIsClosed),
        (Phase.REVIEW, Action.CLOSE_VOTING, NotInThisPhase),
        (Phase.DRAFT, Action.SUBMIT_PROPOSAL, ProposalsAreNotOpen),
        (Phase.REVIEW, Action.SUBMIT_PROPOSAL, ProposalsAreClosed),
        (Phase.CANCELLED, Action.SUBMIT_PROPOSAL, ProposalsAreClosed),
        (Phase.VOTING, Action.DECIDE_PROPOSAL, NotInThisPhase),
        (Phase.VOTING, Action.CONFIGURE, RulesAreFrozen),
        (Phase.CLOSED, Action.CONFIGURE, NotInThisPhase),
        (Phase.PROPOSALS, Action.OPEN_ROUND, NotInThisPhase),
        (Phase.PROPOSALS, Action.OPEN_VOTING, NotInThisPhase),
        (Phase.VOTING, Action.COUNT, NotInThisPhase),
        (Phase.VOTING, Action.PUBLISH, NotInThisPhase),
        (Phase.VOTING, Action.EDIT_ROLL, NotInThisPhase),
        (Phase.COUNTING, Action.EDIT_ROLL, NotInThisPhase),
        (Phase.COUNTING, Action.BEGIN_DELIVERY, NotInThisPhase),
        (Phase.PUBLISHED, Action.FINISH, NotInThisPhase),
        (Phase.CLOSED, Action.CANCEL, NotInThisPhase),
        (Phase.CANCELLED, Action.CANCEL, NotInThisPhase),
    ],
)
def test_refuses_what_the_phase_does_not_allow(phase: Phase, action: Action, error: type[NotInThisPhase]) -> None:
    with pytest.raises(NotInThisPhase) as raised:
        require(phase, action)
    assert type(raised.value) is error
    assert raised.value.status == 409
    assert raised.value.detail.endswith(".")


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("action", Action)
def test_allows_exactly_what_the_table_says(phase: Phase, action: Action) -> None:
    if action in ALLOWED[phase]:
        require(phase, action)
    else:
        with pytest.raises(NotInThisPhase):
            require(phase, action)


def test_the_table_allows_each_action_where_it_belongs() -> None:
    where = {action: {phase for phase in Phase if action in ALLOWED[phase]} for action in Action}
    before_voting = {Phase.DRAFT, Phase.PROPOSALS, Phase.REVIEW}
    assert where[Action.CONFIGURE] == before_voting
    assert where[Action.EDIT_ROLL] == before_voting
    assert where[Action.SUBMIT_PROPOSAL] == {Phase.PROPOSALS}
    assert where[Action.ADD_PROPOSAL] == {Phase.PROPOSALS, Phase.REVIEW}
    assert where[Action.DECIDE_PROPOSAL] == where[Action.WITHDRAW_PROPOSAL] == {Phase.PROPOSALS, Phase.REVIEW}
    assert where[Action.CAST_BALLOT] == where[Action.CLOSE_VOTING] == {Phase.VOTING}
    assert where[Action.COUNT] == where[Action.PUBLISH] == {Phase.COUNTING}
    assert where[Action.CANCEL] == set(Phase) - {Phase.CLOSED, Phase.CANCELLED}
    assert where[Action.SHOW_BALLOT_PAPER] == set(Phase) - before_voting - {Phase.SHORTLIST, Phase.CANCELLED}
    assert where[Action.OPEN_VOTING] == {Phase.REVIEW, Phase.SHORTLIST}


def test_every_phase_but_the_last_can_be_cancelled_and_leads_forward() -> None:
    order = list(Phase)
    for phase, following in AFTER.items():
        assert (Phase.CANCELLED in following) == (not phase.over)
        again = {Phase.VOTING} if phase is Phase.SHORTLIST else set()  # the second vote
        assert all(order.index(after) > order.index(phase) for after in following - again)


@pytest.mark.parametrize(
    ("written", "current", "moment", "standing"),
    [
        (Phase.PROPOSALS, 1, CALENDAR.proposals_close, Phase.REVIEW),
        (Phase.VOTING, 1, CALENDAR.voting_close, Phase.COUNTING),
        (Phase.VOTING, 2, CALENDAR.second_voting_close, Phase.COUNTING),
    ],
)
def test_an_end_is_exact(written: Phase, current: int, moment: datetime, standing: Phase) -> None:
    assert phase_at(written, CALENDAR, moment - timedelta(microseconds=1), current) is written
    assert phase_at(written, CALENDAR, moment, current) is standing


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.PROPOSALS, Phase.VOTING}))
def test_nothing_begins_by_the_clock_alone(phase: Phase) -> None:
    assert phase_at(phase, CALENDAR, START + timedelta(days=1_000)) is phase


@given(st.sampled_from(Phase), instants, instants)
def test_the_clock_never_takes_a_round_backwards(phase: Phase, one: datetime, other: datetime) -> None:
    order = list(Phase)
    earlier, later = sorted((one, other))
    before, after = phase_at(phase, CALENDAR, earlier), phase_at(phase, CALENDAR, later)
    assert order.index(phase) <= order.index(before) <= order.index(after)
    assert after in {phase} | AFTER[phase]


@given(st.sampled_from(Phase), instants)
def test_what_the_clock_says_once_it_says_again(phase: Phase, moment: datetime) -> None:
    standing = phase_at(phase, CALENDAR, moment)
    assert phase_at(standing, CALENDAR, moment) is standing


@given(st.sampled_from(Phase), st.sampled_from([(1, 1), (1, 2), (2, 2)]), instants)
def test_the_next_step_may_follow(phase: Phase, where: tuple[int, int], opened_at: datetime) -> None:
    for calendar in (CALENDAR, Calendar()):
        step = next_step(phase, Course(calendar, opened_at, *where))
        assert (step is None) == phase.over
        assert step is None or step[0] in AFTER[phase]


def test_without_a_time_for_proposals_review_begins_when_the_round_is_opened() -> None:
    calendar = Calendar(voting_open=CALENDAR.voting_open, voting_close=CALENDAR.voting_close)
    assert next_step(Phase.DRAFT, Course(calendar, START)) == (Phase.REVIEW, START)


def test_the_first_of_two_votes_leads_to_the_shortlist_and_the_second_to_the_result() -> None:
    first, second = (Course(CALENDAR, START, current, polls=2) for current in (1, 2))
    assert next_step(Phase.VOTING, first) == (Phase.COUNTING, CALENDAR.voting_close)
    assert next_step(Phase.COUNTING, first) == (Phase.SHORTLIST, CALENDAR.second_voting_open)
    assert next_step(Phase.SHORTLIST, second) == (Phase.VOTING, CALENDAR.second_voting_open)
    assert next_step(Phase.VOTING, second) == (Phase.COUNTING, CALENDAR.second_voting_close)
    assert next_step(Phase.COUNTING, second) == (Phase.PUBLISHED, CALENDAR.results)
    assert CALENDAR.second_voting_open is not None
    assert is_held(Phase.SHORTLIST, second, CALENDAR.second_voting_open)
    assert not is_held(Phase.SHORTLIST, second, CALENDAR.second_voting_open - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("phase", "opened_at", "moment", "held"),
    [
        (Phase.DRAFT, None, CALENDAR.proposals_open, False),
        (Phase.DRAFT, START - timedelta(days=9), START - timedelta(days=1), False),
        (Phase.DRAFT, START - timedelta(days=9), CALENDAR.proposals_open, True),
        (Phase.REVIEW, START, CALENDAR.proposals_close, False),
        (Phase.REVIEW, START, CALENDAR.voting_open, True),
        (Phase.VOTING, START, CALENDAR.results, False),
        (Phase.COUNTING, START, CALENDAR.results, False),
    ],
)
def test_a_round_is_held_when_a_beginning_is_due(
    phase: Phase, opened_at: datetime | None, moment: datetime, *, held: bool
) -> None:
    assert is_held(phase, Course(CALENDAR, opened_at), moment) is held
