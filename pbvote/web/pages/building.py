"""Reading and rendering every page in every language, once, at start-up."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Protocol

from pbvote.installation.branding import USUAL, Branding
from pbvote.web.assets import read_assets
from pbvote.web.catalogue import Strings, read_catalogue
from pbvote.web.pages.layout import MAIN, fill_layout
from pbvote.web.pages.shell import Page, read_page
from pbvote.web.pages.site import Bare, Site, dressed

SERVER_ONLY = "plain."


class PageSettings(Protocol):
    """What the pages need to know about the installation."""

    @property
    def partnership(self) -> str:
        """The name in the brand band."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The published languages, the first of which `/` leads to."""


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
        (locale, page.name): fill_layout(
            layout, page, locale, words[locale][".officer" if page.officer else ""], settings.locales, assets
        )
        for locale in settings.locales
        for page in pages
    }
    frames = {
        locale: fill_layout(
            layout, Page("plain", "", "", "", MAIN), locale, words[locale][""], settings.locales, assets
        )
        for locale in settings.locales
    }
    residents = {locale: words[locale][""] for locale in settings.locales}
    literal_first = sorted((page for page in pages if page.path), key=lambda page: page.path.count("{"))
    patterns = tuple((page.pattern(), page.name) for page in literal_first)
    bare = Site(settings.locales[0], assets, patterns, {}, residents, {}, Bare(shells, frames))
    return dressed(bare, Branding(settings.partnership, USUAL))


def _as_json(strings: Strings, without: AbstractSet[str]) -> bytes:
    """The words as modules load them: without those that only the server writes, and the sections of other pages."""
    unwanted = (SERVER_ONLY, *(f"{section}." for section in without))
    wanted = {key: text for key, text in strings.items() if not key.startswith(unwanted)}
    return json.dumps(wanted, ensure_ascii=False, separators=(",", ":")).encode()


def _catalogues(frontend: Path, locale: str) -> dict[str, Strings]:
    folder = frontend / "i18n"
    return {"": read_catalogue(folder, locale), ".officer": read_catalogue(folder, locale, officer=True)}
