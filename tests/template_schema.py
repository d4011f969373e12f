"""The schema of template files, made from the struct that reads them.

`python -m tests.template_schema docs/template.schema.json` writes it anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from pbvote.rounds.templates import Template


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a template."""
    made = msgspec.json.schema(Template)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Template of a round", **made}


def text() -> str:
    """The committed form."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text())
