"""The typed events, by what they tell of. The class name, in snake case, is the stored `kind`; the fields are its data.

Casting a ballot is not among them: it leaves no event, no time and no address anywhere.
The parts are joined here, so that whoever imports an event knows every kind that there is.
"""

from pbvote.audit.events import (
    accounts,
    administration,
    ballotlog,
    deliberation,
    forums,
    nights,
    operations,
    proposals,
    results,
    roll,
    rounds,
    voting,
)
from pbvote.audit.events.event import Event

__all__ = [
    "Event",
    "accounts",
    "administration",
    "ballotlog",
    "deliberation",
    "forums",
    "nights",
    "operations",
    "proposals",
    "results",
    "roll",
    "rounds",
    "voting",
]
