from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.errors import Reason
from pbvote.rounds.calendar import (
    INSTANTS,
    Calendar,
    local_text,
    missing_reasons,
    order_reasons,
    past_reasons,
    read_calendar,
    read_local,
)

LONDON = "Europe/London"
GOOD = {
    "proposals_open": "2026-03-01T09:00",
    "proposals_close": "2026-03-29T23:59",
    "voting_open": "2026-10-01T09:00",
    "voting_close": "2026-10-25T23:59",
    "results": "2026-11-02T12:00",
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01 09:00",
        "2026-03-01T09:00:00",
        "2026-03-01T09:00Z",
        "2026-03-01T09:00+01:00",
        "2026-02-30T09:00",
        "2026-13-01T09:00",
        "2026-03-01T24:00",
        "2026-03-01T09:60",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "1999-12-31T23:59",
        "2026-3-1T9:00",
        "\u0662\u0660\u0662\u0666-03-01T09:00",
        " 2026-03-01T09:00",
    ],
)
def test_refuses_what_is_no_local_time(text: str) -> None:
    read = read_local(text, LONDON, "voting_open")
    assert isinstance(read, Reason)
    assert (read.code, read.field) == ("bad_date", "voting_open")


@pytest.mark.parametrize("time", ["01:00", "01:30", "01:59"])
def test_refuses_a_time_that_the_clocks_skip(time: str) -> None:
    read = read_local(f"2026-03-29T{time}", LONDON, "voting_open")
    assert isinstance(read, Reason)
    assert read.code == "time_does_not_exist"
    assert read.params == {"time": time, "date": "2026-03-29", "zone": LONDON}
    assert f"{time} on Sunday 29 March 2026 does not exist in Europe/London" in read.detail


@pytest.mark.parametrize("time", ["01:00", "01:30", "01:59"])
def test_refuses_a_time_that_the_clocks_show_twice(time: str) -> None:
    read = read_local(f"2026-10-25T{time}", LONDON, "voting_close")
    assert isinstance(read, Reason)
    assert read.code == "time_happens_twice"
    assert f"{time} on Sunday 25 October 2026 happens twice in Europe/London" in read.detail


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-03-29T00:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T02:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25T00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25T02:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_takes_the_minutes_around_a_clock_change(text: str, hour: datetime) -> None:
    assert read_local(text, LONDON, "voting_open") == hour


@given(
    st.datetimes(datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2199-12-30")).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    st.sampled_from([LONDON, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"]),
)
def test_every_instant_is_read_back_or_is_one_of_two(moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC)
    read = read_local(local_text(at, zone), zone, "voting_open")
    if isinstance(read, Reason):
        assert read.code == "time_happens_twice"
        hours = (timedelta(minutes=minutes) for minutes in (-1440, -60, -30, 30, 60, 1440))
        assert any(local_text(at + hour, zone) == local_text(at, zone) for hour in hours)
    else:
        assert read == at


@given(st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")))
def test_every_minute_of_a_year_exists_unless_the_zone_skips_it(naive: datetime) -> None:
    text = f"{naive:%Y-%m-%dT%H:%M}"
    read = read_local(text, LONDON, "voting_open")
    if isinstance(read, Reason):
        assert text[:10] in {"2026-03-29", "2026-10-25"}
        assert text[11:13] == "01"
    else:
        assert read.astimezone(ZoneInfo(LONDON)).strftime("%Y-%m-%dT%H:%M") == text


def test_says_everything_that_is_wrong_with_a_calendar_at_once() -> None:
    texts = {**GOOD, "proposals_open": "soon", "voting_open": "2026-03-29T01:30", "results": "2026-04-01T12:00"}
    _, reasons = read_calendar(texts, LONDON)
    assert [(reason.field, reason.code) for reason in reasons] == [
        ("proposals_open", "bad_date"),
        ("voting_open", "time_does_not_exist"),
        ("results", "dates_out_of_order"),
    ]


def test_reads_a_calendar() -> None:
    calendar, reasons = read_calendar(GOOD, LONDON)
    assert not reasons
    assert calendar.proposals_close == datetime(2026, 3, 29, 22, 59, tzinfo=UTC)
    assert {name: at and local_text(at, LONDON) for name, at in calendar.items() if name in GOOD} == GOOD


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=5, max_size=5))
def test_instants_that_are_set_come_one_after_the_other(days: list[int | None]) -> None:
    calendar = Calendar(*(None if day is None else datetime(2026, 3, day + 1, tzinfo=UTC) for day in days))
    there = [day for day in days if day is not None]
    assert (order_reasons(calendar) == []) == (there == sorted(set(there)))
    assert all(reason.field in INSTANTS for reason in order_reasons(calendar))


def test_voting_needs_both_its_ends_and_proposals_both_or_none() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    fields = [reason.field for reason in missing_reasons(Calendar(proposals_close=moment))]
    assert fields == ["proposals_open", "voting_open", "voting_close"]
    assert missing_reasons(Calendar(voting_open=moment, voting_close=moment)) == []


def test_what_lies_behind_is_named() -> None:
    calendar, _ = read_calendar(GOOD, LONDON)
    moment = datetime(2026, 3, 29, 22, 59, tzinfo=UTC)
    assert [reason.field for reason in past_reasons(calendar, moment)] == ["proposals_open", "proposals_close"]
