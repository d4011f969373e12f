"""The API's description (OpenAPI 3.1), made exact: every operation says with which problems it may answer.

They follow from what a route is (who may use it, whether it changes anything, what it is asked with) and from what its
verbs may raise. Files are what a route says itself, in `opt`:

- `SENDS`: the media types of an answer that is not JSON;
- `READS`: the media types of a body that is not JSON.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from pbvote.web.access import access_of
from pbvote.web.problems import MEDIA_TYPE, Problem
from pbvote.web.refusals import statuses_of
from pbvote.web.sign_in import SAFE_METHODS

DESCRIPTION = "/openapi.json"
REFERENCE = "#/components/schemas/{name}"
PROBLEM = "Problem{}"
SENDS, READS = "sends", "reads"
MEANS = {
    400: "What was asked cannot be read, or breaks a rule.",
    401: "Nobody has signed in.",
    403: "Not allowed, or sent by another site.",
    404: "There is no such thing, or it is not public.",
    409: "It cannot be done now: something changed, or a second officer is needed.",
    410: "The link or invitation does not work any more.",
    413: "The body is too large.",
    422: "What was sent can be read, and cannot be taken.",
    429: "Too many attempts from one network; `Retry-After` says when there are more.",
    431: "The address and the headers together are longer than 16 KB. The answer has no body.",
    503: "The service has more to do than it can; `Retry-After` says when to try again.",
}
RETRY_AFTER = {"retry-after": {"description": "Seconds.", "required": True, "schema": {"type": "integer"}}}
WITH_RETRY_AFTER = frozenset({429, 503})
WITHOUT_BODY = frozenset({431})  # refused before it is known to be a request for anything


def described(schema: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """Litestar's description with our problems in place of its own errors, and without the description's own routes."""
    exact = copy.deepcopy(schema)
    exact["paths"] = {path: verbs for path, verbs in exact["paths"].items() if not _describes(path)}
    (problem,), components = msgspec.json.schema_components([Problem], ref_template=REFERENCE)
    exact["components"]["schemas"] |= components
    exact["components"]["responses"] = {PROBLEM.format(status): _refusal(status, problem) for status in MEANS}
    for path, method, handler in _handlers(app):
        operation = exact["paths"].get(path, {}).get(method)
        if operation is not None:
            _say_what_is_sent(operation, handler)
            operation["responses"].pop("400", None)
            for status in sorted(_refusals(operation, method.upper(), handler)):
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/{PROBLEM.format(status)}"}
    return exact


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS"}:
                    yield route.path_format, method.lower(), handler


def _refusals(operation: dict[str, Any], method: str, handler: HTTPRouteHandler) -> set[int]:
    """The statuses of the problems that this operation may answer with."""
    access = access_of(handler)
    parameters, body = operation.get("parameters", []), operation.get("requestBody")
    may = {431, 503, *statuses_of(handler.fn)}
    if parameters or body:
        may.add(400)
    if access is not None and access.signed_in:
        may |= {401, 403}
    if any(parameter["in"] == "path" for parameter in parameters):
        may.add(404)
    if method not in SAFE_METHODS:
        may.add(403)
    if body:
        may.add(413)
    return may


def _refusal(status: int, problem: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": MEANS[status]}
    if status not in WITHOUT_BODY:
        answer["content"] = {MEDIA_TYPE: {"schema": problem}}
    return answer | ({"headers": RETRY_AFTER} if status in WITH_RETRY_AFTER else {})


def _say_what_is_sent(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    """What is no JSON: the bytes of a body that is a file, and of an answer that is one; and that nothing is sent."""
    if reads := handler.opt.get(READS):
        operation["requestBody"] = {"required": True, "content": {name: {} for name in reads}}
    for status, answer in operation["responses"].items():
        if status == str(HTTPStatus.NO_CONTENT.value):
            answer.pop("content", None)
        elif sends := handler.opt.get(SENDS):
            answer["content"] = {name: {} for name in sends}


def _describes(path: str) -> bool:
    return path in {"/api", "/api/{path}", f"/api{DESCRIPTION}"}


class ApiDescription(JsonRenderPlugin):
    """Serves the description, which is made once: reading the code takes a second."""

    def __init__(self, *, path: str) -> None:
        super().__init__(path=path)
        self.made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The exact description as JSON."""
        if self.made is None:
            self.made = super().render(request, described(openapi_schema, request.app))
        return self.made
