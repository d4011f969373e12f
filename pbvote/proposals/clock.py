"""The service clock: by which day officers mean to have looked at a proposal. Pure.

Working days are Mondays to Fridays without the bank holidays of England. They are days on the clocks of the forum: a
proposal that comes a minute before midnight has come that day. The day on which it comes is not counted.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pbvote.proposals.bank_holidays import BANK_HOLIDAYS

DAY = timedelta(days=1)
WEEKEND = 5  # Saturday, as `date.weekday` counts


def is_working_day(day: date, holidays: Collection[date] = BANK_HOLIDAYS) -> bool:
    """Whether offices are open."""
    return day.weekday() < WEEKEND and day not in holidays


def after_working_days(day: date, count: int, holidays: Collection[date] = BANK_HOLIDAYS) -> date:
    """The working day that is the `count`-th after `day`; `count` is 1 or more."""
    while count > 0:
        day += DAY
        count -= is_working_day(day, holidays)
    return day


def due_on(since: datetime, within: int, zone: str) -> date:
    """The last day for a proposal that waits `since` then, where officers look within so many working days."""
    return after_working_days(since.astimezone(ZoneInfo(zone)).date(), within)


def is_overdue(since: datetime, within: int, zone: str, moment: datetime) -> bool:
    """Whether that day is over at `moment`."""
    return moment.astimezone(ZoneInfo(zone)).date() > due_on(since, within, zone)


def overdue_before(within: int, zone: str, moment: datetime) -> datetime:
    """What has waited since before this instant is overdue at `moment`, and nothing else is.

    The due day grows with the day on which a proposal came, so there is a first day whose proposals are still in time;
    the instant is where that day begins in `zone`. For lists, which ask the database.
    """
    today = moment.astimezone(ZoneInfo(zone)).date()
    day = today
    while after_working_days(day - DAY, within) >= today:
        day -= DAY
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
