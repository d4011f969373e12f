"""The API's description (OpenAPI 3.1), made exact: every operation may answer with a problem, in our one shape."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from pbvote.web.problems import MEDIA_TYPE, Problem

DESCRIPTION = "/openapi.json"
REFERENCE = "#/components/schemas/{name}"


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """Litestar's description with our problems in place of its own errors, and without the description's own routes."""
    exact = copy.deepcopy(schema)
    exact["paths"] = {path: verbs for path, verbs in exact["paths"].items() if not _describes(path)}
    (problem,), components = msgspec.json.schema_components([Problem], ref_template=REFERENCE)
    exact["components"]["schemas"] |= components
    refusal = {
        "description": "A problem (RFC 9457): `code` is stable, `reasons` lists everything that is wrong.",
        "content": {MEDIA_TYPE: {"schema": problem}},
    }
    for verbs in exact["paths"].values():
        for operation in verbs.values():
            operation["responses"].pop("400", None)
            operation["responses"]["default"] = refusal
    return exact


def _describes(path: str) -> bool:
    return path in {"/api", "/api/{path}", f"/api{DESCRIPTION}"}


class ApiDescription(JsonRenderPlugin):
    """Serves the description."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The exact description as JSON."""
        return super().render(request, described(openapi_schema))
