"""The layout around every page (`frontend/_layout.html`), filled for one page in one language.

What is known later stands in it as a marker: ROUND, TITLE, REST and MAIN until the page is sent; NAME, COLOURS and
THEME until it is dressed in the looks of the installation.
"""

from __future__ import annotations

import html
import re

from pbvote.web.assets import Assets
from pbvote.web.catalogue import NAMES, Strings, direction, language_tag, translate
from pbvote.web.pages.shell import Page

ROUND = b"\0round\0"
TITLE, REST, MAIN = "\0title\0", "\0rest\0", "\0main\0"
NAME, COLOURS, THEME = "\0name\0", "\0colours\0", "\0theme\0"
_PLACEHOLDER = re.compile(r"\{\{(t:)?([a-z0-9_.-]+)\}\}")


def fill_layout(
    layout: str, page: Page, locale: str, strings: Strings, locales: tuple[str, ...], assets: Assets
) -> str:
    """The layout with everything of one page in it. `locales` are the published languages."""
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
        "languages": _languages(locale, locales, assets, "" if page.title else REST),
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
