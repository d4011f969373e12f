"""Amounts in currency units: for files and JSON, and for people."""

from __future__ import annotations

from fractions import Fraction


def amount(minor: int | Fraction, units: int) -> int | str:
    """An amount of minor units in currency units, as JSON has it."""
    value = Fraction(minor) / units
    if value.denominator == 1:
        return value.numerator
    digits = len(str(units)) - 1
    if digits and (value * units).denominator == 1:
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value.numerator) // value.denominator}.{abs(value * units).numerator % units:0{digits}}"
    return str(value)


def money_text(minor: Fraction, currency: str, units: int) -> str:
    """An amount for people, rounded to minor units: `1,070,000 PLN`, `12.35 GBP`."""
    whole, part = divmod(round(minor), units)
    digits = len(str(units)) - 1
    text = f"{whole:,}.{part:0{digits}}" if part else f"{whole:,}"
    return f"{text} {currency}".rstrip()
