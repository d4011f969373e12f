"""Between equals: the tie order as a key for sorting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pbvote.recount.election import Ballots, RecountError

DEFAULT_ORDER = "cheapest,most-votes,ballot-order"


def tie_ranks(ballots: Ballots, votes: Sequence[int], order: str) -> list[int]:
    """Each project's place in the tie order: between equals the one with the lowest place goes first.

    `order` names cheapest, most-votes, ballot-order, lot:SEED, separated by commas; ballot order is the last resort.
    The lot is the SHA-256 of the seed followed by the project's id, both UTF-8; the lowest goes first.
    """
    keys: list[tuple[object, ...]] = [() for _ in ballots.projects]
    for part in [*order.split(","), "ballot-order"]:
        name, _, seed = part.strip().partition(":")
        for place, project in enumerate(ballots.projects):
            if name == "cheapest":
                key: object = project.cost
            elif name == "most-votes":
                key = -votes[place]
            elif name == "ballot-order":
                key = place
            elif name == "lot" and seed:
                key = hashlib.sha256((seed + project.id).encode()).hexdigest()
            else:
                raise RecountError(f"{part!r} is no tie rule")
            keys[place] = (*keys[place], key)
    ranks = {place: rank for rank, place in enumerate(sorted(range(len(keys)), key=keys.__getitem__))}
    return [ranks[place] for place in range(len(keys))]
