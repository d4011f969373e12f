"""The API's description as the application serves it; `make openapi` writes it to docs/openapi.json with this."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from litestar import Litestar

from pbvote.app import create_app
from pbvote.keys import make_keys
from pbvote.settings import read_settings
from pbvote.web.description import described


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document, without the version of this release."""
    schema: dict[str, Any] = json.loads(json.dumps(described(app.openapi_schema.to_schema(), app)))
    schema["info"]["version"] = "current"
    return schema


def text(app: Litestar) -> str:
    """The committed form: sorted, so that a change shows as a small difference."""
    return json.dumps(document(app), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(target: Path) -> None:
    """Write the description of the application as it is."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"PBVOTE_DATA_DIR": f"{folder}/data", "PBVOTE_KEYS_DIR": f"{folder}/keys"})
        make_keys(settings.keys_dir, settings.name)
        target.write_text(text(create_app(settings, background=False)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
