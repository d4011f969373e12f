"""What two officers approve, over HTTP."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import names_of
from pbvote.rounds import approvals, service
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.shapes import ApprovalOut
from pbvote.web.access import only

# Besides 202, with which the first of two officers is answered.
DONE = {200: ResponseSpec(ApprovalOut, description="Approved by a second officer, and done", generate_examples=False)}


class ApprovalsOut(msgspec.Struct, frozen=True):
    """All approvals of a round."""

    items: list[ApprovalOut]


async def approvals_out(
    db: AsyncSession, round_: Round, given: list[Approval], language: str, actor: Actor
) -> list[ApprovalOut]:
    """Approvals with the names of those who asked and approved, as the actor sees them."""
    ids = {account_id for one in given for account_id in (one.asked_by, one.approved_by) if account_id}
    names = await names_of(db, ids)
    return [ApprovalOut.of(one, names, round_.forum.timezone, language, actor) for one in given]


async def approval_answer(
    db: AsyncSession, round_: Round, approval: Approval, language: str, actor: Actor
) -> Response[ApprovalOut]:
    """202 for what was asked, 200 for what was approved and done."""
    [shown] = await approvals_out(db, round_, [approval], language, actor)
    return Response(shown, status_code=202 if approval.approved_by is None else 200)


@get("/api/rounds/{round_slug:str}/approvals", guards=[only(Role.ORGANISER, Role.OFFICER, Role.SCRUTINEER)])
async def list_approvals(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> ApprovalsOut:
    """What two officers approved, and what waits for the second one."""
    round_ = await service.staff_round(db, round_slug, actor)
    given = await approvals.approvals_of(db, round_, actor)
    return ApprovalsOut(await approvals_out(db, round_, given, language, actor))


handlers = [list_approvals]
