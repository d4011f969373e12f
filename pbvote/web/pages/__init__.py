"""The pages: static shells in every language, made at start-up, and the files they load."""

from pbvote.web.pages.building import SERVER_ONLY, build_site
from pbvote.web.pages.layout import MAIN, REST, TITLE
from pbvote.web.pages.routes import METHODS, page_routes
from pbvote.web.pages.shell import read_page
from pbvote.web.pages.site import Site, dressed

__all__ = [
    "MAIN",
    "METHODS",
    "REST",
    "SERVER_ONLY",
    "TITLE",
    "Site",
    "build_site",
    "dressed",
    "page_routes",
    "read_page",
]
