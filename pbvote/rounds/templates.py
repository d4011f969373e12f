"""Templates: the rounds that a forum can start from. Each is a JSON file in the folder beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from pbvote.ballots.design import Design
from pbvote.errors import NotFound
from pbvote.rounds.phases import Phase

Theme = Literal["parks", "streets", "young", "older", "arts", "sport", "spaces", "climate"]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of proposal; its theme gives it a colour and a picture."""

    id: str
    name: str
    theme: Theme


class UsualPhase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phase and how many days it usually takes."""

    phase: Phase
    days: int


class PotPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that a funder puts in, in pence."""

    funder: str
    amount: int


class RuleChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the tally with its parameters; those not named have the rule's defaults."""

    id: str
    parameters: dict[str, Any]


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a new round begins with. Awards are pence."""

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
    phases: tuple[UsualPhase, ...]
    design: Design
    rule: RuleChoice
    ties: tuple[str, ...]


@cache
def all_templates() -> tuple[Template, ...]:
    """Every template, by title."""
    folder = resources.files("pbvote.rounds") / "templates"
    files = [file for file in folder.iterdir() if file.name.endswith(".json")]
    read = (msgspec.json.decode(file.read_bytes(), type=Template) for file in files)
    return tuple(sorted(read, key=lambda template: template.title))


def template(template_id: str) -> Template:
    """The template of that id. Raises NotFound."""
    for one in all_templates():
        if one.id == template_id:
            return one
    known = ", ".join(one.id for one in all_templates())
    raise NotFound(f"There is no template {template_id[:60]!r}; the templates are {known}.")
