"""Photos and documents: who may send, see, download and hide them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.errors import InputIsWrong
from pbvote.keys import Keys
from pbvote.proposals.documents import MOST_BYTES, ODT, read_document
from pbvote.proposals.models import Attachment
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, sign_in
from tests.pictures.hostile import SECRET, photo, saved, with_exif
from tests.proposals.putting import BENCH, take_proposals
from tests.proposals.test_drafts import ROUND, begin, send
from tests.rounds.ready import ORGANISER

PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"


def archive(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files:
            made.writestr(name, content)
    return out.getvalue()


DOCX = archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))


@pytest.fixture
async def resident(
    app: Litestar, client: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> httpx.AsyncClient:
    await make_people(database)
    async with browser(app) as organiser:
        await sign_in(organiser, ORGANISER)
        await take_proposals(organiser, clock, database, keys)
    return client


async def upload(client: httpx.AsyncClient, key: str, content: bytes, what: str = "photos") -> httpx.Response:
    return await client.post(f"{ROUND}/draft/{what}", content=content, headers={"proposal-key": key})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "document_empty"),
        (b"%PD", "document_not_read"),
        (b"<html>%PDF-1.7", "document_not_read"),
        (b"MZ" + bytes(200), "document_not_read"),
        (b"%PDF-" + bytes(MOST_BYTES), "document_too_large"),
        (b"PK\x03\x04" + bytes(200), "document_not_read"),
        (archive(("evil.exe", b"MZ")), "document_not_read"),
        (archive(("word/document.xml", b"<w/>")), "document_not_read"),
        (archive(("a", b"a"), ("mimetype", ODT)), "document_not_read"),
        (archive(("mimetype", ODT + b"-template")), "document_not_read"),
        (archive(("[Content_Types].xml", b""), ("word/document.xml", b""), ("word/vbaProject.bin", b"")), "has_macros"),
        (archive(("mimetype", ODT), ("Basic/Standard/a.xml", b"")), "has_macros"),
        (archive(*((str(number), b"") for number in range(2_001))), "document_not_read"),
    ],
)
def test_what_is_no_document_is_refused_with_what_was_expected(content: bytes, code: str) -> None:
    with pytest.raises(InputIsWrong) as refused:
        read_document(content, "a.pdf")
    assert refused.value.reasons[0].code.endswith(code)
    assert "expected a PDF, ODT or DOCX file" in refused.value.detail


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Plan.pdf", "Plan.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\kim\\plän.docx", "plan.pdf"),
        ('a"\r\nSet-Cookie: x=1.pdf', "a-Set-Cookie- x-1.pdf"),
        ("evil.html.pdf", "evil-html.pdf"),
        ("\u202efdp.exe", "fdp-exe.pdf"),
        ("x" * 300, "x" * 80 + ".pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
    ],
)
def test_a_document_gets_a_plain_name_with_the_ending_of_what_it_is(name: str, kept: str) -> None:
    assert read_document(PDF, name).name == kept


def test_the_kind_of_a_document_is_what_it_holds() -> None:
    kinds = [read_document(content, "a").kind for content in (PDF, DOCX, archive(("mimetype", ODT)))]
    assert kinds == ["pdf", "docx", "odt"]


async def test_files_need_the_key_of_a_draft_and_are_few(resident: httpx.AsyncClient, database: Database) -> None:
    key = await begin(resident)
    for what, content in (("photos", saved(photo())), ("documents", PDF)):
        refused = await upload(resident, "0000-0000-0000-0000", content, what)
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong_key")
    wrong = await upload(resident, key, b"no photo")
    assert (wrong.status_code, wrong.json()["reasons"][0]["code"]) == (400, "picture_not_read")
    assert (await upload(resident, key, bytes(13 * 1024 * 1024))).status_code == 413
    assert (await upload(resident, key, bytes(6 * 1024 * 1024), "documents")).status_code == 413
    assert [(await upload(resident, key, PDF, "documents")).status_code for _ in range(4)] == [201, 201, 201, 409]
    async with database.session(write=False) as db:
        assert (await db.execute(select(func.count()).select_from(Attachment))).scalar_one() == 3


async def test_a_photo_is_seen_with_the_key_then_by_all_then_hidden(
    app: Litestar, resident: httpx.AsyncClient, database: Database
) -> None:
    key = await begin(resident)
    other = await begin(resident)
    sent = (await upload(resident, key, with_exif(6))).json()
    assert (sent["width"], sent["height"], sent["words"]) == (480, 640, "")
    path, mine = f"{ROUND}/attachments/{sent['id']}", {"proposal-key": key}
    for headers in ({}, {"proposal-key": other}, {"proposal-key": "0"}):
        assert (await resident.get(path, headers=headers)).status_code == 404
        assert (await resident.delete(f"{ROUND}/draft/attachments/{sent['id']}", headers=headers)).status_code >= 400
    small = await resident.get(f"{path}?size=small", headers=mine)
    assert (small.headers["content-type"], small.headers["cache-control"]) == ("image/webp", "private, no-store")
    assert SECRET not in small.content
    described = await resident.put(f"{ROUND}/draft/attachments/{sent['id']}", json={"words": "A gap"}, headers=mine)
    assert described.json()["words"] == "A gap"
    assert (await send(resident, key)).status_code == 201
    public = await resident.get(path)
    assert (public.status_code, public.headers["cache-control"]) == (200, "public, max-age=300")
    assert public.headers["x-content-type-options"] == "nosniff"
    [card] = (await resident.get(f"{ROUND}/proposals")).json()["items"]
    assert card["photo"]["words"] == "A gap"
    await hide_and_show(app, resident, database, sent["id"])


async def hide_and_show(app: Litestar, resident: httpx.AsyncClient, database: Database, id_: str) -> None:
    path = f"{ROUND}/attachments/{id_}"
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        hidden = await officer.put(f"{path}/hidden", json={"reason": "A child can be seen."})
        assert hidden.status_code == 204
        assert (await resident.get(path)).status_code == 404
        seen = await officer.get(path)
        assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, no-store")
        [shown] = (await resident.get(f"{ROUND}/proposals/1")).json()["attached"]["photos"]
        assert (shown["words"], shown["hidden_reason"]) == ("", "A child can be seen.")
        [card] = (await resident.get(f"{ROUND}/proposals")).json()["items"]
        assert card["photo"] is None
        assert (await officer.put(f"{path}/hidden", json={"reason": ""})).status_code == 204
        assert (await resident.get(path)).status_code == 200
    async with database.session(write=False) as db:
        query = select(AuditEvent.kind).where(AuditEvent.kind.startswith("attachment")).order_by(AuditEvent.id)
        kinds = list(await db.scalars(query))
    assert kinds == ["attachment_hidden", "attachment_shown"]


async def test_a_document_is_only_ever_a_download(resident: httpx.AsyncClient) -> None:
    key = await begin(resident)
    address = f"{ROUND}/draft/documents?name=Our%20plan.html"
    sent = (await resident.post(address, content=DOCX, headers={"proposal-key": key})).json()
    assert (sent["kind"], sent["name"], sent["size"]) == ("docx", "Our plan-html.docx", len(DOCX))
    await send(resident, key)
    answer = await resident.get(f"{ROUND}/attachments/{sent['id']}")
    assert answer.content == DOCX
    headers: dict[str, Any] = {
        "content-type": "application/octet-stream",
        "content-disposition": 'attachment; filename="Our plan-html.docx"',
        "x-content-type-options": "nosniff",
    }
    assert {name: answer.headers[name] for name in headers} == headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_what_is_removed_while_changing_stays_until_it_is_sent_again(resident: httpx.AsyncClient) -> None:
    key = await begin(resident)
    ids = [(await upload(resident, key, PDF, "documents")).json()["id"] for _ in range(2)]
    await send(resident, key)
    await resident.post(f"{ROUND}/proposals/1/change", json={"key": key})
    removed = await resident.delete(f"{ROUND}/draft/attachments/{ids[0]}", headers={"proposal-key": key})
    assert removed.status_code == 204
    added = (await upload(resident, key, DOCX, "documents")).json()["id"]
    assert [one["id"] for one in await documents(resident)] == ids
    await send(resident, key, lines=BENCH["lines"])
    assert [one["id"] for one in await documents(resident)] == [ids[1], added]


async def documents(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    shown = (await client.get(f"{ROUND}/proposals/1")).json()
    return list(shown["attached"]["documents"])
