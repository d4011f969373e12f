"""Who writes e-mail for a Decision Night, and the address that slips and the big screen lead to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request

from pbvote.notices.writing import Writer
from pbvote.rounds.models import Round

AnyRequest = Request[Any, Any, Any]


def writer_of(request: AnyRequest) -> Writer | None:
    """Who writes e-mail; nobody where the installation sends none."""
    writer: Writer = request.app.state["writer"]
    return writer if request.app.state["settings"].mail else None


def vote_address(request: AnyRequest, round_: Round) -> tuple[str, str]:
    """The forum's language, and the address of the ballot in it."""
    writer: Writer = request.app.state["writer"]
    language = writer.language(round_)
    return language, f"{writer.base_url}/{language}/r/{quote(round_.slug)}/vote"
