"""Rehearsal rounds over HTTP: make one, and move it on."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.keys import Keys
from pbvote.rounds.api import SetupOut, setup_out
from pbvote.rounds.service import staff_round
from pbvote.voting import rehearsal_rounds
from pbvote.web.access import only

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]


@post("/api/rounds/{round_slug:str}/rehearsal-round", guards=[only(Role.ORGANISER)])
async def make_rehearsal(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """A rehearsal of a round: a copy of its set-up and its proposals to practise with."""
    made = await rehearsal_rounds.make_rehearsal(db, await staff_round(db, round_slug, actor), actor)
    return await setup_out(db, made, language, actor)


@post("/api/rounds/{round_slug:str}/go-on", status_code=200, guards=[only(Role.ORGANISER, Role.OFFICER)])
async def go_on(
    db: Db, keys: NamedDependency[Keys], actor: Who, language: Language, round_slug: FromPath[str]
) -> SetupOut:
    """Bring the next date of a rehearsal to now."""
    round_ = await rehearsal_rounds.go_on(db, keys, await staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


handlers = [make_rehearsal, go_on]
