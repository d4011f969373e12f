"""The words of the pages: every key that is used exists, every key that exists is used, every plural form is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pbvote.web.catalogue import (
    NAMES,
    PLACEHOLDER,
    PLURAL_FORMS,
    PSEUDO,
    SOURCE,
    SUFFIXES,
    direction,
    plural_stems,
    pseudo,
    read_catalogue,
    translate,
)
from pbvote.web.pages import SERVER_ONLY

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
WORDS = FRONTEND / "i18n"
PUBLISHED = sorted({path.name.split(".")[0] for path in WORDS.glob("*.json")} - {SOURCE})
QUOTED = re.compile(r"""["'`]([a-z][a-z_]*(?:\.[a-z0-9_-]+)*)["'`]""")
MADE = re.compile(r"`([a-z_]+(?:\.[a-z_]+)*[._])\$\{")
IN_SHELL = re.compile(r"\{\{t:([^}]+)\}\}|^title: (.+)$", re.MULTILINE)
IN_TEMPLATE = re.compile(r"""["']([a-z][a-z_]*\.[a-z0-9_.-]+)["'](?! ~)""")
LETTER = re.compile(r'"(plain\.(?:letter|notice|feed)\.[a-z_0-9]+)"')
WRITTEN = (
    "pbvote/following/writing.py",
    "pbvote/roll/printing.py",
    "pbvote/nights/printing.py",
    "pbvote/nights/writing.py",
    "pbvote/notices/writing.py",
    "pbvote/feeds/writing.py",
    "pbvote/feeds/api.py",
    "pbvote/administration/messages.py",
)
IN_PYTHON = {"noscript"}.union(*(LETTER.findall((FRONTEND.parent / path).read_text()) for path in WRITTEN))
MADE_IN_PYTHON = re.compile(r'"(plain\.[a-z]+\.)\{')
MADE_IN_TEMPLATE = re.compile(r"""["']([a-z_]+\.(?:[a-z_]+_)?)["'] ~""")


def catalogue(locale: str = SOURCE) -> dict[str, str]:
    return read_catalogue(WORDS, locale, officer=True)


def stem(key: str, strings: dict[str, str]) -> str:
    """The key as it is used: without its plural form."""
    head, _, last = key.rpartition(".")
    return head if last in SUFFIXES and f"{head}.other" in strings else key


def sources(*patterns: str) -> str:
    return "\n".join(path.read_text() for pattern in patterns for path in sorted(FRONTEND.glob(pattern)))


def shell_keys() -> set[str]:
    return {text or title for text, title in IN_SHELL.findall(sources("pages/*.html", "_layout.html"))}


def template_keys() -> set[str]:
    """What the pages without JavaScript name; files are named in the same quotes."""
    named = set(IN_TEMPLATE.findall(sources("plain/*.html")))
    return {key for key in named if not key.endswith((".html", ".pb", ".csv", ".json"))}


def test_every_key_in_a_shell_exists() -> None:
    assert shell_keys() - catalogue().keys() == set()


def test_every_key_in_a_template_exists() -> None:
    strings = catalogue()
    residents = read_catalogue(WORDS, SOURCE)
    assert {key for key in template_keys() if key not in {stem(known, strings) for known in residents}} == set()


def test_every_prefix_of_a_key_that_a_template_makes_leads_somewhere() -> None:
    prefixes = set(MADE_IN_TEMPLATE.findall(sources("plain/*.html")))
    assert prefixes
    assert {prefix for prefix in prefixes if not any(key.startswith(prefix) for key in catalogue())} == set()


def test_words_that_only_templates_use_are_not_sent_to_browsers() -> None:
    modules = set(QUOTED.findall(sources("js/**/*.js")))
    assert {key for key in modules if key.startswith(SERVER_ONLY)} == set()


def test_every_key_that_a_module_names_exists() -> None:
    strings = catalogue()
    known = {stem(key, strings) for key in strings} | strings.keys()
    named = set(re.findall(r"\btx?\(\s*'([^'$]+)'", sources("js/**/*.js")))
    assert named - known == set()


def test_every_prefix_of_a_key_that_a_module_makes_leads_somewhere() -> None:
    strings = catalogue()
    prefixes = set(re.findall(r"\btx?\(`([^`$]+)\$\{", sources("js/**/*.js")))
    assert {prefix for prefix in prefixes if not any(key.startswith(prefix) for key in strings)} == set()


def test_every_key_is_used() -> None:
    strings = catalogue()
    text = sources("js/**/*.js")
    named = set(QUOTED.findall(text)) | shell_keys() | template_keys() | IN_PYTHON
    written = "".join((FRONTEND.parent / path).read_text() for path in WRITTEN)
    made = (*MADE.findall(text), *MADE_IN_PYTHON.findall(written))
    unused = {key for key in strings if stem(key, strings) not in named and not key.startswith(made)}
    assert unused == set()


def test_every_plural_form_of_english_is_there() -> None:
    strings = catalogue()
    lacking = {
        f"{key}.{form}"
        for key in plural_stems(strings)
        for form in PLURAL_FORMS[SOURCE]
        if f"{key}.{form}" not in strings
    }
    assert lacking == set()


@pytest.mark.parametrize("locale", [SOURCE, PSEUDO, *PUBLISHED])
def test_a_language_is_complete(locale: str) -> None:
    english, strings = catalogue(), catalogue(locale)
    own = strings if locale == PSEUDO else json.loads((WORDS / f"{locale}.json").read_text())
    assert locale in NAMES
    plain = {key for key in read_catalogue(WORDS, SOURCE) if stem(key, english) == key}
    assert plain - own.keys() == set()
    for key in plural_stems(read_catalogue(WORDS, SOURCE)):
        assert {f"{key}.{form}" for form in PLURAL_FORMS[locale]} - own.keys() == set()


@pytest.mark.parametrize("locale", [PSEUDO, *PUBLISHED])
def test_a_translation_keeps_the_placeholders(locale: str) -> None:
    english, strings = catalogue(), catalogue(locale)
    for key in english.keys() & strings.keys():
        if "." not in key or key.rpartition(".")[2] not in SUFFIXES:
            assert set(PLACEHOLDER.findall(strings[key])) == set(PLACEHOLDER.findall(english[key])), key


def test_every_brace_is_a_placeholder() -> None:
    for key, text in catalogue().items():
        assert not re.search(r"[{}]", PLACEHOLDER.sub("", text)), key


def test_residents_do_not_load_the_words_of_officers() -> None:
    residents = read_catalogue(WORDS, SOURCE)
    assert not {key for key in residents if key.startswith("officer.")}
    assert residents.keys() < catalogue().keys()


def test_the_pseudo_language_is_longer_and_in_brackets() -> None:
    text = pseudo("You have {amount:money} left of {total}.")
    assert text.startswith("[Ýóú ĥáṽé {amount:money} łéƒŧ óƒ {total}.")
    assert text.endswith("]")
    assert len(text) >= len("You have {amount:money} left of {total}.") * 1.35


def test_english_stands_behind_a_gap(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"a": "one", "b": "two"}')
    (tmp_path / "cy.json").write_text('{"a": "un"}')
    assert read_catalogue(tmp_path, "cy") == {"a": "un", "b": "two"}


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(LookupError, match="no text for 'nothing'"):
        translate({}, "nothing")


def test_urdu_runs_from_right_to_left() -> None:
    assert [direction(locale) for locale in ("en", "cy", "ur")] == ["ltr", "ltr", "rtl"]


def test_no_stylesheet_names_left_or_right() -> None:
    css = re.sub(r"/\*.*?\*/", "", sources("*.css"), flags=re.DOTALL)
    physical = re.findall(
        r"(?<![-\w])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height)\s*:", css
    )
    assert [found for found in physical if found not in {"width:", "height:"}] == []
