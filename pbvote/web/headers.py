"""The headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping

from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from pbvote.web.caching import ASKED_EACH_TIME, FOR_EVERYBODY

# No inline script or style, nothing from elsewhere; the only HTML sinks are lit-html's templates and our own policy.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html pbvote",
    )
)

SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
FILE_HEADERS = {name: SECURITY_HEADERS[name] for name in ("x-content-type-options", "cross-origin-resource-policy")}
ONE_YEAR = "max-age=31536000; includeSubDomains"


def header_hook(*, https: bool) -> BeforeMessageSendHookHandler:
    """A hook that adds the security headers, and what may be kept where a route says nothing of it.

    That is nothing, but for what is made for everybody at once: it may be kept, and asked for again each time.
    """
    always = {"strict-transport-security": ONE_YEAR} if https else {}
    of_files, of_pages = encoded(FILE_HEADERS | always), encoded(SECURITY_HEADERS | always)
    [for_everybody] = encoded({"cache-control": ASKED_EACH_TIME})
    [for_nobody_else] = encoded({"cache-control": "no-store"})

    async def add_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        # A script or a picture has no use for the policy of pages, and a first visit fetches twenty of them.
        ours = of_files if scope["path"].startswith("/s/") else of_pages
        kept = for_everybody if scope.get("state", {}).get(FOR_EVERYBODY) else for_nobody_else
        headers = list(message.get("headers", ()))
        there = {name.lower() for name, _ in headers}
        message["headers"] = headers + [header for header in (*ours, kept) if header[0] not in there]

    return add_headers


def headers_of_answers(*, https: bool) -> list[tuple[bytes, bytes]]:
    """What the hook adds to an answer that is one person's own: for answers that no route of the app makes."""
    return encoded(
        SECURITY_HEADERS | ({"strict-transport-security": ONE_YEAR} if https else {}) | {"cache-control": "no-store"}
    )


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as they are sent."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]
