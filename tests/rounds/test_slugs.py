from __future__ import annotations

import pytest

from pbvote.forums.service import is_slug
from pbvote.rounds.making import slug_from


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Your Forum, 2026!", "your-forum-2026"),
        ("Caf\u00e9 & Cr\u00e8che", "cafe-creche"),
        ("--", "round"),
        ("\u0628\u0627\u063a\u06cc\u0686\u06c1", "round"),
        ("x" * 90, "x" * 52),
    ],
)
def test_a_slug_reads_like_the_title(title: str, slug: str) -> None:
    assert slug_from(title) == slug
    assert is_slug(f"{slug}-1234567")
