"""E-mail over HTTP: asking for a link, using it, and whether a round sends any."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.errors import InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.notices import draft_links, links
from pbvote.proposals.api.drafts import Key
from pbvote.proposals.service import WrongKey
from pbvote.rounds import setup
from pbvote.rounds.api import SetupOut, setup_out
from pbvote.rounds.changes import EmailLinkChange
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import QUIET
from pbvote.web.limits import DRAFT_LINKS, EMAIL_LINKS, WRONG_KEYS, WRONG_LINKS, count_against, failures_limited


class EmailBody(msgspec.Struct, forbid_unknown_fields=True):
    """An e-mail address as typed."""

    email: str


class AskedOut(msgspec.Struct, frozen=True):
    """That a link was asked for; if the address is an elector's, it is on its way and works for so many minutes."""

    minutes: int


class TokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """The token of a link."""

    token: str


class CodeOut(msgspec.Struct, frozen=True):
    """A voting code. Shown once: only its keyed hash is stored."""

    code: str


@post("/api/polls/{poll_id:uuid}/email-link", status_code=202, guards=[PUBLIC], opt={QUIET: True})
async def ask_for_link(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    poll_id: FromPath[UUID],
    data: JSONBody[EmailBody],
) -> AskedOut:
    """Ask for a link by e-mail. The answer is the same whether or not anybody on the roll has the address."""
    count_against(request, EMAIL_LINKS)
    await links.ask_for_link(db, keys, request.app.state["writer"], poll_id, data.email)
    return AskedOut(links.MINUTES)


@post("/api/polls/{poll_id:uuid}/email-link/use", status_code=200, guards=[PUBLIC], opt={QUIET: True})
async def use_link(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    poll_id: FromPath[UUID],
    data: JSONBody[TokenBody],
) -> CodeOut:
    """Exchange the token of a link for a new voting code, once. The elector's other codes go on working."""
    with failures_limited(request, WRONG_LINKS, links.LinkDoesNotWork):
        return CodeOut(await links.use_link(db, keys, poll_id, data.token))


@post("/api/rounds/{round_slug:str}/draft/email", status_code=202, guards=[PUBLIC])
async def send_draft_key(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    visitor: NamedDependency[Actor | None],
    round_slug: FromPath[str],
    key: Key,
    data: JSONBody[EmailBody],
) -> None:
    """Send the key of a draft to this address, so that it can be opened on another device."""
    count_against(request, DRAFT_LINKS)
    draft_links.require_mail(request.app.state["settings"].mail)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        round_ = await round_of(db, round_slug, visitor)
        await draft_links.send_key(db, keys, request.app.state["writer"], round_, key, data.email)


@put("/api/rounds/{round_slug:str}/setup/email-link", guards=[only(Role.ORGANISER)])
async def change_email_link(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[EmailLinkChange],
) -> SetupOut:
    """Let electors have a voting code by e-mail, or stop it."""
    round_ = await staff_round(db, round_slug, actor)
    if data.allowed and request.app.state["settings"].mail is None:
        detail = "This installation sends no e-mail; whoever runs it has to set that up first."
        raise InputIsWrong(detail, [Reason("no_mail", detail, {}, "allowed")])
    round_ = await setup.change_email_link(db, round_, data, actor)
    return await setup_out(db, round_, language, actor)


handlers = [send_draft_key, ask_for_link, use_link, change_email_link]
