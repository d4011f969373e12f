"""What an administrator chooses for the installation, over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.accounts.second_step import is_required
from pbvote.administration import choices
from pbvote.installation.branding import GROUND, INK, LEAST, PAIRS, USUAL, WHITE, Branding
from pbvote.installation.retention import KEPT
from pbvote.installation.service import branding_now
from pbvote.web.access import ADMINISTRATOR, PUBLIC
from pbvote.web.caching import kept
from pbvote.web.looks import show_looks

AnyRequest = Request[Any, Any, Any]


class BrandingBody(msgspec.Struct, forbid_unknown_fields=True):
    """The name that is shown (empty: the one of the settings), and the colours as `#rrggbb` (empty: the usual one)."""

    name: str
    brand: str
    brand_deep: str
    brand_tint: str
    link: str


class SecondStepBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether everybody on staff needs a second step."""

    required: bool


class PairOut(msgspec.Struct, frozen=True):
    """Two colours that meet as text and what it stands on: names of ours, or `#rrggbb`."""

    one: str
    other: str


class BrandingOut(msgspec.Struct, frozen=True):
    """The looks, what they are where nothing was chosen, and the contrast that text needs."""

    name: str
    usual_name: str
    colours: dict[str, str]
    usual: dict[str, str]
    pairs: list[PairOut]
    least: float
    white: str
    ground: str
    ink: str


class KeptOut(msgspec.Struct, frozen=True):
    """How long something is kept, and what can be chosen."""

    name: str
    number: int
    usual: int
    least: int
    most: int
    unit: str


class RetentionOut(msgspec.Struct, frozen=True):
    """How long everything is kept."""

    items: list[KeptOut]


class SecondStepPolicyOut(msgspec.Struct, frozen=True):
    """Whether everybody on staff needs a second step."""

    required: bool


def _branding_out(branding: Branding, usual_name: str) -> BrandingOut:
    pairs = [PairOut(one, other) for one, other in PAIRS]
    colours = dict(branding.colours)
    return BrandingOut(branding.name, usual_name, colours, USUAL, pairs, LEAST, WHITE, GROUND, INK)


def _kept_out(numbers: dict[str, int]) -> RetentionOut:
    return RetentionOut(
        [KeptOut(name, numbers[name], kept.usual, kept.least, kept.most, kept.unit) for name, kept in KEPT.items()]
    )


@get("/api/branding", guards=[ADMINISTRATOR])
async def branding(request: AnyRequest, db: NamedDependency[AsyncSession]) -> BrandingOut:
    """The looks of the installation."""
    usual = request.app.state["settings"].partnership
    return _branding_out(await branding_now(db, usual), usual)


@put("/api/branding", guards=[ADMINISTRATOR], after_response=show_looks)
async def change_branding(
    request: AnyRequest, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[BrandingBody]
) -> BrandingOut:
    """Choose the name and the colours of all pages."""
    usual = request.app.state["settings"].partnership
    colours = {name: getattr(data, name) for name in USUAL}
    return _branding_out(await choices.change_branding(db, actor, data.name, colours, usual), usual)


@get("/api/retention", guards=[PUBLIC], opt=kept())
async def retention(db: NamedDependency[AsyncSession]) -> RetentionOut:
    """How long things are kept. Everybody may know."""
    return _kept_out(await choices.kept_now(db))


@put("/api/retention", guards=[ADMINISTRATOR])
async def change_retention(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[dict[str, int]]
) -> RetentionOut:
    """Choose how long things are kept."""
    return _kept_out(await choices.change_retention(db, actor, data))


@get("/api/second-step", guards=[ADMINISTRATOR])
async def second_step_policy(db: NamedDependency[AsyncSession]) -> SecondStepPolicyOut:
    """Whether everybody on staff needs a second step."""
    return SecondStepPolicyOut(await is_required(db))


@put("/api/second-step", guards=[ADMINISTRATOR])
async def require_second_step(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[SecondStepBody]
) -> SecondStepPolicyOut:
    """Choose whether everybody on staff needs a second step to sign in."""
    await choices.require_second_step(db, actor, required=data.required)
    return SecondStepPolicyOut(data.required)


handlers = [branding, change_branding, retention, change_retention, second_step_policy, require_second_step]
