"""What the demo partnership consists of: the content of `partnership.json`, strictly read."""

from __future__ import annotations

from importlib import resources

import msgspec

from pbvote.forums.bands import Band
from pbvote.forums.editing import Person
from pbvote.proposals.content import LineDraft


class MoneyPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A funder's money, in pence, for any proposal."""

    funder: str
    amount: int


class ForumPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A forum of the partnership; `boundary` is a ring of longitudes and latitudes, empty where it has none."""

    slug: str
    name: str
    kind: str
    description: str
    population: int | None
    postcodes: tuple[str, ...]
    people: list[Person]
    boundary: list[tuple[float, float]]
    contact_email: str
    contact_phone: str


class PersonPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who has one role in every forum."""

    email: str
    name: str
    role: str


class ProposalPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proposal that somebody puts forward."""

    category: str
    title: str
    summary: str
    description: str
    place: str
    proposer: str
    running_costs: str
    lines: list[LineDraft]


class RoundPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A round and how far it has come. `days` are from today; `proposals` and `rejected` are places in the pool."""

    forum: str
    template: str
    title: str
    eligibility: str
    pots: list[MoneyPlan]
    until: str
    days: dict[str, int | None]
    pool: str
    proposals: list[int]
    electors: int
    voted: int
    rejected: list[int]
    largest_award: int
    cancelled: str


class Partnership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole demo."""

    forums: list[ForumPlan]
    bands: list[Band]
    people: list[PersonPlan]
    pools: dict[str, list[ProposalPlan]]
    rounds: list[RoundPlan]


def read_partnership() -> Partnership:
    """The demo partnership as its file has it."""
    return msgspec.json.decode((resources.files("pbvote.demo") / "partnership.json").read_bytes(), type=Partnership)
