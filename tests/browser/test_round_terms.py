"""What the page of a round says before the vote: its pots, what can be asked for, how each vote is counted."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desks import ORGANISER, WIDTHS, Desk, Visit, new_round
from tests.rounds.ready import pot

pytestmark = [pytest.mark.browser]

QUARTER = {"part": 1, "of": 4, "counts": ["cash", "hours"], "hour_value": 11_09, "cap": 1_000_00}


def change(desk: Desk, slug: str, part: str, body: dict[str, Any]) -> None:
    version = desk.api(f"rounds/{slug}/setup")["version"]
    data = {**body, "version": version}
    answer = desk.context.request.put(f"{desk.base}/api/rounds/{slug}/setup/{part}", data=data)
    assert answer.ok, answer.text()


@WIDTHS
def test_a_round_tells_its_terms_before_the_vote(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Terms {width}")
    pots = [pot("Police", 5_000_00, categories=["streets-and-safety"]), pot("County", 7_500_00, leftover="reserve")]
    awards = {"smallest_award": 250_00, "largest_award": 5_000_00, "match": QUARTER, "part_funding": True}
    change(desk, slug, "money", {"pots": pots, **awards})
    said = desk.open(f"r/{slug}").locator("main")
    for text in (
        "Only for: Streets and safety. What is left goes back to the funder.",
        "For any proposal. What is left is kept for the next in line.",
        "A proposal can ask for £250 to £5,000. It can ask for at most 25% of what it costs in all. It can never ask",
        "The rest has to be there already: money, hours of volunteers, each worth £11.09.",
        "Give every proposal 1 to 5 points. The 9 best by average points go on to the second vote.",
        "Choose exactly 3 proposals. Money is given in the order of votes.",
        "Between equals, first comes the cheaper one, then the one with more votes, then the one that stands higher",
        "The result is provisional until the partnership has confirmed it.",
    ):
        expect(said).to_contain_text(text)
    desk.check("round-terms")
    said = desk.open(f"r/{new_round(desk, f'Advice {width}', 'service-priorities')}").locator("main")
    expect(said).to_contain_text("This round gives advice and no money.")
    expect(said).to_contain_text("All proposals are put in the order of points. No money is decided.")
    expect(said).not_to_contain_text("£")
    expect(said).not_to_contain_text("terms.")
