"""Every page and file as they are sent, in the looks that the installation has."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from pbvote.installation.branding import Branding
from pbvote.web.assets import TYPES, Assets, Stored
from pbvote.web.catalogue import Strings
from pbvote.web.pages.layout import COLOURS, NAME, ROUND, THEME

HTML = "text/html"
NOT_FOUND = "not-found"
COLOURS_FILE = "colours.css"


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
