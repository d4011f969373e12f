"""Notes stay among officers, whatever is asked for; what a panel says is for everybody."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.proposals.models import Proposal
from pbvote.proposals.shapes import ProposalOut
from tests.conftest import browser
from tests.house import let_in, sign_in
from tests.proposals.putting import decide
from tests.proposals.test_reviewing import REVIEW, officer
from tests.rounds.ready import ORGANISER, SLUG, codes

__all__ = ["officer"]

SECRET = "Ask the warden, the treasurer left in a quarrel."
PUBLIC = (
    f"/api/rounds/{SLUG}",
    f"/api/rounds/{SLUG}/proposals",
    f"/api/rounds/{SLUG}/proposals/1",
    f"/api/rounds/{SLUG}/proposals/1/standing",
    f"/en/r/{SLUG}/plain/proposals",
)


async def said_in_public(app: Litestar, database: Database) -> list[str]:
    """Where the secret note is found, of all that anybody reads, and that officers' own lists and the log say."""
    async with browser(app) as anybody:
        found = [path for path in PUBLIC if SECRET in (await anybody.get(path)).text]
    async with browser(app) as organiser:
        await let_in(database, organiser, ORGANISER)
        for path in (REVIEW, f"{REVIEW}/1", f"/api/rounds/{SLUG}/queue"):
            answer = await organiser.get(path)
            assert answer.status_code == 200
            found += [path] if SECRET in answer.text else []
    async with database.session(write=False) as db:
        found += [event.kind for event in await db.scalars(select(AuditEvent)) if SECRET in str(event.data)]
    return found


async def test_a_note_is_read_by_officers_alone(officer: httpx.AsyncClient, app: Litestar, database: Database) -> None:
    assert codes(await officer.post(f"{REVIEW}/1/notes", json={"text": ""})) == [("text", "text_missing")]
    [note] = (await officer.post(f"{REVIEW}/1/notes", json={"text": SECRET})).json()["items"]
    await decide(officer, 1)
    assert await said_in_public(app, database) == []
    for email, status in ((None, 401), (ORGANISER, 403), ("elsewhere@example.org", 403), ("clerk@example.org", 403)):
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            answer = await somebody.get(f"{REVIEW}/1/notes")
            assert (answer.status_code, SECRET in answer.text) == (status, False), email
    await sign_in(officer, "second@example.org")
    [read] = (await officer.get(f"{REVIEW}/1/notes")).json()["items"]
    assert (read["text"], read["who"], read["mine"]) == (SECRET, "Officer", False)
    assert (await officer.delete(f"{REVIEW}/1/notes/{note['id']}")).status_code == 403
    assert (await officer.delete(f"{REVIEW}/2/notes/{note['id']}")).status_code == 404
    await sign_in(officer, "officer@example.org")
    assert (await officer.delete(f"{REVIEW}/1/notes/{note['id']}")).json()["items"] == []


async def test_a_note_in_a_public_shape_would_be_found(
    officer: httpx.AsyncClient, app: Litestar, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await officer.post(f"{REVIEW}/1/notes", json={"text": SECRET})
    careful = ProposalOut.of

    def careless(proposal: Proposal, *rest: object) -> ProposalOut:
        proposal.status_reason = SECRET
        return careful(proposal, *rest)  # type: ignore[arg-type]  # whatever the shape asks for

    monkeypatch.setattr(ProposalOut, "of", careless)
    assert f"/api/rounds/{SLUG}/proposals/1" in await said_in_public(app, database)


async def test_what_a_panel_says_is_for_everybody(officer: httpx.AsyncClient, app: Litestar) -> None:
    path = f"{REVIEW}/1/feedback"
    assert codes(await officer.post(path, json={"who": "", "text": ""})) == [
        ("who", "text_missing"),
        ("text", "text_missing"),
    ]
    async with browser(app) as somebody:
        assert (await somebody.post(path, json={"who": "Me", "text": "Good."})).status_code == 401
        await sign_in(somebody, "clerk@example.org")
        assert (await somebody.post(path, json={"who": "Me", "text": "Good."})).status_code == 403
        await officer.post(path, json={"who": "Parks panel", "text": "Choose oak."})
        standing = (await somebody.get(f"/api/rounds/{SLUG}/proposals/1/standing")).json()
        [said] = standing["feedback"]
        assert (said["who"], said["text"]) == ("Parks panel", "Choose oak.")
        assert (await officer.delete(f"{path}/{said['id']}")).status_code == 200
        assert (await somebody.get(f"/api/rounds/{SLUG}/proposals/1/standing")).json()["feedback"] == []
