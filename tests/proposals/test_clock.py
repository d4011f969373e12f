"""The service clock: working days as offices count them, and one boundary for lists that says the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.proposals.bank_holidays import BANK_HOLIDAYS, YEARS
from pbvote.proposals.clock import after_working_days, due_on, is_overdue, is_working_day, overdue_before

days = st.dates(date(2025, 1, 1), date(2031, 12, 31))
moments = st.datetimes(datetime(2025, 1, 15), datetime(2031, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive
counts = st.integers(1, 30)
zones = st.sampled_from(["Europe/London", "Pacific/Auckland", "America/New_York", "UTC"])


@pytest.mark.parametrize(
    ("came", "within", "due"),
    [
        ("2026-11-16", 5, "2026-11-23"),  # Monday to Monday
        ("2026-11-20", 1, "2026-11-23"),  # Friday to Monday
        ("2026-11-21", 1, "2026-11-23"),  # a Saturday is not counted
        ("2026-04-02", 1, "2026-04-07"),  # over Easter
        ("2026-12-24", 1, "2026-12-29"),  # Boxing Day is a Saturday: the Monday after is free
        ("2027-12-24", 2, "2027-12-30"),  # Christmas and Boxing Day both fall on a weekend
    ],
)
def test_a_due_day_is_counted_as_offices_count(came: str, within: int, due: str) -> None:
    assert after_working_days(date.fromisoformat(came), within) == date.fromisoformat(due)


def test_the_day_is_the_one_on_the_clocks_of_the_forum() -> None:
    late_in_summer = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)  # half past midnight on Tuesday in London
    assert due_on(late_in_summer, 1, "Europe/London") == date(2026, 6, 3)
    assert due_on(late_in_summer, 1, "UTC") == date(2026, 6, 2)


@given(days, counts)
def test_exactly_so_many_working_days_lie_between(came: date, within: int) -> None:
    due = after_working_days(came, within)
    between = [came + timedelta(days=n) for n in range(1, (due - came).days + 1)]
    assert is_working_day(due)
    assert sum(is_working_day(day) for day in between) == within


@given(days, days, counts, counts)
def test_whoever_comes_later_or_may_wait_longer_is_not_due_earlier(
    one: date, other: date, less: int, more: int
) -> None:
    first, last = sorted((one, other))
    few, many = sorted((less, more))
    assert after_working_days(first, few) <= after_working_days(last, few) <= after_working_days(last, many)


@given(moments, st.integers(-60 * 24 * 40, 60), counts, zones)
def test_one_boundary_says_what_is_overdue(moment: datetime, minutes: int, within: int, zone: str) -> None:
    since = moment + timedelta(minutes=minutes)
    assert is_overdue(since, within, zone, moment) == (since < overdue_before(within, zone, moment))


@given(moments, counts, zones)
def test_the_boundary_is_exact(moment: datetime, within: int, zone: str) -> None:
    boundary = overdue_before(within, zone, moment)
    assert not is_overdue(boundary, within, zone, moment)
    assert is_overdue(boundary - timedelta(microseconds=1), within, zone, moment)


@pytest.mark.parametrize("year", sorted(YEARS))
def test_the_holidays_are_those_of_the_act(year: int) -> None:
    def monday(month: int, *, last: bool) -> date:
        found = [date(year, month, day) for day in range(1, 32) if date(year, month, day).weekday() == 0]
        return found[-1 if last else 0]

    expected = {easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)}
    expected |= {monday(5, last=False), monday(5, last=True), monday(8, last=True)}
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() >= 5 or day in expected:
            day += timedelta(days=1)
        expected.add(day)
    assert {day for day in BANK_HOLIDAYS if day.year == year} == expected


def easter(year: int) -> date:
    """Easter Sunday by Gauss' rule with the corrections, good from 1900 to 2099."""
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    if (d, e) == (29, 6) or (d == 28 and e == 6 and a > 10):
        e -= 7
    return date(year, 3, 22) + timedelta(days=d + e)
