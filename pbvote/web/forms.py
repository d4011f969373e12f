"""Forms that a browser sends without JavaScript, strictly read."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from pbvote.web.problems import BadRequestBody

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10_000
FormFields = list[tuple[str, str]]


async def read_form(request: Request[Any, Any, Any]) -> FormFields:
    """The fields of a form in the order in which they were sent, empty ones too. Raises BadRequestBody."""
    if request.content_type[0] != FORM:
        raise BadRequestBody(f"This address expects a form ({FORM}).")
    try:
        text = (await request.body()).decode("ascii")
        return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequestBody("The form cannot be read.") from None
