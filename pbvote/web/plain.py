"""Pages that work without JavaScript: written by the server, in the frame and with the words of the other pages.

Templates are `frontend/plain/NAME.html`, in Jinja. Everything that they show is escaped. A template sets `title`, and
what it writes stands in `<main>`. It may use `t(key, ...)`, `reason(...)`, `money(...)`, `number(...)`, `percent(...)`,
`path(...)` (an address in the page's language) and `icon(name)`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ExceptionHandlersMap
from markupsafe import Markup

from pbvote.errors import DomainError, NotFound, Reason
from pbvote.web import problems
from pbvote.web.access import PUBLIC
from pbvote.web.pages import MAIN, METHODS, REST, TITLE, Site
from pbvote.web.words import Words

# The browser says that a form comes from our own page only where it may name that page to us.
HEADERS = {"referrer-policy": "same-origin"}
UNEXPECTED = Reason("unexpected", "Something went wrong. Please try again.")

_SLOT = re.compile("(\0[a-z]+\0)")
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class PlainSite:
    """The templates, and the frame and words of every language."""

    default: str
    templates: Environment
    frames: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Words]
    icons: str


def build_plain_site(site: Site, frontend: Path) -> PlainSite:
    """Read everything once."""
    templates = Environment(
        loader=FileSystemLoader(frontend / "plain"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return PlainSite(
        default=site.default,
        templates=templates,
        frames=_frames(site),
        words={locale: Words(strings, locale) for locale, strings in site.words.items()},
        icons=site.assets.url("icons.svg"),
    )


def dressed_plain(plain: PlainSite, site: Site) -> PlainSite:
    """The same pages in the frames that the site has now."""
    return replace(plain, frames=_frames(site))


def _frames(site: Site) -> dict[str, tuple[str, ...]]:
    return {locale: tuple(_SLOT.split(frame)) for locale, frame in site.frames.items()}


@dataclass(frozen=True, slots=True)
class PlainPage:
    """One page about to be written: its language, and the rest of its address."""

    site: PlainSite
    language: str
    rest: str

    def answer(self, template: str, status: int = 200, currency: str = "GBP", **context: object) -> Response[str]:
        """The page that a template makes of `context`."""
        words = replace(self.site.words[self.language], currency=currency)
        tools = {
            "t": words.text,
            "reason": words.reason,
            "money": words.money,
            "number": words.number,
            "percent": words.percent,
            "path": self.path,
            "icon": self.icon,
        }
        made = self.site.templates.get_template(template).make_module({**tools, **context})
        slots = {
            TITLE: html.escape(str(vars(made)["title"])),
            REST: html.escape(quote(self.rest)),
            MAIN: str(made),
        }
        text = "".join(slots.get(part, part) for part in self.site.frames[self.language])
        return Response(text, status_code=status, media_type="text/html", headers=HEADERS)

    def problem(self, reason: Reason, status: int) -> Response[str]:
        """A page that says what is wrong."""
        return self.answer("problem.html", status, problem=reason, missing=status == NotFound.status)

    def path(self, *parts: object) -> str:
        """The address of a page in this language."""
        return "/".join(["", self.language, *(quote(str(part), safe="") for part in parts)])

    def icon(self, name: str) -> Markup:
        """A drawing of the sprite."""
        drawing = '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>'
        return Markup(drawing).format(self.site.icons, name)  # noqa: S704  # our own markup; `format` escapes the rest


def plain_page(request: AnyRequest) -> PlainPage:
    """The page that a request asks for. Raises NotFound for a language that is not published."""
    page = _page_in_any_language(request)
    if request.path_params["lang"] not in page.site.words:
        raise NotFound("There is no page in this language.")
    return page


def _page_in_any_language(request: AnyRequest) -> PlainPage:
    site: PlainSite = request.app.state["plain"]
    _, language, rest = [*request.scope["path"].split("/", 2), ""][:3]
    return PlainPage(site, language if language in site.words else site.default, rest)


def answer(request: AnyRequest, error: DomainError) -> Response[str]:
    """A domain error as a page."""
    reason = Reason(error.code, error.detail, dict(error.reasons[0].params) if error.reasons else {})
    page = _page_in_any_language(request).problem(reason, error.status)
    if error.retry_after is not None:
        page.headers["retry-after"] = str(error.retry_after)
    return page


def answer_http(request: AnyRequest, error: HTTPException) -> Response[str]:
    """What Litestar itself refuses, as a page."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_unexpected(request, error)
    return _page_in_any_language(request).problem(Reason("not_found", error.detail), error.status_code)


def answer_unexpected(request: AnyRequest, error: Exception) -> Response[str]:
    """A mistake of ours: logged as everywhere, and a page that tells nothing of it."""
    status = problems.answer_unexpected(request, error).status_code
    return _page_in_any_language(request).problem(UNEXPECTED, status or 500)


PROBLEM_PAGES: ExceptionHandlersMap = {
    DomainError: answer,
    HTTPException: answer_http,
    Exception: answer_unexpected,
}


def public_page(path: str, *, opt: Mapping[str, Any]) -> HTTPRouteHandler:
    """The decorator of a page that everybody may read, whose problems are pages; `opt` says whether it is kept."""
    return route(
        path,
        http_method=METHODS,
        guards=[PUBLIC],
        opt=opt,
        include_in_schema=False,
        exception_handlers=PROBLEM_PAGES,
    )
