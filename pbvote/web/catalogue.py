"""The words of the pages: one flat dictionary per language, with English behind every gap.

Keys are dotted (`vote.title`), placeholders are `{name}` or, for pence, `{name:money}`, and a text that depends on a
number has one key per plural form of the language (`choices.one`, `choices.other`), chosen in the browser by `count`.
Residents' words are in `frontend/i18n/en.json`, officers' in `frontend/i18n/en.officer.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

Strings = dict[str, str]

SOURCE = "en"
PSEUDO = "qps"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
NAMES = {"en": "English", "cy": "Cymraeg", "pl": "Polski", "ur": "اردو", PSEUDO: "[Ƥşḗŭđǿ]"}
PLURAL_FORMS = {
    "en": ("one", "other"),
    "cy": ("zero", "one", "two", "few", "many", "other"),
    "pl": ("one", "few", "many", "other"),
    "ur": ("one", "other"),
    PSEUDO: ("one", "other"),
}
SUFFIXES = ("zero", "one", "two", "few", "many", "other")
PLACEHOLDER = re.compile(r"\{[a-z_]+(?::money)?\}")

_ACCENTS = str.maketrans("abcdefghijklmnoprstuvwyzACDEGHILNORSTUWYZ", "áƀćđéƒğĥíĵķłɱñóƥřšŧúṽŵýžÁĆĐÉĞĤÍŁÑÓŘŠŦÚŴÝŽ")
_PADDING = "one two three four five six seven eight nine ten "


def read_catalogue(folder: Path, locale: str, *, officer: bool = False) -> Strings:
    """The strings of one language, English where it has none; the officers' too if asked."""
    names = ("", ".officer") if officer else ("",)
    english = {key: text for name in names for key, text in _read(folder / f"{SOURCE}{name}.json").items()}
    if locale == PSEUDO:
        return {key: pseudo(text) for key, text in english.items()}
    own = {key: text for name in names for key, text in _read(folder / f"{locale}{name}.json").items()}
    return {**english, **own}


def _read(path: Path) -> Strings:
    if not path.exists():
        return {}
    strings: Strings = json.loads(path.read_text(encoding="utf-8"))
    return strings


def pseudo(text: str) -> str:
    """A text as a translation might come out: accented, two fifths longer, in brackets, placeholders untouched."""
    parts = re.split(rf"({PLACEHOLDER.pattern})", text)
    accented = "".join(part if PLACEHOLDER.fullmatch(part) else part.translate(_ACCENTS) for part in parts)
    extra = round(len(text) * 0.4)
    padding = (_PADDING * (extra // len(_PADDING) + 1))[:extra].strip()
    return f"[{accented} {padding}]" if padding else f"[{accented}]"


def translate(strings: Mapping[str, str], key: str) -> str:
    """The text of a key; raises LookupError for one that no catalogue has."""
    try:
        return strings[key]
    except KeyError:
        raise LookupError(f"The catalogue has no text for {key!r}.") from None


def plural_stems(strings: Mapping[str, str]) -> set[str]:
    """The keys that come in plural forms, without the form."""
    return {key.removesuffix(".other") for key in strings if key.endswith(".other")}


def direction(locale: str) -> str:
    """`rtl` for languages that are written from right to left."""
    return "rtl" if locale.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def language_tag(locale: str) -> str:
    """What `lang` says: the locale; for the pseudo-translation, that it is a kind of English."""
    return "en-x-pseudo" if locale == PSEUDO else locale
