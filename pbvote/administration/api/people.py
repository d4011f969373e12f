"""Who works here, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts import invites as links
from pbvote.accounts import people
from pbvote.accounts.people import Person
from pbvote.accounts.roles import Actor, Role
from pbvote.administration import ending
from pbvote.administration.api.invites import LinkOut, hand_out
from pbvote.keys import Keys
from pbvote.web.access import ADMINISTRATOR, only
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

MANAGERS = only(Role.ORGANISER, administrator=True)


class RoleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A role in a forum."""

    forum: str
    role: Role


class AdministratorBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether somebody is to be an administrator."""

    administrator: bool


class ActiveBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether an account is to be one that can sign in."""

    active: bool


class PersonRoleOut(msgspec.Struct, frozen=True):
    """A role that somebody has in a forum."""

    forum: str
    forum_name: str
    role: str


class PersonOut(msgspec.Struct, frozen=True):
    """Somebody who works here. An organiser is told of no role but those of their own forums."""

    id: UUID
    name: str
    email: str
    administrator: bool
    active: bool
    second_step: bool
    me: bool
    roles: list[PersonRoleOut]

    @classmethod
    def of(cls, person: Person, actor: Actor) -> PersonOut:
        """The person as the actor sees them."""
        account = person.account
        roles = [PersonRoleOut(forum.slug, forum.name, role) for forum, role in person.roles]
        return cls(
            account.id,
            account.name,
            account.email,
            account.administrator,
            account.active,
            person.second_step,
            account.id == actor.account_id,
            roles,
        )


@get("/api/people", guards=[ADMINISTRATOR])
async def list_people(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[PersonOut]:
    """Everybody who has an account, by name."""
    return await _people(db, actor, None, Paging(page, size))


@get("/api/forums/{forum_slug:str}/people", guards=[MANAGERS])
async def list_people_of_forum(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[PersonOut]:
    """Who works for a forum, by name."""
    return await _people(db, actor, forum_slug, Paging(page, size))


async def _people(db: AsyncSession, actor: Actor, forum_slug: str | None, paging: Paging) -> Page[PersonOut]:
    found, total = await people.people(db, actor, forum_slug, paging.offset, paging.size)
    return paging.of([PersonOut.of(person, actor) for person in found], total)


@post("/api/people/{account_id:uuid}/roles", status_code=204, guards=[MANAGERS])
async def give_role(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    data: JSONBody[RoleBody],
) -> None:
    """Give somebody a role in a forum."""
    await people.give_role(db, actor, account_id, data.forum, data.role)


@post("/api/people/{account_id:uuid}/roles/take", status_code=204, guards=[MANAGERS])
async def take_role(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    data: JSONBody[RoleBody],
) -> None:
    """Take a role in a forum from somebody; what they asked other officers to approve is withdrawn."""
    await ending.take_role(db, actor, account_id, data.forum, data.role)


@post("/api/people/{account_id:uuid}/administrator", status_code=204, guards=[ADMINISTRATOR])
async def change_administrator(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    data: JSONBody[AdministratorBody],
) -> None:
    """Make somebody an administrator, or end it."""
    change = people.make_administrator if data.administrator else people.end_administrator
    await change(db, actor, account_id)


@post("/api/people/{account_id:uuid}/active", status_code=204, guards=[ADMINISTRATOR])
async def change_active(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    data: JSONBody[ActiveBody],
) -> None:
    """Deactivate an account, or let it sign in again."""
    change = people.reactivate if data.active else ending.deactivate
    await change(db, actor, account_id)


@post("/api/people/{account_id:uuid}/password-link", status_code=201, guards=[ADMINISTRATOR])
async def make_password_link(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    account_id: FromPath[UUID],
) -> LinkOut:
    """Make a link with which somebody chooses a new password. It is shown once."""
    made = await links.make_password_link(db, actor, account_id)
    return await hand_out(request, db, keys, made, language)


handlers = [
    list_people,
    list_people_of_forum,
    give_role,
    take_role,
    change_administrator,
    change_active,
    make_password_link,
]
