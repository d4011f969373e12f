"""The calendar of a round: local times of the forum's zone to and from UTC, and the order of its instants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from pbvote.errors import Reason

FIRST_YEAR, LAST_YEAR = 2000, 2199

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The instants of a round in their order, in UTC; None where none is set."""

    proposals_open: datetime | None = None
    proposals_close: datetime | None = None
    voting_open: datetime | None = None
    voting_close: datetime | None = None
    second_voting_open: datetime | None = None
    second_voting_close: datetime | None = None
    results: datetime | None = None

    def vote(self, position: int) -> tuple[datetime | None, datetime | None]:
        """When the first (1) or the second (2) vote opens and closes."""
        if position == 1:
            return self.voting_open, self.voting_close
        return self.second_voting_open, self.second_voting_close

    def items(self) -> list[tuple[str, datetime | None]]:
        """Name and instant, in order."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


INSTANTS = tuple(field.name for field in fields(Calendar))
NAMES = {
    "proposals_open": "opening of proposals",
    "proposals_close": "close of proposals",
    "voting_open": "opening of the vote",
    "voting_close": "close of the vote",
    "second_voting_open": "opening of the second vote",
    "second_voting_close": "close of the second vote",
    "results": "day of the results",
}


def read_local(text: str, zone: str, field: str) -> datetime | Reason:
    """`2026-03-29T23:59` on the clocks of `zone`, in UTC, or why there is no such instant or more than one."""
    try:
        naive = datetime.fromisoformat(text) if _LOCAL.fullmatch(text) else None
    except ValueError:  # a day that no month has
        naive = None
    if naive is None or not FIRST_YEAR <= naive.year <= LAST_YEAR:
        detail = f"This is not a date and time from {FIRST_YEAR} to {LAST_YEAR}; expected one such as 2026-03-29T23:59."
        return Reason("bad_date", detail, {}, field)
    earlier, later = (naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier == later:
        return earlier
    when = {"time": f"{naive:%H:%M}", "date": f"{naive:%Y-%m-%d}", "zone": zone}
    if local_text(earlier, zone) != text:
        detail = (
            f"{naive:%H:%M} on {_day(naive)} does not exist in {zone}: the clocks go forward then. Choose another time."
        )
        return Reason("time_does_not_exist", detail, {**when}, field)
    detail = f"{naive:%H:%M} on {_day(naive)} happens twice in {zone}: the clocks go back then. Choose another time."
    return Reason("time_happens_twice", detail, {**when}, field)


def local_text(at: datetime, zone: str) -> str:
    """An instant on the clocks of `zone`, as a datetime-local input takes it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def read_calendar(texts: Mapping[str, str | None], zone: str) -> tuple[Calendar, list[Reason]]:
    """Local times by instant, as a calendar, with everything that is wrong with them and with their order."""
    calendar, reasons = Calendar(), []
    for name in INSTANTS:
        text = texts.get(name)
        read = None if text is None else read_local(text, zone, name)
        if isinstance(read, Reason):
            reasons.append(read)
        else:
            calendar = replace(calendar, **{name: read})
    return calendar, reasons + order_reasons(calendar)


def order_reasons(calendar: Calendar) -> list[Reason]:
    """Each instant that does not come after the one before it; those that are not set yet are passed over."""
    there = [(name, at) for name, at in calendar.items() if at is not None]
    return [
        Reason(
            "dates_out_of_order",
            f"The {NAMES[name]} must come after the {NAMES[before]}.",
            {"before": before, "after": name},
            name,
        )
        for (before, first), (name, second) in pairwise(there)
        if second <= first
    ]


def missing_reasons(calendar: Calendar, polls: int = 1) -> list[Reason]:
    """The instants that a round with so many votes needs and does not have.

    Proposals have both of theirs or none; the day of the results may be left open.
    """
    needed = ["voting_open", "voting_close", *(["second_voting_open", "second_voting_close"] if polls > 1 else [])]
    if calendar.proposals_open or calendar.proposals_close:
        needed = ["proposals_open", "proposals_close", *needed]
    return [
        Reason("date_missing", f"A date and time is needed for the {NAMES[name]}.", {"what": name}, name)
        for name in needed
        if getattr(calendar, name) is None
    ]


def past_reasons(calendar: Calendar, moment: datetime) -> list[Reason]:
    """The instants that lie in the past."""
    return [
        Reason("date_in_the_past", f"The {NAMES[name]} lies in the past.", {"what": name}, name)
        for name, at in calendar.items()
        if at is not None and at <= moment
    ]


def _day(naive: datetime) -> str:
    return f"{naive:%A} {naive.day} {naive:%B %Y}"
