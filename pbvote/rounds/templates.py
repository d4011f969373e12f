"""Templates: the rounds that a forum can start from. Each is a JSON file in the folder beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from pbvote.ballots.design import Design
from pbvote.errors import NotFound
from pbvote.rounds.match import MatchRule
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import PotPlan

Comments = Literal["off", "open", "checked"]
Theme = Literal["parks", "streets", "young", "older", "arts", "sport", "spaces", "climate"]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of proposal; its theme gives it a colour and a picture."""

    id: str
    name: str
    theme: Theme


class UsualPhase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phase and how many days it usually takes. With two votes, voting and counting come twice."""

    phase: Phase
    days: int


class RuleChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the tally with its parameters; those not named have the rule's defaults."""

    id: str
    parameters: dict[str, Any]


class PollPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vote: its ballot design, its rule, and the order in which ties are broken.

    A project needs `min_votes` supporters, and `reserve` projects wait for declined money; 0 is none.
    """

    title: str
    design: Design
    rule: RuleChoice
    ties: tuple[str, ...]
    min_votes: int
    reserve: int


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a new round begins with (docs/templates.md). Money is pence."""

    id: str
    title: str
    sentence: str
    description: str
    eligibility: str
    currency: str
    categories: tuple[Category, ...]
    pots: tuple[PotPlan, ...]
    smallest_award: int | None
    largest_award: int | None
    match: MatchRule | None
    part_funding: bool
    advisory: bool
    confirmed_by: str
    challenge_days: int
    comments: Comments
    supports: bool
    checked_within: int
    night: bool
    phases: tuple[UsualPhase, ...]
    polls: tuple[PollPlan, ...]


@cache
def all_templates() -> tuple[Template, ...]:
    """Every template that everybody has, by title."""
    folder = resources.files("pbvote.rounds") / "templates"
    files = [file for file in folder.iterdir() if file.name.endswith(".json")]
    read = (msgspec.json.decode(file.read_bytes(), type=Template) for file in files)
    return tuple(sorted(read, key=lambda template: template.title))


def shipped(template_id: str) -> Template:
    """The template of that id that everybody has. Raises NotFound."""
    for one in all_templates():
        if one.id == template_id:
            return one
    known = ", ".join(one.id for one in all_templates())
    raise NotFound(f"There is no template {template_id[:60]!r}; the templates are {known}.")
