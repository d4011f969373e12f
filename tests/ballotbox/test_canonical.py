from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.canonical import CanonicalBallot, Form, NotCanonicalError, decode, receipt

POLL = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
numbers = st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=20).map(tuple)


@st.composite
def ballots(draw: st.DrawFn) -> CanonicalBallot:
    form, projects = draw(st.sampled_from(Form)), draw(numbers)
    size = len(projects) if form is Form.POINTS else 0
    points = tuple(draw(st.lists(st.integers(0, 2**32 - 1), min_size=size, max_size=size)))
    return CanonicalBallot(draw(st.uuids()), form, projects, points)


def test_the_encoding_is_the_documented_one() -> None:
    ballot = CanonicalBallot(POLL, Form.SET, (7, 2))
    assert ballot.encode() == b"\x01" + POLL.bytes + b"\x01" + b"\0\0\0\x02" + b"\0\0\0\x02" + b"\0\0\0\x07"
    with_points = CanonicalBallot(POLL, Form.POINTS, (7, 2), (1, 5))
    assert with_points.encode().endswith(b"\0\0\0\x02\0\0\0\x05\0\0\0\x07\0\0\0\x01")


@given(ballots())
def test_a_ballot_is_read_back_as_what_the_rule_consumes(ballot: CanonicalBallot) -> None:
    read = decode(ballot.encode())
    assert (read.poll, read.form, read.encode()) == (ballot.poll, ballot.form, ballot.encode())
    if ballot.form is Form.RANKING:
        assert read.projects == ballot.projects
    elif ballot.form is Form.POINTS:
        assert dict(zip(read.projects, read.points, strict=True)) == dict(
            zip(ballot.projects, ballot.points, strict=True)
        )
    else:
        assert read.projects == tuple(sorted(ballot.projects))


@given(numbers, st.randoms())
def test_the_order_of_a_set_changes_nothing_and_that_of_a_ranking_everything(
    projects: tuple[int, ...], random: object
) -> None:
    shuffled = list(projects)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own random, typed as object
    same = (
        CanonicalBallot(POLL, Form.SET, projects).encode() == CanonicalBallot(POLL, Form.SET, tuple(shuffled)).encode()
    )
    assert same
    ranked = CanonicalBallot(POLL, Form.RANKING, projects).encode()
    assert (ranked == CanonicalBallot(POLL, Form.RANKING, tuple(shuffled)).encode()) == (tuple(shuffled) == projects)


@given(st.binary(max_size=80))
def test_bytes_are_a_ballot_only_if_they_are_its_one_encoding(data: bytes) -> None:
    try:
        ballot = decode(data)
    except NotCanonicalError:
        return
    assert ballot.encode() == data


@pytest.mark.parametrize("entries", [b"\0\0\0\x07\0\0\0\x02", b"\0\0\0\x02\0\0\0\x07\0"])
def test_refuses_entries_out_of_order_and_left_over_bytes(entries: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        decode(b"\x01" + POLL.bytes + b"\x01" + b"\0\0\0\x02" + entries)


def test_a_receipt_is_twelve_symbols_of_the_commitment() -> None:
    assert receipt(bytes(32)) == "0000-0000-0000"
    assert receipt(b"\xff" * 32) == "ZZZZ-ZZZZ-ZZZZ"
