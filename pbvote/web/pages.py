"""The pages: static shells in every language, made at start-up, and the files they load.

A shell is a file `frontend/pages/NAME.html`: a few `name: value` lines, a line of three dashes, then what stands in
`<main>`. Its lines are `path` (with `{round}` for a part that varies), `title` (a key of the catalogue) and, where the
page has them, `module` (a file in `frontend/js`), `words` (sections of the catalogue that no other page is sent) and
`sheet` (a stylesheet of its own).
`{{round}}` is filled when the page is sent, from its address.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from litestar import Request, Response, route
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import Method

from pbvote.installation.branding import USUAL, Branding
from pbvote.web.access import PUBLIC
from pbvote.web.assets import IMMUTABLE, TYPES, Assets, Stored, read_assets
from pbvote.web.caching import kept, not_kept
from pbvote.web.catalogue import NAMES, Strings, direction, language_tag, read_catalogue, translate

HTML = "text/html"
METHODS: tuple[Method, ...] = ("GET", "HEAD")
REVALIDATE = "no-cache"
NOT_FOUND = "not-found"
SERVER_ONLY = "plain."

# One handler for every page. Litestar never turns back on its way through the parts of an address, so beside the pages
# that other handlers make (`/plain`) each start of their addresses is named too.
SHELLS = (
    "/{lang:str}",
    "/{lang:str}/{rest:path}",
    "/{lang:str}/plan/{rest:path}",
    "/{lang:str}/r",
    "/{lang:str}/r/{round_slug:str}",
    "/{lang:str}/r/{round_slug:str}/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/comments/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/night/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/proposals/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/receipt/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/results/{rest:path}",
)
ROUND = b"\0round\0"
TITLE, REST, MAIN = "\0title\0", "\0rest\0", "\0main\0"
NAME, COLOURS, THEME = "\0name\0", "\0colours\0", "\0theme\0"
COLOURS_FILE = "colours.css"

_PLACEHOLDER = re.compile(r"\{\{(t:)?([a-z0-9_.-]+)\}\}")


class PageSettings(Protocol):
    """What the pages need to know about the installation."""

    @property
    def partnership(self) -> str:
        """The name in the brand band."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The published languages, the first of which `/` leads to."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page type, in no language yet. `words` names the sections of the words that are sent to such pages alone.

    Officers' pages are all sent the sections that one of them names. `sheet` is a stylesheet of its own.
    """

    name: str
    path: str
    title: str
    module: str
    body: str
    words: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def officer(self) -> bool:
        """True for pages behind the sign-in, which have words of their own and are not for search engines."""
        return self.path.startswith(("/o/", "/a/")) or self.path in {"/o", "/a"}

    def pattern(self) -> re.Pattern[str]:
        """What the rest of an address after the language must look like."""
        return re.compile(re.sub(r"\{([a-z]+)\}", r"(?P<\1>[^/]+)", self.path.rstrip("/")))


def read_page(path: Path) -> Page:
    """Read one shell file."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Page(
        path.stem,
        fields.get("path", ""),
        fields["title"],
        fields.get("module", ""),
        body.strip(),
        tuple(sorted(fields.get("words", "").split())),
        fields.get("sheet", ""),
    )


@dataclass(frozen=True, slots=True)
class Bare:
    """Shells and frames without the installation's name and colours."""

    shells: Mapping[tuple[str, str], str]
    frames: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """Every page in every language, and every file, ready to send.

    `words` are the residents' strings by language; `frames` are pages without their content, for those who make pages
    at each request: TITLE, MAIN and REST (of the address, after the language) stand where these belong. `bare` is both
    before they are `dressed` in the looks that the installation has now.
    """

    default: str
    assets: Assets
    pages: tuple[tuple[re.Pattern[str], str], ...]
    shells: Mapping[tuple[str, str], Stored]
    words: Mapping[str, Strings]
    frames: Mapping[str, str]
    bare: Bare
    colours: Stored | None = None
    looks: str = ""

    def shell(self, path: str) -> tuple[Stored, int]:
        """The page at an address and the status it is sent with."""
        locale, _, rest = path.strip("/").partition("/")
        if (locale, NOT_FOUND) not in self.shells:
            return self.shells[self.default, NOT_FOUND], 404
        address = f"/{rest}".rstrip("/")
        for pattern, name in self.pages:
            if found := pattern.fullmatch(address):
                return _filled(self.shells[locale, name], found.groupdict().get("round", "")), 200
        return self.shells[locale, NOT_FOUND], 404

    def file(self, version: str, path: str) -> Stored | None:
        """A file of that version, or None."""
        if path == COLOURS_FILE and version == self.looks:
            return self.colours
        return self.assets.files.get(path) if version == self.assets.version else None


def _filled(shell: Stored, round_slug: str) -> Stored:
    """The shell with the round of its address where it links to another page of that round."""
    if ROUND not in shell.content:
        return shell
    return Stored.of(shell.content.replace(ROUND, quote(round_slug, safe="").encode()), HTML)


def build_site(settings: PageSettings, frontend: Path) -> Site:
    """Read and render everything once."""
    words = {locale: _catalogues(frontend, locale) for locale in settings.locales}
    pages = [read_page(path) for path in sorted((frontend / "pages").glob("*.html"))]
    wanted = {page.words for page in pages if page.words}
    sections = {section for own in wanted for section in own}
    officers = {section for page in pages if page.officer for section in page.words}
    generated = {
        f"i18n/{locale}{suffix}.json": _as_json(strings, sections - officers if suffix else sections)
        for locale, catalogues in words.items()
        for suffix, strings in catalogues.items()
    } | {
        f"i18n/{locale}.{'-'.join(own)}.json": _as_json(catalogues[""], sections - set(own))
        for locale, catalogues in words.items()
        for own in wanted
    }
    assets = read_assets(frontend, generated)
    layout = (frontend / "_layout.html").read_text(encoding="utf-8")
    shells = {
        (locale, page.name): _render(
            layout, page, locale, words[locale][".officer" if page.officer else ""], settings, assets
        )
        for locale in settings.locales
        for page in pages
    }
    frames = {
        locale: _render(layout, Page("plain", "", "", "", MAIN), locale, words[locale][""], settings, assets)
        for locale in settings.locales
    }
    residents = {locale: words[locale][""] for locale in settings.locales}
    literal_first = sorted((page for page in pages if page.path), key=lambda page: page.path.count("{"))
    patterns = tuple((page.pattern(), page.name) for page in literal_first)
    bare = Site(settings.locales[0], assets, patterns, {}, residents, {}, Bare(shells, frames))
    return dressed(bare, Branding(settings.partnership, USUAL))


def dressed(site: Site, branding: Branding) -> Site:
    """The same pages under another name and in other colours."""
    colours = Stored.of(branding.stylesheet, TYPES[".css"]) if branding.stylesheet else None
    address = f"/s/{branding.version}/{COLOURS_FILE}"
    inside = {
        NAME: html.escape(branding.name),
        COLOURS: f'<link rel="stylesheet" href="{address}">' if colours else "",
        THEME: branding.colours["brand"],
    }

    def dress(text: str) -> str:
        for marker, value in inside.items():
            text = text.replace(marker, value)
        return text

    return replace(
        site,
        shells={key: Stored.of(dress(text).encode(), HTML) for key, text in site.bare.shells.items()},
        frames={locale: dress(text) for locale, text in site.bare.frames.items()},
        colours=colours,
        looks=branding.version,
    )


def _as_json(strings: Strings, without: AbstractSet[str]) -> bytes:
    """The words as modules load them: without those that only the server writes, and the sections of other pages."""
    unwanted = (SERVER_ONLY, *(f"{section}." for section in without))
    wanted = {key: text for key, text in strings.items() if not key.startswith(unwanted)}
    return json.dumps(wanted, ensure_ascii=False, separators=(",", ":")).encode()


def _catalogues(frontend: Path, locale: str) -> dict[str, Strings]:
    folder = frontend / "i18n"
    return {"": read_catalogue(folder, locale), ".officer": read_catalogue(folder, locale, officer=True)}


def _render(layout: str, page: Page, locale: str, strings: Strings, settings: PageSettings, assets: Assets) -> str:
    values = {
        "lang": html.escape(locale),
        "tag": language_tag(locale),
        "dir": direction(locale),
        "title": html.escape(translate(strings, page.title)) if page.title else TITLE,
        "partnership": NAME,
        "theme": THEME,
        "head": _head(page, locale, assets),
        "favicon": assets.url("favicon.svg"),
        "icons": assets.url("icons.svg"),
        "languages": _languages(locale, settings.locales, assets, "" if page.title else REST),
        "noscript": _noscript(page, strings),
        "round": ROUND.decode(),
        "kind": "officer" if page.officer else "resident",
        "page": page.name,
    }

    def fill(match: re.Match[str]) -> str:
        is_text, name = match.groups()
        return html.escape(translate(strings, name), quote=True) if is_text else values[name]

    return _PLACEHOLDER.sub(fill, layout.replace("{{main}}", page.body))


def _head(page: Page, locale: str, assets: Assets) -> str:
    section = "officer" if page.officer else "-".join(page.words)
    words = assets.url(f"i18n/{locale}{f'.{section}' if section else ''}.json")
    sheets = ["app.css", *(["officer.css"] if page.officer else []), *([f"{page.sheet}.css"] if page.sheet else [])]
    lines = [f'<link rel="stylesheet" href="{assets.url(sheet)}">' for sheet in sheets]
    lines.append(COLOURS)
    if page.module:
        entry = f"js/{page.module}.js"
        lines.append(f'<link rel="preload" as="fetch" type="application/json" id="words" href="{words}" crossorigin>')
        lines += [f'<link rel="modulepreload" href="{assets.url(path)}">' for path in assets.graph(entry)]
        lines.append(f'<script type="module" src="{assets.url(entry)}"></script>')
    if page.officer or not page.path:
        lines.append('<meta name="robots" content="noindex">')
    return "\n".join(lines)


def _noscript(page: Page, strings: Strings) -> str:
    """For pages that need JavaScript and do not lead to one that does the same without it."""
    if not page.module or "<noscript>" in page.body:
        return ""
    return f'<noscript><p class="wrap notice bad">{html.escape(translate(strings, "noscript"))}</p></noscript>'


def _languages(current: str, locales: tuple[str, ...], assets: Assets, rest: str) -> str:
    """The language menu: a plain list of links that opens without a script; nothing where there is one language.

    The links lead to the home page, or where `rest` says.
    """
    if len(locales) < 2:  # noqa: PLR2004  # one language is no choice
        return ""
    here = {current: ' aria-current="true"'}
    links = "".join(
        f'<li><a href="/{locale}/{rest}" hreflang="{locale}" lang="{language_tag(locale)}"{here.get(locale, "")}>'
        f"{html.escape(NAMES.get(locale, locale))}</a></li>"
        for locale in locales
    )
    icon = f'<svg class="icon" aria-hidden="true"><use href="{assets.url("icons.svg")}#globe"/></svg>'
    name = html.escape(NAMES.get(current, current))
    return f'<details class="languages"><summary>{icon}{name}</summary><ul>{links}</ul></details>'


def page_routes(first: Site, now: Callable[[], Site] | None = None) -> list[HTTPRouteHandler]:
    """The handlers for `/`, every page in every language, and `/s/...`; anything unknown is the 404 page.

    `now` gives the site as it is shown now; without it, it never changes.
    """

    def site() -> Site:
        return now() if now else first

    @route("/", http_method=METHODS, guards=[PUBLIC], opt=not_kept("it takes nothing to say"), include_in_schema=False)
    async def front_door() -> Redirect:
        return Redirect(f"/{first.default}/")

    @route(
        "/s/{version:str}/{file:path}",
        http_method=METHODS,
        guards=[PUBLIC],
        opt=not_kept("it is in memory, and browsers keep it for good"),
        include_in_schema=False,
    )
    async def asset(version: FromPath[str], file: FromPath[Path], request: Request[Any, Any, Any]) -> Response[bytes]:
        stored = site().file(version, file.as_posix().lstrip("/"))
        if stored is None:
            raise NotFoundException("There is no such file.")
        return stored.answer(request.headers, IMMUTABLE)

    @route(list(SHELLS), http_method=METHODS, guards=[PUBLIC], opt=kept(), include_in_schema=False)
    async def shell(request: Request[Any, Any, Any]) -> Response[bytes]:
        stored, status = site().shell(request.scope["path"])
        return stored.answer(request.headers, REVALIDATE, status)

    return [front_door, asset, shell]
