"""docs/security.md: every row of the engineers' tables is whole, and what it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
HEAD = ["threat", "who", "defence", "where", "shown by", "what remains"]
PATH = re.compile(r"`([a-z]+/[\w/.]+)`")


def rows() -> Iterator[list[str]]:
    part = PAGE.partition("\n## For engineers\n")[2].partition("\n## ")[0]
    for section in part.split("\n### ")[1:]:
        head, _, *rest = ([cell.strip() for cell in line.strip("|").split("|")] for line in table_of(section))
        assert head == HEAD
        yield from rest


def table_of(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("|")]


def test_every_threat_has_a_defence_a_place_a_test_and_a_remainder() -> None:
    found = list(rows())
    assert len(found) > 12
    for row in found:
        assert len(row) == len(HEAD), row
        assert all(row), row
        assert PATH.search(row[3]), row
        assert re.search(r"`(tests|bench)/", row[4]), row


def test_what_the_page_names_is_there() -> None:
    named = PATH.findall(PAGE)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []
