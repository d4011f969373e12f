"""Contrast after WCAG, looks that can be read and looks that cannot, and how long things are kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbvote.errors import InputIsWrong
from pbvote.installation.branding import GROUND, INK, LEAST, PAIRS, USUAL, contrast, read_branding
from pbvote.installation.retention import KEPT, check, kept_for

ROOT = Path(__file__).resolve().parents[2]
# Three partnerships: one dark, one that likes it pale, one red.
FIXTURES = {
    "dark": {"brand": "#1a1333", "brand_deep": "#000000", "brand_tint": "#ece9f7", "link": "#3b2a8c"},
    "pale": {"brand": "#4a6b3a", "brand_deep": "#3b5a2c", "brand_tint": "#f4faf0", "link": "#3f6330"},
    "red": {"brand": "#a3191a", "brand_deep": "#7a0f10", "brand_tint": "#fbeaea", "link": "#9c1c1c"},
}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    # the greys on either side of 4.5 to 1 on white
    assert contrast("#767676", "#ffffff") == pytest.approx(4.542, abs=0.001)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#0e4a5a", "#ffffff") == contrast("#ffffff", "#0e4a5a") == pytest.approx(9.8, abs=0.1)


@pytest.mark.parametrize("fixture", FIXTURES)
def test_looks_that_can_be_read_are_taken(fixture: str) -> None:
    looks = read_branding(f"{fixture} partnership", FIXTURES[fixture], "Usual")
    assert dict(looks.colours) == FIXTURES[fixture]
    text = looks.stylesheet.decode()
    assert re.fullmatch(r":root\{(--[a-z-]+:#[0-9a-f]{6};?){4}\}\n", text)
    assert f"--brand-tint:{FIXTURES[fixture]['brand_tint']}" in text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"brand": "#ffcc00"}, {"brand"}),
        ({"brand": "#777777"}, {"brand"}),
        ({"brand_deep": "#00b3b3"}, {"brand_deep"}),
        ({"brand_tint": "#0e4a5a"}, {"brand", "brand_tint", "link"}),
        ({"link": "#767676"}, {"link"}),  # good on white, and too pale on the ground between the sheets
    ],
)
def test_looks_that_cannot_be_read_are_refused(change: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(InputIsWrong) as caught:
        read_branding("", {**USUAL, **change}, "Usual")
    assert {reason.code for reason in caught.value.reasons} == {"contrast_too_low"}
    assert {reason.field for reason in caught.value.reasons} == wrong


@pytest.mark.parametrize("colour", ["red", "#fff", "#0e4a5a;}body{display:none", "url(//x)", "#0e4a5g", "#0e4a5a\n}"])
def test_nothing_but_a_colour_gets_into_the_stylesheet(colour: str) -> None:
    with pytest.raises(InputIsWrong) as caught:
        read_branding("", {**USUAL, "brand": colour}, "Usual")
    assert [reason.code for reason in caught.value.reasons] == ["bad_colour"]


def test_without_a_choice_pages_load_nothing_more() -> None:
    looks = read_branding("", {}, "Usual")
    assert (looks.name, looks.stylesheet) == ("Usual", b"")


def test_the_usual_colours_are_those_of_the_stylesheet() -> None:
    css = (ROOT / "frontend" / "app.css").read_text()
    for name, colour in {**USUAL, "ground": GROUND, "ink": INK}.items():
        assert f"--{name.replace('_', '-')}:{colour};" in css
    assert all(contrast(USUAL[one], USUAL.get(other, other)) >= LEAST for one, other in PAIRS)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_has_bounds(name: str) -> None:
    kept = KEPT[name]
    check({name: kept.least})
    check({name: kept.most})
    for number in (kept.least - 1, kept.most + 1):
        with pytest.raises(InputIsWrong):
            check({name: number})
    assert kept.least <= kept.usual <= kept.most
    assert kept_for({name: kept.least}, name) < kept_for({}, name)


def test_nothing_else_can_be_chosen() -> None:
    with pytest.raises(InputIsWrong, match="Nothing is called 'ballots'"):
        check({"ballots": 1})
