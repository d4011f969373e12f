"""Every attack of an insider (docs/security.md), against every reader: the page finds what our verifier finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.verify.agreement import verdicts
from tests.verify.browser import Browser
from tests.verify.campaign import ATTACKS, Power, case_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("power", Power)
def test_the_page_finds_as_much(browser: Browser, power: Power, attack: str) -> None:
    case = case_of(power, attack, 0)
    for kept in filter(None, case.kept.values()):
        ours, theirs = verdicts(browser, case.bundle, kept)
        assert ours == theirs
