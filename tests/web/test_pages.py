"""Pages and files over HTTP, on an application that has nothing else."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from pbvote.web.assets import Assets, PagesAreMissing, Stored, find_frontend, read_assets, without_comments
from pbvote.web.pages import Site, build_site, page_routes, read_page

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Installation:
    partnership: str = "Tarn & Shire <Partnership>"
    locales: tuple[str, ...] = ("en", "qps")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(page_routes(build_site(Installation(), find_frontend())), openapi_config=None)
    async with app.lifespan():
        transport = httpx.ASGITransport(app=cast("Any", app))  # Litestar's scope types are narrower than httpx's
        async with httpx.AsyncClient(transport=transport, base_url="https://vote.example.org") as opened:
            yield opened


def asset_addresses(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/s/[^"#]+)', page)


async def test_the_front_door_leads_to_the_first_language(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/en/")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/en/", "home"),
        ("/en", "home"),
        ("/qps/", "home"),
        ("/en/f/harbourside", "forum"),
        ("/en/r/harbourside-2026", "round"),
        ("/en/r/harbourside-2026/proposals", "proposals"),
        ("/en/r/harbourside-2026/proposals/12", "proposal"),
        ("/en/r/harbourside-2026/suggest", "suggest"),
        ("/en/r/harbourside-2026/vote", "vote"),
        ("/en/r/harbourside-2026/check", "check"),
        ("/en/r/harbourside-2026/done", "done"),
        ("/en/r/harbourside-2026/results", "results"),
        ("/en/accessibility", "accessibility"),
        ("/en/privacy", "privacy"),
    ],
)
async def test_every_page_has_its_shell(client: httpx.AsyncClient, address: str, page: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert f'data-page="{page}"' in answer.text
    assert answer.text.count("<h1") == 1
    assert "{{" not in answer.text


@pytest.mark.parametrize("address", ["/xx/", "/en/nowhere", "/en/r/a/b/c/d", "/favicon.ico", "/wp-login.php", "/en/r"])
async def test_anything_else_is_the_not_found_page(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'data-page="not-found"' in answer.text


async def test_a_lost_reader_stays_in_their_language(client: httpx.AsyncClient) -> None:
    assert 'data-lang="qps"' in (await client.get("/qps/nowhere")).text


async def test_language_direction_and_title_stand_in_the_first_bytes(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/privacy")).text
    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr"')
    assert "<title>Privacy - Tarn &amp; Shire &lt;Partnership&gt;</title>" in page


async def test_the_skip_link_comes_first(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/")).text
    body = page[page.index("<body") :]
    assert re.search(r"<a [^>]*>", body).group() == '<a class="skip" href="#main">'  # type: ignore[union-attr]  # it is there


async def test_a_shell_has_nothing_inline(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/r/a/vote")).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", page)
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)


async def test_a_shell_preloads_its_words_and_every_module_it_will_run(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/r/a/vote")).text
    preloaded = re.findall(r'modulepreload" href="/s/[^/]+/([^"]+)"', page)
    assert preloaded[0] == "js/vote.js"
    assert {"js/lib.js", "js/lib/core.js", "js/ballot/draft.js", "vendor/lit-html/lit-html.js"} <= set(preloaded)
    assert len(preloaded) == len(set(preloaded))
    assert re.search(r'<link rel="preload" as="fetch"[^>]* href="/s/[^/]+/i18n/en\.votes\.json" crossorigin>', page)


async def test_every_file_that_a_page_names_is_there_for_good(client: httpx.AsyncClient) -> None:
    for address in asset_addresses((await client.get("/en/r/a/vote")).text):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("js/lib.js", "text/javascript; charset=utf-8"),
        ("icons.svg", "image/svg+xml"),
        ("i18n/qps.json", "application/json"),
        ("vendor/lit-html/LICENSE", "text/plain; charset=utf-8"),
    ],
)
async def test_files_have_their_types(client: httpx.AsyncClient, path: str, media_type: str) -> None:
    answer = await client.get(f"{await prefix(client)}/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


async def prefix(client: httpx.AsyncClient) -> str:
    return asset_addresses((await client.get("/en/")).text)[0].rpartition("/")[0]


@pytest.mark.parametrize("path", ["nothing.js", "../pyproject.toml", "js/../../../etc/passwd", ""])
async def test_there_is_no_other_file(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"{await prefix(client)}/{path}")).status_code == 404


async def test_an_old_version_of_a_file_is_gone(client: httpx.AsyncClient) -> None:
    assert (await client.get("/s/0123456789ab/app.css")).status_code == 404


async def test_compressed_only_for_those_who_ask(client: httpx.AsyncClient) -> None:
    address = f"{await prefix(client)}/app.css"
    plain = await client.get(address, headers={"accept-encoding": "identity"})
    packed = await client.get(address, headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


async def test_who_has_the_page_already_is_told_so(client: httpx.AsyncClient) -> None:
    first = await client.get("/en/")
    again = await client.get("/en/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/en/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_head_is_answered_like_get(client: httpx.AsyncClient) -> None:
    assert (await client.head("/en/")).status_code == 200
    assert (await client.head(f"{await prefix(client)}/app.css")).status_code == 200


async def test_the_language_menu_is_there_with_two_languages_only(client: httpx.AsyncClient) -> None:
    assert 'class="languages"' in (await client.get("/en/")).text
    alone = build_site(Installation(locales=("en",)), find_frontend())
    assert b'class="languages"' not in alone.shells["en", "home"].content


async def test_the_words_come_in_the_page_s_language(client: httpx.AsyncClient) -> None:
    words = (await client.get(f"{await prefix(client)}/i18n/qps.json")).json()
    assert words["vote.check"].startswith("[Čĥéćķ ýóúř"[:1])
    assert "officer.sign_in.title" not in words


async def test_only_officers_pages_are_kept_from_search_engines(client: httpx.AsyncClient) -> None:
    assert 'content="noindex"' not in (await client.get("/en/")).text
    assert 'content="noindex"' in (await client.get("/en/o/sign-in")).text


def test_a_shell_begins_with_its_fields(tmp_path: Path) -> None:
    (tmp_path / "vote.html").write_text("path: /r/{round}/vote\ntitle: vote.title\nmodule: vote\n---\n<h1>Vote</h1>\n")
    page = read_page(tmp_path / "vote.html")
    assert (page.name, page.module, page.body) == ("vote", "vote", "<h1>Vote</h1>")
    assert page.pattern().fullmatch("/r/harbourside/vote")
    assert not page.pattern().fullmatch("/r/harbourside/x/vote")
    assert not page.officer


def test_the_address_of_the_files_changes_with_any_of_them() -> None:
    frontend = find_frontend()
    assert read_assets(frontend, {}).version == read_assets(frontend, {}).version
    assert (
        read_assets(frontend, {"i18n/en.json": b"{}"}).version != read_assets(frontend, {"i18n/en.json": b"[]"}).version
    )


def test_a_missing_module_is_named() -> None:
    files = {"js/a.js": Stored.of(b'import { b } from "./b.js";', "text/javascript")}
    with pytest.raises(PagesAreMissing, match=r"js/a\.js imports \./b\.js"):
        Assets("v", files).graph("js/a.js")
    with pytest.raises(PagesAreMissing, match=r"js/c\.js"):
        Assets("v", files).graph("js/c.js")


def test_modules_that_import_each_other_are_listed_once() -> None:
    files = {
        "js/a.js": Stored.of(b"export * from './lib/b.js'", "text/javascript"),
        "js/lib/b.js": Stored.of(b"import{x}from'../a.js';import'./c.js'", "text/javascript"),
        "js/lib/c.js": Stored.of(b"", "text/javascript"),
    }
    assert Assets("v", files).graph("js/a.js") == ["js/a.js", "js/lib/b.js", "js/lib/c.js"]


def test_modules_are_sent_without_their_comments() -> None:
    module = b"""// What it is.
import x from './x.js';
/**
 * Adds.
 * @param {number} a
 */
export const f = (/** @type {number} */ a) =>
  // why
  `/* ${a} */ // http://`;
"""
    assert (
        without_comments(module)
        == b"""import x from './x.js';
export const f = (a) =>
  `/* ${a} */ // http://`;
"""
    )


def test_small_files_are_not_compressed() -> None:
    assert Stored.of(b"x" * 100, "text/plain").compressed is None
    assert gzip.decompress(Stored.of(b"x" * 1000, "text/plain").compressed or b"") == b"x" * 1000


def test_lit_html_is_the_published_one_with_its_licence() -> None:
    vendor = find_frontend() / "vendor"
    (entry,) = json.loads((vendor / "MANIFEST.json").read_text())
    lock = json.loads((find_frontend() / "package-lock.json").read_text())["packages"]["node_modules/lit-html"]
    assert (entry["name"], entry["version"], entry["licence"]) == ("lit-html", lock["version"], "BSD-3-Clause")
    assert "Redistribution and use" in (vendor / "lit-html" / "LICENSE").read_text()


def test_the_lock_names_no_registry() -> None:
    assert "http" not in (find_frontend() / "package-lock.json").read_text()


def test_a_section_of_the_words_is_sent_to_its_own_page_alone() -> None:
    site = build_site(Installation(), find_frontend())
    sent = {
        path.removeprefix("i18n/").removesuffix(".json"): json.loads(stored.content)
        for path, stored in site.assets.files.items()
        if path.startswith("i18n/en.")
    }
    assert {name for name, words in sent.items() if "verify.lead" in words} == {"en.verify-votes"}
    assert {name for name, words in sent.items() if "talk.title" in words} == {
        words_of(site, name) for name in ("proposal", "round")
    }
    assert sent["en"].keys() < sent["en.verify-votes"].keys()
    assert words_of(site, "verify") == "en.verify-votes"
    others = [*site.assets.graph("js/vote.js"), *site.assets.graph("js/officer/count.js")]
    assert not [path for path in others if re.search(rb"'verify\.", site.assets.files[path].content)]


def words_of(site: Site, page: str) -> str:
    """The name of the words that a page loads."""
    [name] = re.findall(rb'/i18n/([a-z.-]+)\.json"', site.shells["en", page].content)
    return str(name.decode())


def test_the_pages_stay_small() -> None:
    site = build_site(Installation(), find_frontend())
    packed = {path: len(stored.compressed or stored.content) for path, stored in site.assets.files.items()}
    modules = sum(packed[path] for path in site.assets.graph("js/vote.js"))
    assert packed["app.css"] <= 9 * 1024  # gzip; about 8 KB in brotli
    assert modules <= 24 * 1024
    shell = site.shells["en", "vote"]
    assert (
        modules + packed["app.css"] + packed[f"i18n/{words_of(site, 'vote')}.json"] + len(shell.compressed or b"")
        <= 44 * 1024
    )


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ("", ["plain", "plain/proposals", "plain/results"]),
        ("/vote", ["plain"]),
        ("/proposals", ["plain/proposals"]),
        ("/results/", ["plain/results"]),
    ],
)
async def test_a_page_that_needs_javascript_leads_to_the_one_that_does_not(
    client: httpx.AsyncClient, page: str, links: list[str]
) -> None:
    text = (await client.get(f"/en/r/a%22%3E{page}")).text
    [noscript] = re.findall(r"<noscript>(.*?)</noscript>", text)
    assert re.findall(r'href="([^"]*)"', noscript) == [f"/en/r/a%22%3E/{link}" for link in links]
    assert "\0" not in text


@pytest.mark.parametrize(("page", "times"), [("", 1), ("r/a/suggest", 1), ("o", 1), ("privacy", 0), ("nowhere", 0)])
async def test_only_pages_that_need_javascript_say_so(client: httpx.AsyncClient, page: str, times: int) -> None:
    assert (await client.get(f"/en/{page}")).text.count("<noscript>") == times


async def test_words_that_only_the_server_writes_are_not_sent(client: httpx.AsyncClient) -> None:
    words = (await client.get(f"{await prefix(client)}/i18n/en.json")).json()
    assert not [key for key in words if key.startswith("plain.")]
