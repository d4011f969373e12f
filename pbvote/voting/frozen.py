"""What is frozen when voting opens: all that the count uses and all that voters see, as one document with one hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from pbvote.ballotbox.bundle import CONFIG_FORMAT
from pbvote.ballotbox.documents import encode
from pbvote.ballotlog.models import Log
from pbvote.ballots.design import Design
from pbvote.proposals.models import Project
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.pots import names_of
from pbvote.rounds.rules import MINOR_UNITS, vote_type_of
from pbvote.tally.conditions_json import conditions_to_json
from pbvote.voting.conditions import conditions_of, pots_of

RETURNED = "returned"  # what becomes of the leftover of a pot that says nothing else


def frozen_config(
    round_: Round, poll: Poll, projects: Sequence[Project], log: Log, seal: X25519PublicKey
) -> dict[str, Any]:
    """The `config.json` of the vote (docs/bundle-format.md, section 5)."""
    config: dict[str, Any] = {
        "format": CONFIG_FORMAT,
        "origin": log.origin,
        "log_key": log.log_key,
        "seal_key": seal.public_bytes_raw().hex(),
        "custody": poll.custody,
        "poll": str(poll.id),
        "round": round_.slug,
        "forum": round_.forum.slug,
        "title": round_.title,
        "eligibility": round_.eligibility,
        "currency": round_.currency,
        "budget": poll.budget,
        "design": poll.design,
        "vote_type": str(vote_type_of(msgspec.convert(poll.design, Design))),
        "rule": {"id": poll.rule_id, "parameters": poll.rule_parameters},
        "ties": poll.ties,
        "projects": [
            {
                "number": project.number,
                "reference": project.reference,
                "title": project.title,
                "category": project.category,
                "cost": project.cost,
            }
            for project in projects
        ],
    }
    conditions = conditions_of(round_, poll, projects)
    if conditions.used():
        config["conditions"] = conditions_to_json(conditions, MINOR_UNITS)
    return config | _where_it_is_so(round_, poll)


def _where_it_is_so(round_: Round, poll: Poll) -> dict[str, Any]:
    """What the config says only of votes for which it is so."""
    told: dict[str, Any] = {}
    if len(round_.polls) > 1:
        told["vote"] = {"of": len(round_.polls), "position": poll.position, "title": poll.title}
    if round_.advisory:
        told["advisory"] = True
    if round_.confirmed_by:
        told["confirmed_by"] = round_.confirmed_by
    if round_.rehearsal:
        told["rehearsal"] = True
    pots = pots_of(round_, poll)
    if any(pot.leftover != RETURNED for pot in pots):
        told["leftovers"] = [
            {"amount": pot.amount, "leftover": pot.leftover, "pot": name}
            for name, pot in zip(names_of(pots), pots, strict=True)
        ]
    return told


def frozen_bytes(round_: Round, poll: Poll, projects: Sequence[Project], log: Log, seal: X25519PublicKey) -> bytes:
    """The document's one encoding, which the log's first leaf names by its hash."""
    return encode(frozen_config(round_, poll, projects, log, seal))
