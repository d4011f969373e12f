"""The words of reasons: each reason of the tally has them, with its own numbers, and no reason that is gone has any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbvote.errors import DomainError, snake
from pbvote.tally.reasons import MONEY, SENTENCES
from pbvote.web.catalogue import SOURCE, read_catalogue
from pbvote.web.words import COUNTED

ROOT = Path(__file__).resolve().parents[2]
STRINGS = read_catalogue(ROOT / "frontend" / "i18n", SOURCE, officer=True)
IN_SENTENCE = re.compile(r"\{(\w+)(\|[^}]+)?\}")
IN_TEXT = re.compile(r"\{([a-z_]+)(:money)?\}")
MADE = re.compile(r"officer_check_[a-z]+|[a-z]+_(?:missing|length)")  # put together where they are made
PLURAL = re.compile(r"\.(one|other|zero)$")


def texts_of(code: str) -> dict[str, str]:
    """The texts of a reason, in every plural form."""
    return {key: text for key, text in STRINGS.items() if PLURAL.sub("", key) == f"reason.{code}"}


def literals() -> set[str]:
    """All that stands in quotes where reasons are made: in Python but for the tally, and in the browser."""
    python = [path for path in (ROOT / "pbvote").rglob("*.py") if "tally" not in path.relative_to(ROOT).parts]
    script = (ROOT / "frontend" / "js").rglob("*.js")
    return {code for path in (*python, *script) for code in re.findall(r"""["'`]([a-z_]+)["'`]""", path.read_text())}


def problems(base: type[DomainError] = DomainError) -> set[str]:
    return {snake(base.__name__)}.union(*(problems(one) for one in base.__subclasses__()))


@pytest.mark.parametrize("code", SENTENCES)
def test_a_reason_of_the_tally_has_words_with_its_own_numbers(code: str) -> None:
    params = [name for name, _ in IN_SENTENCE.findall(SENTENCES[code])]
    plural = [name for name, nouns in IN_SENTENCE.findall(SENTENCES[code]) if nouns]
    texts = texts_of(code)
    assert texts
    for key, text in texts.items():
        named = dict(IN_TEXT.findall(text))
        assert named.keys() <= set(params), key
        assert {name for name, kind in named.items() if kind} == named.keys() & MONEY, key
    if plural:
        assert set(texts) == {f"reason.{code}.one", f"reason.{code}.other"}
        assert plural == [next(name for name in COUNTED if name in params)]
    told = texts.get(f"reason.{code}.other") or texts[f"reason.{code}"]
    assert {name for name, _ in IN_TEXT.findall(told)} == set(params)


def test_no_reason_that_is_gone_has_words() -> None:
    made = literals() | problems() | SENTENCES.keys()
    codes = {PLURAL.sub("", key).removeprefix("reason.") for key in STRINGS if key.startswith("reason.")}
    assert "paid_by_supporters" in codes
    assert {code for code in codes - made if not MADE.fullmatch(code)} == set()


def test_the_browser_chooses_plural_forms_by_the_same_numbers() -> None:
    script = (ROOT / "frontend" / "js" / "lib" / "core.js").read_text()
    [listed] = re.findall(r"const COUNTED = \[(.+)\];", script)
    assert tuple(re.findall(r"'(\w+)'", listed)) == COUNTED
