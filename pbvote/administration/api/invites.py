"""Links to join, or to choose a new password, over HTTP. Their tokens stand in bodies, never in addresses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts import invites
from pbvote.accounts.invites import InviteDoesNotWork, Made
from pbvote.accounts.models import Invite
from pbvote.accounts.passwords import hash_password
from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import sign_in
from pbvote.administration.messages import invite_message
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.notices.service import put
from pbvote.web.access import ADMINISTRATOR, PUBLIC, SIGNED_IN, only
from pbvote.web.instants import Instant
from pbvote.web.limits import WRONG_LINKS, failures_limited
from pbvote.web.sign_in import session_cookie

MANAGERS = only(Role.ORGANISER, administrator=True)
ZONE = "Europe/London"
KIND = "invite"
AnyRequest = Request[Any, Any, Any]


class InvitedRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role in a forum, by its slug."""

    forum: str
    role: Role


class InviteBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, and to what."""

    email: str
    roles: list[InvitedRole]
    administrator: bool


class TokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """The token of a link."""

    token: str


class JoinBody(TokenBody, forbid_unknown_fields=True):
    """What somebody without an account chooses."""

    name: str
    password: str


class ResetBody(TokenBody, forbid_unknown_fields=True):
    """A new password."""

    password: str


class LinkOut(msgspec.Struct, frozen=True):
    """A link, shown once: to be handed to the person, unless it went to them by e-mail too."""

    link: str
    email: str
    ends: Instant
    sent: bool


class InviteRoleOut(msgspec.Struct, frozen=True):
    """A role that an invite gives."""

    forum: str
    forum_name: str
    role: str


class InviteOut(msgspec.Struct, frozen=True):
    """An invite that waits."""

    id: UUID
    email: str
    administrator: bool
    roles: list[InviteRoleOut]
    ends: Instant


class InvitesOut(msgspec.Struct, frozen=True):
    """The invites that wait, the newest first."""

    items: list[InviteOut]


class LookedAtOut(msgspec.Struct, frozen=True):
    """What a link is good for: to join (`resets` false), or to choose a new password."""

    email: str
    resets: bool
    has_account: bool
    administrator: bool
    roles: list[InviteRoleOut]
    ends: Instant


async def hand_out(request: AnyRequest, db: AsyncSession, keys: Keys, made: Made, language: str) -> LinkOut:
    """The link, and an e-mail with it where the installation sends any."""
    settings, writer = request.app.state["settings"], request.app.state["writer"]
    link = f"{settings.base_url}/{writer.default}/o/join#{made.token}"
    sends = settings.mail is not None
    if sends:
        await put(db, keys, None, KIND, [invite_message(writer, made.invite, link)])
    ends = Instant.of(made.invite.expires_at, ZONE, language)
    return LinkOut(link, made.invite.email, ends, sends)


async def _roles(db: AsyncSession, found: list[Invite]) -> dict[UUID, list[InviteRoleOut]]:
    forums = await invites.forums_of(db, found)
    return {
        one.id: sorted(
            (
                InviteRoleOut(forums[grant.forum_id].slug, forums[grant.forum_id].name, grant.role)
                for grant in one.grants
            ),
            key=lambda role: (role.forum_name, role.role),
        )
        for one in found
    }


async def _invites(db: AsyncSession, actor: Actor, forum_slug: str | None, language: str) -> InvitesOut:
    found = await invites.invites_of(db, actor, forum_slug)
    roles = await _roles(db, found)
    return InvitesOut(
        [
            InviteOut(one.id, one.email, one.administrator, roles[one.id], Instant.of(one.expires_at, ZONE, language))
            for one in found
        ]
    )


@get("/api/invites", guards=[ADMINISTRATOR])
async def list_invites(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], language: NamedDependency[str]
) -> InvitesOut:
    """Every invite that waits."""
    return await _invites(db, actor, None, language)


@get("/api/forums/{forum_slug:str}/invites", guards=[MANAGERS])
async def list_invites_of_forum(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    forum_slug: FromPath[str],
) -> InvitesOut:
    """The invites to a forum that wait."""
    return await _invites(db, actor, forum_slug, language)


@post("/api/invites", status_code=201, guards=[MANAGERS])
async def make_invite(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    data: JSONBody[InviteBody],
) -> LinkOut:
    """Invite somebody to roles in a forum. The link is shown once."""
    roles = [(one.forum, one.role) for one in data.roles]
    made = await invites.invite(db, actor, data.email, roles, administrator=data.administrator)
    return await hand_out(request, db, keys, made, language)


@post("/api/invites/{invite_id:uuid}/withdraw", status_code=204, guards=[MANAGERS])
async def withdraw_invite(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], invite_id: FromPath[UUID]
) -> None:
    """Make a link void that nobody has used yet."""
    await invites.withdraw(db, actor, invite_id)


@post("/api/invites/look", status_code=200, guards=[PUBLIC])
async def look_at_invite(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    language: NamedDependency[str],
    data: JSONBody[TokenBody],
) -> LookedAtOut:
    """What a link is good for. Looking does not use it up."""
    with failures_limited(request, WRONG_LINKS, InviteDoesNotWork):
        found, has_account = await invites.look(db, data.token)
    ends = Instant.of(found.expires_at, ZONE, language)
    roles = (await _roles(db, [found]))[found.id]
    return LookedAtOut(found.email, found.account_id is not None, has_account, found.administrator, roles, ends)


@post("/api/invites/accept", status_code=204, guards=[PUBLIC])
async def accept_as_new(
    request: AnyRequest, db: NamedDependency[AsyncSession], data: JSONBody[JoinBody]
) -> Response[None]:
    """Join with a name and a password of one's own: sets the cookie of a new sign-in."""
    with failures_limited(request, WRONG_LINKS, InviteDoesNotWork):
        account_id = await invites.accept_as_new(db, data.token, data.name, data.password)
    return Response(None, status_code=204, cookies=[session_cookie(*await sign_in(db, account_id))])


@post("/api/invites/join", status_code=204, guards=[SIGNED_IN])
async def accept(
    request: AnyRequest, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[TokenBody]
) -> None:
    """Add to one's own account what a link gives."""
    with failures_limited(request, WRONG_LINKS, InviteDoesNotWork):
        await invites.accept(db, data.token, actor)


@post("/api/invites/reset", status_code=204, guards=[PUBLIC])
async def reset_password(request: AnyRequest, db: NamedDependency[AsyncSession], data: JSONBody[ResetBody]) -> None:
    """Choose a new password with a link; every sign-in of the account ends."""
    database: Database = request.app.state["database"]
    with failures_limited(request, WRONG_LINKS, InviteDoesNotWork):
        async with database.session(write=False) as reading:
            await invites.look(reading, data.token)  # nobody without a link makes us hash
        await invites.reset_password(db, data.token, await hash_password(data.password))


handlers = [
    list_invites,
    list_invites_of_forum,
    make_invite,
    withdraw_invite,
    look_at_invite,
    accept_as_new,
    accept,
    reset_password,
]
