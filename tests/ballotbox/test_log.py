from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.log import BATCH, EVENTS, Leaf, ballot_leaf, ballot_leaves, event_leaf, read_leaf

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "time": st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds
    "count": st.integers(0, 10**9),
    "sha256": st.binary(min_size=32, max_size=32).map(bytes.hex),
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    "uuid": st.uuids(),
    "by": st.lists(st.text("ab \u00e9", min_size=1, max_size=9), max_size=2),
}


@st.composite
def events(draw: st.DrawFn) -> bytes:
    type_ = draw(st.sampled_from(sorted(EVENTS)))
    return event_leaf(type_, **{field: draw(VALUES[kind]) for field, kind in EVENTS[type_].items()})


def test_leaves_are_lines_that_people_can_read() -> None:
    assert ballot_leaf(bytes(31) + b"\x0f") == b"ballot " + b"0" * 63 + b"f"
    summer = datetime(2026, 6, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    assert event_leaf("open", at=summer, by=["A. Okafor", "Si\u00f4n Rees"], electors=1200) == (
        'open {"at":"2026-06-02T08:00:00Z","by":["A. Okafor","Si\u00f4n Rees"],"electors":1200}'.encode()
    )
    assert read_leaf(event_leaf("config", poll=UUID(int=7), config_sha256="0" * 64)).fields == {
        "poll": "00000000-0000-0000-0000-000000000007",
        "config_sha256": "0" * 64,
    }


@given(events())
def test_a_leaf_is_one_line_with_one_reading(leaf: bytes) -> None:
    read = read_leaf(leaf)
    assert read.fields is not None
    assert b"\n" not in leaf
    assert event_leaf(read.type, **read.fields) == leaf


@given(events(), st.data())
def test_a_flipped_bit_is_another_leaf_or_none(leaf: bytes, data: st.DataObject) -> None:
    changed = bytearray(leaf)
    changed[data.draw(st.integers(0, len(leaf) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = read_leaf(bytes(changed))
    except MalformedError:
        return
    assert read != read_leaf(leaf)


@given(
    waiting=st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=40),
    closing=st.booleans(),
    random=st.randoms(),
)
def test_ballots_enter_in_batches_that_have_no_order_of_arrival(
    *, waiting: list[bytes], closing: bool, random: Any
) -> None:
    leaves = ballot_leaves(waiting, closing=closing)
    random.shuffle(waiting)
    assert leaves == ballot_leaves(waiting, closing=closing)
    expected = sorted(waiting) if closing or len(waiting) >= BATCH else []
    assert [read_leaf(leaf) for leaf in leaves] == [Leaf("ballot", commitment) for commitment in expected]


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"ballot",
        b"ballot " + b"0" * 63,
        b"ballot " + b"A" * 64,
        b"ballot  " + b"0" * 64,
        b"ballot " + b"0" * 64 + b"\n",
        b"ballots {}",
        b"certify",
        b"certify {}",
        b"certify []",
        b'certify {"at":"2026-03-02T09:00:00Z"}',
        b'certify {"at":"2026-03-02T09:00:00Z","by":[],"note":""}',
        b'certify {"at":"2026-02-30T09:00:00Z","by":[]}',
        b'certify {"at":"2026-03-02 09:00:00Z","by":[]}',
        b'certify {"at":"2026-03-02T09:00:00+00:00","by":[]}',
        b'certify {"at":"2026-03-02T09:00:00Z","by":"me"}',
        b'certify {"at":"2026-03-02T09:00:00Z","by":[""]}',
        b'certify {"by":[],"at":"2026-03-02T09:00:00Z"}',
        b'open {"at":"2026-03-02T09:00:00Z","by":[],"electors":-1}',
        b'open {"at":"2026-03-02T09:00:00Z","by":[],"electors":true}',
        b'config {"config_sha256":"' + b"0" * 64 + b'","poll":"7"}',
        b'pause {"at":"2026-03-02T09:00:00Z","by":[],"reason":"' + b"x" * 70_000 + b'"}',
    ],
)
def test_refuses_any_other_leaf(leaf: bytes) -> None:
    with pytest.raises(MalformedError):
        read_leaf(leaf)


def test_refuses_to_write_what_cannot_be_read() -> None:
    with pytest.raises(MalformedError):
        event_leaf("certify", at=datetime(2026, 3, 2), by=[])  # noqa: DTZ001  # the point of the test
    with pytest.raises(MalformedError):
        event_leaf("certify", at=AT)
    with pytest.raises(MalformedError):
        ballot_leaf(bytes(31))
