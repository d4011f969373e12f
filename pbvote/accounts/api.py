"""Signing in, and one's own account, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts import second_step, service
from pbvote.accounts.codes import app_link, secret_text
from pbvote.accounts.roles import Actor
from pbvote.accounts.shapes import (
    MeOut,
    RecoveryCodesOut,
    SecondStepOut,
    SecretOut,
    SignedInOut,
    SignInOut,
    SignInsOut,
    me_out,
)
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.letters.qr import qr_path
from pbvote.web.access import PUBLIC, SIGNED_IN
from pbvote.web.caching import QUIET
from pbvote.web.limits import WRONG_PASSWORDS, attempts_limited
from pbvote.web.sign_in import COOKIE, no_cookie, session_cookie

AnyRequest = Request[Any, Any, Any]
ZONE = "Europe/London"


class SignInBody(msgspec.Struct, forbid_unknown_fields=True):
    """An address and its password."""

    email: str
    password: str


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A code of an app, or a recovery code."""

    code: str


class PasswordBody(msgspec.Struct, forbid_unknown_fields=True):
    """One's password, and a code where the account is asked for codes (else empty)."""

    password: str
    code: str


class NewPasswordBody(msgspec.Struct, forbid_unknown_fields=True):
    """The password so far, and the new one."""

    password: str
    new_password: str


def _database(request: AnyRequest) -> Database:
    database: Database = request.app.state["database"]
    return database


@post("/api/login", status_code=200, guards=[PUBLIC], opt={QUIET: True})
async def sign_in(
    request: AnyRequest, db: NamedDependency[AsyncSession], data: JSONBody[SignInBody]
) -> Response[SignedInOut]:
    """Sign in with a password: sets the cookie of a new sign-in, which may wait for a code."""
    with attempts_limited(request, WRONG_PASSWORDS):
        account = await service.account_with(_database(request), data.email, data.password)
    code_needed = await second_step.is_on(db, account.id)
    token = await service.sign_in(db, account.id, complete=not code_needed)
    return Response(SignedInOut(code_needed), cookies=[session_cookie(*token)])


@post("/api/login/code", status_code=200, guards=[PUBLIC], opt={QUIET: True})
async def enter_code(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    data: JSONBody[CodeBody],
) -> Response[SignedInOut]:
    """The second step: a code for the sign-in that waits for it. Sets the cookie of a new sign-in."""
    waiting = request.cookies.get(COOKIE, "")
    account_id = await service.half_signed_in(_database(request), waiting)
    with attempts_limited(request, WRONG_PASSWORDS):
        await second_step.take_code(_database(request), keys, account_id, data.code)
    return Response(
        SignedInOut(code_needed=False), cookies=[session_cookie(*await service.finish_sign_in(db, waiting))]
    )


@post("/api/logout", status_code=204, guards=[SIGNED_IN], opt={QUIET: True})
async def sign_out(request: AnyRequest, db: NamedDependency[AsyncSession]) -> Response[None]:
    """Sign out: this browser's sign-in is forgotten."""
    await service.sign_out(db, request.cookies[COOKIE])
    return Response(None, status_code=204, cookies=[no_cookie()])


@get("/api/me", guards=[SIGNED_IN])
async def me(db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]) -> MeOut:
    """Who is signed in."""
    return me_out(actor, await service.forums_of(db, actor))


@get("/api/me/sign-ins", guards=[SIGNED_IN])
async def sign_ins(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
) -> SignInsOut:
    """Where one is signed in, the newest first."""
    found = await service.sign_ins_of(db, actor, request.cookies[COOKIE])
    return SignInsOut([SignInOut.of(one, ZONE, language, this=this) for one, this in found])


@post("/api/me/sign-out-everywhere", status_code=204, guards=[SIGNED_IN])
async def sign_out_everywhere(db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]) -> Response[None]:
    """End every sign-in of one's own, this one too."""
    await service.sign_out_everywhere(db, actor)
    return Response(None, status_code=204, cookies=[no_cookie()])


@post("/api/me/password", status_code=204, guards=[SIGNED_IN])
async def change_password(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    data: JSONBody[NewPasswordBody],
) -> Response[None]:
    """Change one's password: every other sign-in ends, and this browser has a new one."""
    with attempts_limited(request, WRONG_PASSWORDS):
        hashed = await service.new_password_hash(_database(request), actor, data.password, data.new_password)
    await service.replace_password(db, actor, hashed)
    return await _renewed(db, actor, None, status=204)


@get("/api/me/second-step", guards=[SIGNED_IN])
async def my_second_step(db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]) -> SecondStepOut:
    """Whether one is asked for codes."""
    found = await second_step.standing(db, actor.account_id)
    return SecondStepOut(found.on, found.required, found.recovery_codes)


@post("/api/me/second-step", status_code=200, guards=[SIGNED_IN])
async def begin_second_step(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    data: JSONBody[PasswordBody],
) -> SecretOut:
    """Begin to set up codes: a secret for one's app. Nothing is asked for until a code of it was confirmed."""
    await _show_who_it_is(request, keys, actor, data)
    secret = await second_step.begin_set_up(db, keys, actor)
    link = app_link(secret, actor.email, request.app.state["settings"].partnership)
    code = qr_path(link)
    return SecretOut(secret_text(secret), link, code.side, code.path)


@post("/api/me/second-step/confirm", status_code=200, guards=[SIGNED_IN])
async def confirm_second_step(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    data: JSONBody[CodeBody],
) -> Response[RecoveryCodesOut]:
    """Show that the app has the secret: codes are asked for from now on, and every other sign-in ends."""
    with attempts_limited(request, WRONG_PASSWORDS):
        codes = await second_step.confirm_set_up(db, keys, actor, data.code)
    await service.end_sign_ins(db, actor.account_id)
    return await _renewed(db, actor, RecoveryCodesOut(codes))


@post("/api/me/second-step/recovery-codes", status_code=200, guards=[SIGNED_IN])
async def new_recovery_codes(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    data: JSONBody[PasswordBody],
) -> RecoveryCodesOut:
    """Ten new recovery codes; the old ones are void."""
    await _show_who_it_is(request, keys, actor, data, code_needed=True)
    return RecoveryCodesOut(await second_step.make_recovery_codes(db, keys, actor))


@post("/api/me/second-step/stop", status_code=204, guards=[SIGNED_IN])
async def stop_second_step(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    data: JSONBody[PasswordBody],
) -> None:
    """Be asked for codes no more."""
    await _show_who_it_is(request, keys, actor, data, code_needed=True)
    await second_step.stop(db, actor)


async def _show_who_it_is(
    request: AnyRequest, keys: Keys, actor: Actor, shown: PasswordBody, *, code_needed: bool = False
) -> None:
    """Let nobody who merely sits at an open browser change how its owner signs in."""
    database = _database(request)
    with attempts_limited(request, WRONG_PASSWORDS):
        await service.check_password(database, actor, shown.password)
        async with database.session(write=False) as db:
            code_needed = code_needed or await second_step.is_on(db, actor.account_id)
        if code_needed:
            await second_step.take_code(database, keys, actor.account_id, shown.code)


async def _renewed(db: AsyncSession, actor: Actor, content: Any, status: int = 200) -> Response[Any]:  # noqa: ANN401  # any answer
    """An answer with the cookie of a new sign-in in place of the one that made the request."""
    token: tuple[str, timedelta] = await service.sign_in(db, actor.account_id)
    return Response(content, status_code=status, cookies=[session_cookie(*token)])


handlers = [
    sign_in,
    enter_code,
    sign_out,
    me,
    sign_ins,
    sign_out_everywhere,
    change_password,
    my_second_step,
    begin_second_step,
    confirm_second_step,
    new_recovery_codes,
    stop_second_step,
]
