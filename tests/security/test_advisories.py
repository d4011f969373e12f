"""What went wrong elsewhere: each published advisory of Decidim, and the test that it cannot happen here.

The list is that of the Ruby advisory database (gems/decidim*, November 2026). XSS by stored words is tried with every
text field in a browser (tests/browser/test_hostile_texts.py), every route as every visitor in tests/test_access.py;
here stands one named test for each advisory, so that none is forgotten.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select

from pbvote.accounts.models import Account
from pbvote.db import Database
from pbvote.deliberation.content import parts_of
from pbvote.deliberation.models import Support
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from tests.conftest import BASE_URL, SettableClock, browser
from tests.deliberation.talking import SLUG, TOKENS, back, let_talk, said, talk
from tests.house import let_in, make_people, make_round

DESCRIBED = json.loads(Path("docs/openapi.json").read_bytes())["paths"]
# What opens a connection: of these, `serve` listens, `mailers` knows one server from the settings.
CALLS = re.compile(
    r"^(?:import|from) (?:urllib\.request|http\.client|httpx|requests|aiohttp|smtplib|socket)\b", re.MULTILINE
)
SCRIPT = "<svg onload=alert('XSS')>"
People = dict[str, httpx.AsyncClient]
NAMES = ("resident", "organiser", "officer", "clerk", "scrutineer", "elsewhere", "admin")
OURS = f"/api/rounds/{SLUG}"
DRAFT = {
    "title": "Benches",
    "summary": "Benches in the park.",
    "description": "Five of them.",
    "category": "parks",
    "place": "The Meadows",
    "proposer": "Kim",
    "contact_email": "kim@example.org",
    "running_costs": "",
    "lines": [{"what": "Benches", "amount": 10_000, "basis": "quote"}],
}


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    """A round in which people talk, and everybody's browser."""
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in NAMES}
        for name in NAMES[1:]:
            await let_in(database, found[name], f"{name}@example.org")
        yield found


async def refused(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> None:
    answer = await client.request(method, path, json=body)
    assert answer.status_code in {401, 403, 404}, (method, path, answer.status_code, answer.text)


async def no_markup(client: httpx.AsyncClient, path: str) -> None:
    """The page of an address holds no part of the address as markup, and scripts that are not ours do not run in it."""
    answer = await client.get(path)
    assert SCRIPT not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "'unsafe-inline'" not in policy


async def test_cve_2023_32693_there_is_no_way_out_through_our_own_address(people: People) -> None:
    for target in ("javascript:alert(1)", "//evil.example", "https://evil.example"):
        for path in ("/link", "/en/link", "/en/o/sign-in", "/"):
            answer = await people["resident"].get(f"{path}?external_url={quote(target)}&next={quote(target)}")
            assert "evil.example" not in answer.headers.get("location", "")
            assert target not in answer.text


async def test_cve_2023_34089_a_filter_is_never_markup(people: People) -> None:
    for name in ("q", "category", "status", "phase"):
        await no_markup(people["resident"], f"/en/r/{SLUG}/proposals?{name}={quote(SCRIPT)}")
        await no_markup(people["resident"], f"/en/r/{SLUG}/plain/proposals?{name}={quote(SCRIPT)}")


async def test_cve_2023_34090_filters_reach_named_fields_only(people: People) -> None:
    plain = (await people["resident"].get(f"{OURS}/proposals")).json()
    for name in ("contact_email_start", "key_hash_start", "filter[contact_email]", "sort", "order", "q.contact_email"):
        for value in ("hall", "zzz"):
            answer = await people["resident"].get(f"{OURS}/proposals", params={name: value})
            assert (answer.status_code == 400) or answer.json() == plain, name
    found = await people["resident"].get(f"{OURS}/proposals", params={"q": "hall@example.org"})
    assert found.json()["total"] == 0


async def test_cve_2023_36465_templates_are_their_own_organisers(people: People) -> None:
    words = {"title": "Ours", "sentence": "As every year."}
    for who in ("resident", "officer", "clerk", "scrutineer", "elsewhere", "admin"):
        await refused(people[who], "POST", f"{OURS}/template", words)
    made = await people["organiser"].post(f"{OURS}/template", json=words)
    assert made.status_code == 201, made.text
    path = f"/api/forums/harbourside/templates/{made.json()['id']}"
    for who in ("resident", "officer", "elsewhere", "admin"):
        await refused(people[who], "DELETE", path)
    await refused(people["elsewhere"], "DELETE", path.replace("harbourside", "castle-hill"))


async def test_cve_2023_47634_many_requests_at_once_are_one_support(people: People, database: Database) -> None:
    answers = await asyncio.gather(*(back(people["resident"], TOKENS[0]) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    async with database.session(write=False) as db:
        assert (await db.execute(select(func.count()).select_from(Support))).scalar_one() == 1


async def test_cve_2023_47635_no_route_takes_a_write_from_another_site(people: People, app: Litestar) -> None:
    writes = {
        (method, path)
        for path, methods in DESCRIBED.items()
        for method in methods
        if method not in {"get", "head"} and "unsubscribe" not in path
    }
    assert len(writes) > 50
    for method, path in writes:
        address = path.replace("{round_slug}", SLUG).replace("{forum_slug}", "harbourside").replace("{number}", "1")
        address = re.sub(r"\{[a-z]+_id\}", str(UUID(int=1)), address)
        answer = await people["organiser"].request(
            method.upper(), address, headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
        )
        assert answer.status_code == 403, (method, path)
    assert app.debug is False


async def test_cve_2023_48220_no_other_link_brings_an_old_invitation_back(
    people: People, database: Database, clock: SettableClock
) -> None:
    invited = {"email": "new@example.org", "roles": [{"forum": "harbourside", "role": "officer"}]}
    made = await people["organiser"].post("/api/invites", json={**invited, "administrator": False})
    token = made.json()["link"].partition("#")[2]
    clock.advance(days=7, seconds=1)
    join = {"token": token, "name": "New", "password": "a password of their own"}
    assert (await people["resident"].post("/api/invites/accept", json=join)).status_code == 410
    reset = {"token": token, "password": "a password of their own"}
    assert (await people["resident"].post("/api/invites/reset", json=reset)).status_code == 410
    async with database.session(write=False) as db:
        assert await db.scalar(select(Account.id).where(Account.email == "new@example.org")) is None


async def begun_draft(people: People, database: Database) -> dict[str, str]:
    """The header that opens a new draft in the round, which takes proposals now."""
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        round_.phase, round_.proposals_close_at = "proposals", round_.voting_open_at
    made = await people["resident"].post(f"{OURS}/drafts", json={})
    assert made.status_code == 201, made.text
    return {"proposal-key": made.json()["key"]}


async def test_cve_2023_51447_the_name_of_a_file_is_never_shown_as_it_came(people: People, database: Database) -> None:
    headers = await begun_draft(people, database)
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF"
    path = f"{OURS}/draft/documents?name={quote(SCRIPT)}.html"
    sent = await people["resident"].post(path, content=pdf, headers=headers)
    assert sent.status_code == 201, sent.text
    assert not set("<>\"'=") & set(sent.json()["name"])
    assert sent.json()["name"].endswith(".pdf")


async def test_cve_2024_27090_what_is_not_public_is_found_by_no_other_view(people: People, database: Database) -> None:
    async with database.session(write=True) as db:
        (await db.scalars(select(Round).where(Round.slug == SLUG))).one().opened_at = None
    views = [path for path, methods in DESCRIBED.items() if "{round_slug}" in path and "get" in methods]
    assert len(views) > 30
    for path in views:
        address = path.replace("{round_slug}", SLUG).replace("{number}", "1").replace("{name}", "projects.csv")
        answer = await people["resident"].get(address.replace("{attachment_id}", str(UUID(int=1))))
        assert answer.status_code in {400, 401, 403, 404}, path
        assert "Harbourside budget" not in answer.text


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "image/png"])
async def test_cve_2024_27095_an_upload_is_what_its_bytes_are(people: People, database: Database, kind: str) -> None:
    headers = {**await begun_draft(people, database), "content-type": kind}
    for what in ("photos", "documents"):
        answer = await people["resident"].post(f"{OURS}/draft/{what}", content=SCRIPT.encode(), headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] in {"picture_refused", "document_refused"}


async def test_cve_2024_32034_the_log_of_what_was_done_is_data(people: People) -> None:
    checks = {"appropriate": True, "feasible": False, "sustainable": True}
    decision = {"decision": "rejected", "reason": SCRIPT, "checks": checks, "cost": None, "version": 1}
    done = await people["officer"].post(f"{OURS}/proposals/1/decision", json=decision)
    assert done.status_code == 200, done.text
    log = await people["officer"].get("/api/forums/harbourside/log")
    assert log.headers["content-type"].startswith("application/json")
    assert log.headers["x-content-type-options"] == "nosniff"


async def test_cve_2024_32469_a_page_number_is_a_number(people: People) -> None:
    for name in ("page", "size", "per_page"):
        answer = await people["resident"].get(f"{OURS}/proposals?{name}={quote(SCRIPT)}")
        assert SCRIPT not in answer.text
        assert name == "per_page" or answer.status_code == 400
        await no_markup(people["resident"], f"/en/r/{SLUG}/proposals?{name}={quote(SCRIPT)}")
        await no_markup(people["resident"], f"/en/r/{SLUG}/plain/proposals?{name}={quote(SCRIPT)}")


async def test_cve_2024_39910_texts_are_texts_and_no_markup_whatever_wrote_them(people: People) -> None:
    await said(people["resident"], SCRIPT)
    [comment] = (await talk(people["resident"]))["items"]
    assert "".join(part["text"] for part in comment["parts"]) == SCRIPT
    page = await people["resident"].get(f"/en/r/{SLUG}/plain/comments?number=1")
    assert page.status_code == 200
    assert SCRIPT not in page.text
    assert "&lt;svg onload=" in page.text


async def test_cve_2024_41673_no_part_of_an_address_is_markup(people: People) -> None:
    for path in (
        f"/en/r/{quote(SCRIPT)}",
        f"/en/r/{SLUG}/proposals/{quote(SCRIPT)}",
        f"/en/r/{SLUG}/plain/proposals/{quote(SCRIPT)}",
        f"/{quote(SCRIPT)}/r/{SLUG}",
        f"/en/f/{quote(SCRIPT)}",
    ):
        await no_markup(people["resident"], path)


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "JaVaScRiPt://%0aalert(1)", "data:text/html,<b>", "vbscript:x"]
)
def test_cve_2024_45594_only_the_web_is_linked_to(text: str) -> None:
    assert not any(part.href for part in parts_of(f"Come to {text} tonight"))
    assert any(part.href for part in parts_of("Come to https://example.org tonight"))


async def test_cve_2025_65017_ids_are_never_cut(people: People, database: Database) -> None:
    async with database.session(write=False) as db:
        ids = list(await db.scalars(select(Proposal.id)))
    assert all(isinstance(one, UUID) for one in ids)
    for wrong in ("0", "210", "0210ae70", str(UUID(int=210))):
        answer = await people["resident"].get(f"{OURS}/attachments/{wrong}")
        assert answer.status_code == 404


async def test_cve_2026_23891_a_name_is_a_text(people: People) -> None:
    body = {"name": SCRIPT, "text": "Good.", "parent": None}
    await people["resident"].post(f"{OURS}/proposals/1/comments", json=body)
    page = await people["resident"].get(f"/en/r/{SLUG}/plain/comments?number=1")
    assert SCRIPT not in page.text


async def test_cve_2026_40869_only_whom_it_belongs_to_changes_a_proposal(people: People, database: Database) -> None:
    for body in ({"key": "0000-0000-0000-0000"}, {"key": ""}):
        for verb in ("change", "withdraw"):
            answer = await people["resident"].post(f"{OURS}/proposals/1/{verb}", json=body)
            assert answer.status_code in {400, 403, 409}, answer.text
    async with database.session(write=False) as db:
        assert set(await db.scalars(select(Proposal.status))) == {"accepted"}


async def test_cve_2026_40870_comments_are_read_through_public_rounds_only(people: People, database: Database) -> None:
    await said(people["resident"], "A comment in a round that is taken back.")
    async with database.session(write=True) as db:
        (await db.scalars(select(Round).where(Round.slug == SLUG))).one().opened_at = None
    for path in ("/api/comments", "/api/proposals/1/comments", f"{OURS}/proposals/1/comments", f"{OURS}/questions"):
        answer = await people["resident"].get(path)
        assert answer.status_code == 404
        assert "taken back" not in answer.text


async def test_cve_2026_45086_an_officers_page_is_an_empty_shell_for_others(people: People) -> None:
    for path in (f"/en/o/r/{SLUG}", f"/en/o/r/{SLUG}/voters", f"/en/o/r/{SLUG}/proposals", "/en/a/people", "/en/a/log"):
        page = await people["resident"].get(path)
        assert "Harbourside budget" not in page.text
        assert "@example.org" not in page.text
    for path in (f"{OURS}/setup", f"{OURS}/review", f"{OURS}/roll", "/api/people", "/api/log"):
        await refused(people["resident"], "GET", path)


@pytest.mark.parametrize("path", ["review", "review/1", "review/1/notes", "queue", "roll", "night/door", "moderation"])
async def test_cve_2026_45330_another_forum_s_files_stay_closed(people: People, path: str) -> None:
    await refused(people["elsewhere"], "GET", f"{OURS}/{path}")
    await refused(people["admin"], "GET", f"{OURS}/{path}")


async def test_cve_2026_45376_a_search_is_a_value_and_never_sql(people: People) -> None:
    for term in ("'; DROP TABLE proposals; --", "' OR 1=1 --", "(SELECT pg_sleep(5))", "%' ESCAPE '", "\\", "\x00"):
        for path in (f"{OURS}/proposals", f"{OURS}/queue", f"{OURS}/similar"):
            answer = await people["officer"].get(path, params={"q": term, "title": term, "sort": term})
            assert answer.status_code in {200, 400}, (path, term, answer.text)
            assert "SQL" not in answer.text
    assert (await people["resident"].get(f"{OURS}/proposals")).json()["total"] == 4


@pytest.mark.parametrize(
    "path",
    ["/api/log/file", "/api/forums/harbourside/log/file", f"{OURS}/scrutiny/bundle.zip"],
    ids=["log", "log of a forum", "ballots"],
)
async def test_cve_2026_45377_an_address_alone_opens_no_export(people: People, path: str) -> None:
    await refused(people["resident"], "GET", path)
    await refused(people["elsewhere"], "GET", path)


async def test_cve_2026_45378_what_is_private_is_never_in_a_cache(people: People) -> None:
    for path in (f"{OURS}/roll", f"{OURS}/review", "/api/me", "/api/forums/harbourside/people"):
        answer = await people["organiser"].get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer.headers["cache-control"]


async def test_cve_2026_45414_a_sign_in_of_another_forum_is_nothing_here(people: People) -> None:
    for method, path in (("GET", f"{OURS}/setup"), ("POST", f"{OURS}/open"), ("GET", f"{OURS}/approvals")):
        await refused(people["elsewhere"], method, path)
    token = people["organiser"].cookies.get("__Host-pbvote")
    for header in ({"authorization": f"Bearer {token}"}, {"x-auth-token": str(token)}):
        answer = await people["resident"].get(f"{OURS}/setup", headers=header)
        assert answer.status_code == 401


@pytest.mark.parametrize("who", ["scrutineer", "elsewhere", "admin", "resident"])
async def test_cve_2026_45415_the_roll_is_its_clerks(people: People, who: str) -> None:
    await refused(people[who], "GET", f"{OURS}/roll")
    await refused(people[who], "POST", f"{OURS}/codes", {"label": "Mine", "count": 5})
    await refused(people[who], "POST", f"{OURS}/roll/removals", {"whose": "x", "approves": None, "reason": "y"})


async def test_cve_2026_45572_not_even_an_organiser_writes_markup(people: People, database: Database) -> None:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        round_.description = round_.title = SCRIPT
        round_.phase = "voting"
    for path in (f"/en/r/{SLUG}", f"/en/r/{SLUG}/plain/proposals", f"/en/r/{SLUG}/plain"):
        await no_markup(people["resident"], path)


def test_cve_2026_45573_no_address_that_somebody_gives_is_ever_called() -> None:
    """Nothing in the server opens a connection to an address from a request: `witness` does, a command of its own."""
    sources = {path: path.read_text() for path in Path("pbvote").rglob("*.py")}
    listening = {path for path in sources if path.parent == Path("pbvote/serving")} | {Path("pbvote/commands/serve.py")}
    elsewhere = {path: source for path, source in sources.items() if path not in listening}
    callers = {path.as_posix() for path, source in elsewhere.items() if CALLS.search(source)}
    assert callers == {"pbvote/witness/http.py", "pbvote/notices/mailers.py"}


async def test_clickjacking_no_page_is_shown_in_a_frame(people: People) -> None:
    for path in ("/en/", f"/en/r/{SLUG}/vote", "/en/o/sign-in", f"/en/r/{SLUG}/plain"):
        answer = await people["resident"].get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_host_header_makes_no_link(people: People) -> None:
    answer = await people["resident"].get(f"{BASE_URL}/", headers={"host": "evil.example"})
    assert "evil.example" not in answer.headers.get("location", "")
