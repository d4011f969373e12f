"""What every request costs: the outermost layer of the app, which counts answers and times them, by route."""

from __future__ import annotations

from time import perf_counter

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send

from pbvote.metrics import NO_ROUTE, request_answered

NO_ANSWER = 499  # the client went away before there was one


async def watch(scope: HTTPScope, receive: Receive, send: Send, app: ASGIApp) -> None:
    """Let the app answer a request, and count it under its route's pattern: an address may hold a slug, or a code."""
    begun, status = perf_counter(), NO_ANSWER

    async def noted(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    try:
        await app(scope, receive, noted)
    finally:
        route = scope.get("path_template") or NO_ROUTE
        request_answered(scope["method"], route, status, perf_counter() - begun)
