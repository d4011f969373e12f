"""/api/openapi.json: served, valid, complete, and the same as the committed copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.openapi import document, text

COPY = Path(__file__).parent.parent / "docs" / "openapi.json"
VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

# The parts of OpenAPI 3.1 that we rely on; the schemas inside are checked by JSON Schema's own meta-schema.
SHAPE: dict[str, Any] = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"pattern": r"^3\.1\.\d+$"},
        "info": {"type": "object", "required": ["title", "version"]},
        "paths": {
            "type": "object",
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {
                "type": "object",
                "propertyNames": {"enum": ["get", "post", "put", "patch", "delete", "parameters", "summary"]},
                "additionalProperties": {"$ref": "#/$defs/operation"},
            },
        },
    },
    "$defs": {
        "operation": {
            "type": "object",
            "required": ["operationId", "responses"],
            "properties": {
                "parameters": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "in", "schema"],
                        "properties": {"in": {"enum": ["path", "query", "header", "cookie"]}},
                        "if": {"properties": {"in": {"const": "path"}}},
                        "then": {"required": ["required"], "properties": {"required": {"const": True}}},
                    },
                },
                "requestBody": {"type": "object", "required": ["content"]},
                "responses": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": "^([1-5][0-9][0-9]|default)$"},
                    "additionalProperties": {
                        "type": "object",
                        "anyOf": [{"required": ["description"]}, {"required": ["$ref"]}],
                    },
                },
            },
        }
    },
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The description does not depend on the database: one is enough here."""
    return sqlite_url


def schemas(node: object) -> Iterator[dict[str, Any]]:
    """Every JSON Schema in the document."""
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield node["schema"]
        for value in node.values():
            yield from schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas(value)


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_the_description_is_served(app: Litestar, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == httpx.codes.OK
    assert "json" in answer.headers["content-type"]
    served = answer.json()
    served["info"]["version"] = "current"
    assert served == document(app)


async def test_the_description_is_valid(app: Litestar) -> None:
    described = document(app)
    Draft202012Validator(SHAPE).validate(described)
    for schema in (*described["components"]["schemas"].values(), *schemas(described)):
        Draft202012Validator.check_schema(schema)
    operations = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(operations) == len(set(operations))


async def test_every_reference_leads_somewhere(app: Litestar) -> None:
    described = document(app)
    for reference in set(references(described)):
        node: Any = described
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


async def test_every_route_of_the_api_is_described(app: Litestar) -> None:
    described = document(app)["paths"]
    served = [route for route in app.routes if isinstance(route, HTTPRoute) and route.path.startswith("/api/")]
    assert len(served) > 20
    for route in served:
        if "openapi" in route.path or route.path == "/api/{path:str}":
            continue  # the description itself
        assert route.path_format in described, route.path
        assert {method.lower() for method in route.methods & VERBS} == set(described[route.path_format])


async def test_every_operation_names_the_problems_that_it_may_answer_with(app: Litestar) -> None:
    described = document(app)
    refusals = described["components"]["responses"]
    assert "content" not in refusals.pop("Problem431"), "nobody reads who asks at such length"
    assert all(list(refusal["content"]) == ["application/problem+json"] for refusal in refusals.values())
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            problems = {code for code in answers if code >= "400"}
            assert set(answers) - problems <= {"200", "201", "202", "204", "303"}, (
                "default would hide what is not known"
            )
            assert problems >= {"431", "503"}
            assert "500" not in problems, "a mistake of ours is none of the answers"
            assert all(answers[code]["$ref"].endswith(f"/Problem{code}") for code in problems)
            assert ("404" in problems) >= ("{" in path)
            assert ("403" in problems) >= (method != "get")
            assert ("413" in problems) == ("requestBody" in operation)


@pytest.mark.parametrize(
    ("path", "method", "problems"),
    [
        ("/api/health", "get", {503}),
        ("/api/login", "post", {400, 401, 403, 413, 429, 503}),
        ("/api/rounds/{round_slug}", "get", {400, 404, 503}),
        ("/api/following/confirm", "post", {400, 403, 410, 413, 429, 503}),
        ("/api/polls/{poll_id}/log/cosignatures", "post", {400, 403, 404, 413, 422, 429, 503}),
        ("/api/branding", "put", {400, 401, 403, 413, 503}),
    ],
)
async def test_what_a_verb_raises_is_named_by_its_route(
    app: Litestar, path: str, method: str, problems: set[int]
) -> None:
    named = document(app)["paths"][path][method]["responses"]
    assert {int(code) for code in named if code >= "400"} >= problems


async def test_what_no_verb_raises_is_not_named(app: Litestar) -> None:
    named = document(app)["paths"]["/api/branding"]["put"]["responses"]
    assert not {"404", "409", "410", "422", "429"} & set(named)


async def test_files_are_described_by_their_type(app: Litestar) -> None:
    paths = document(app)["paths"]
    assert list(paths["/api/rounds/{round_slug}/roll-file"]["post"]["requestBody"]["content"]) == ["text/csv"]
    bundle = paths["/api/rounds/{round_slug}/results/bundle.zip"]["get"]["responses"]["200"]["content"]
    assert list(bundle) == ["application/zip"]


async def test_pages_and_assets_are_not_part_of_the_api(app: Litestar) -> None:
    assert all(path == "/api" or path.startswith("/api/") for path in document(app)["paths"])


async def test_the_committed_copy_is_the_description(app: Litestar) -> None:
    assert COPY.read_text() == text(app), "run `make openapi` and commit docs/openapi.json"
