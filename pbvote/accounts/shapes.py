"""What signing in and one's own account look like over HTTP: who one is, where one is signed in, the second step."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from pbvote.accounts.models import Login
from pbvote.accounts.roles import Actor
from pbvote.forums.models import Forum
from pbvote.web.instants import Instant


class SignedInOut(msgspec.Struct, frozen=True):
    """What comes next: nothing, or the code of the second step."""

    code_needed: bool


class RoleOut(msgspec.Struct, frozen=True):
    """A role in a forum."""

    forum: str
    forum_name: str
    role: str


class MeOut(msgspec.Struct, frozen=True):
    """Who is signed in. Whoever must set up a second step has none of their roles until then."""

    name: str
    email: str
    administrator: bool
    must_set_up: bool
    roles: list[RoleOut]


def me_out(actor: Actor, forums: Mapping[UUID, Forum]) -> MeOut:
    """The signed-in person with the names of their forums."""
    roles = sorted((forums[forum_id].slug, forums[forum_id].name, role) for forum_id, role in actor.roles)
    return MeOut(actor.name, actor.email, actor.administrator, actor.must_set_up, [RoleOut(*role) for role in roles])


class SignInOut(msgspec.Struct, frozen=True):
    """One of one's sign-ins: when, until when, and whether it is this browser's. No address is kept."""

    began: Instant
    ends: Instant
    this: bool

    @classmethod
    def of(cls, login: Login, zone: str, language: str, *, this: bool) -> SignInOut:
        """The sign-in, with its times in a zone."""
        began, ends = login.created_at, login.expires_at
        return cls(Instant.of(began, zone, language), Instant.of(ends, zone, language), this)


class SignInsOut(msgspec.Struct, frozen=True):
    """All of one's sign-ins, the newest first."""

    items: list[SignInOut]


class SecondStepOut(msgspec.Struct, frozen=True):
    """Whether one is asked for codes, has to be, and how many recovery codes are left."""

    on: bool
    required: bool
    recovery_codes: int


class SecretOut(msgspec.Struct, frozen=True):
    """A secret for an app, shown once: as text, as a link, and as a QR code (an SVG path in a square)."""

    secret: str
    link: str
    side: int
    path: str


class RecoveryCodesOut(msgspec.Struct, frozen=True):
    """Recovery codes, shown once."""

    codes: list[str]
