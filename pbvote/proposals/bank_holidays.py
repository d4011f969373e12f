"""The bank holidays of England and Wales, as data.

Source: "UK bank holidays", England and Wales, as GOV.UK publishes them, for 2025 to 2027; from 2028 on those that the
Banking and Financial Dealings Act 1971 (section 1 and schedule 1) and the yearly proclamations under it have always
given: New Year's Day, Good Friday, Easter Monday, the first and the last Monday of May, the last Monday of August,
Christmas Day and Boxing Day, each on the next working day where it falls on a weekend. A day that is proclaimed for
once, as for a coronation, is added here when it is known. Pure.
"""

from __future__ import annotations

from datetime import date

_DAYS = {
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2029: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2030: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
    2031: "01-01 04-11 04-14 05-05 05-26 08-25 12-25 12-26",
}
YEARS = frozenset(_DAYS)
BANK_HOLIDAYS = frozenset(date.fromisoformat(f"{year}-{day}") for year, days in _DAYS.items() for day in days.split())
