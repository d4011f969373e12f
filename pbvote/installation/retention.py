"""How long things are kept: one table of what can be chosen, its usual value and its bounds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pbvote.errors import InputIsWrong, Reason


@dataclass(frozen=True, slots=True)
class Kept:
    """How long something is kept: the usual number, the least and the most that can be chosen, in hours or days."""

    usual: int
    least: int
    most: int
    unit: Literal["hours", "days"] = "days"


KEPT: Mapping[str, Kept] = {
    # Addresses of letters, from the import of their file; posting the letters or opening the vote deletes them before.
    "letters": Kept(90, 7, 365),
    # E-mail addresses of electors, from the close of the vote; destroying the keys of the vote deletes them before.
    "contacts": Kept(180, 30, 730),
    # Drafts of proposals, from their last change.
    "drafts": Kept(90, 14, 365),
    # Who follows a round or its proposals by e-mail, from its end.
    "followers": Kept(183, 30, 730),
    # How long a sign-in is good for.
    "sign_ins": Kept(12, 1, 24, "hours"),
}


def kept_for(chosen: Mapping[str, int], name: str) -> timedelta:
    """How long something is kept, given what was chosen."""
    number, kept = chosen.get(name, KEPT[name].usual), KEPT[name]
    return timedelta(hours=number) if kept.unit == "hours" else timedelta(days=number)


def check(chosen: Mapping[str, int]) -> None:
    """Raise InputIsWrong with one reason for each number that is out of its bounds."""
    reasons = []
    for name, number in chosen.items():
        kept = KEPT.get(name)
        if kept is None:
            detail = f"Nothing is called {name[:40]!r} here; expected {', '.join(KEPT)}."
            reasons.append(Reason("retention_unknown", detail, {}, name[:40]))
        elif not kept.least <= number <= kept.most:
            detail = f"Expected a number from {kept.least} to {kept.most}; this is {number}."
            reasons.append(Reason("retention_bounds", detail, {"least": kept.least, "most": kept.most}, name))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
