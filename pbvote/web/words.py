"""The words of pages that the server writes: the same catalogue, placeholders and plural forms as in the browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Protocol

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal, format_percent

from pbvote.web.catalogue import Strings, translate

BRITISH = Locale("en", "GB")
# The parameters of reasons that choose a plural form, the first that there is (as in js/lib/core.js).
COUNTED = ("votes", "needed", "greedy", "chosen", "score")

_FILLED = re.compile(r"\{([a-z_]+)(?::(money))?\}")


class ReasonLike(Protocol):
    """One thing that is wrong, or the reason for something: as a code, and as an English sentence."""

    @property
    def code(self) -> str:
        """Its stable code."""

    @property
    def params(self) -> Mapping[str, int | str]:
        """Its numbers (money in pence) and names."""

    @property
    def detail(self) -> str:
        """Its English sentence."""


@dataclass(frozen=True, slots=True)
class Words:
    """The strings of a language, and how it writes numbers and money."""

    strings: Strings
    locale: str
    currency: str = "GBP"

    def text(self, key: str, **params: object) -> str:
        """The text of a key; `count` chooses the plural form (and `.zero`, where there is one, for nought)."""
        template = self._template(key, params.get("count"))
        return _FILLED.sub(lambda match: self._shown(params.get(match[1], ""), match[2]), template)

    def reason(self, reason: ReasonLike) -> str:
        """A reason in this language; its English sentence where the catalogue has no text for its code and numbers."""
        key = f"reason.{reason.code}"
        if key not in self.strings and f"{key}.other" not in self.strings:
            return reason.detail or self.text("reason.unexpected")
        params: dict[str, object] = dict(reason.params)
        numbers = (params[name] for name in COUNTED if name in params)
        filled = {"count": next(numbers, None), **params}
        named = {name for name, _ in _FILLED.findall(self._template(key, filled["count"]))}
        return self.text(key, **filled) if named <= filled.keys() or not reason.detail else reason.detail

    def money(self, pence: int) -> str:
        """Pence as money, without pennies when there are none: 2500000 is £25,000."""
        locale = _formats_of(self.locale)
        pattern: str = locale.currency_formats["standard"].pattern
        whole = pattern.replace(".00", "") if pence % 100 == 0 else pattern
        text: str = format_currency(Decimal(pence) / 100, self.currency, whole, locale=locale, currency_digits=False)
        return text

    def number(self, value: float) -> str:
        """A number, whole or with a few decimals."""
        return format_decimal(value, locale=_formats_of(self.locale))

    def percent(self, part: int, whole: int) -> str:
        """A share as a whole percentage; of nothing it is nought."""
        return format_percent(part / whole if whole else 0, locale=_formats_of(self.locale))

    def _template(self, key: str, count: object) -> str:
        if not isinstance(count, int):
            return translate(self.strings, key)
        forms = ["zero"] if count == 0 else []
        forms += [_formats_of(self.locale).plural_form(count), "other"]
        found = (self.strings[f"{key}.{form}"] for form in forms if f"{key}.{form}" in self.strings)
        return next(found, None) or translate(self.strings, key)

    def _shown(self, value: object, kind: str | None) -> str:
        if kind == "money" and isinstance(value, int):
            return self.money(value)
        return self.number(value) if isinstance(value, int) else str(value)


@cache
def _formats_of(locale: str) -> Locale:
    """How a language writes numbers; British English for a language that is not known."""
    if locale == "en":
        return BRITISH
    try:
        return Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return BRITISH
