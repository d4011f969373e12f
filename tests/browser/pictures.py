"""Pictures of pages, kept small: with PBVOTE_TEST_SHOTS=FOLDER tests leave one of each page that they check there."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FOLDER = os.environ.get("PBVOTE_TEST_SHOTS")
SCALE, TALLEST, QUALITY = 0.6, 2_600, 55


def keep(page: Page, name: str) -> None:
    """Keep a picture of the whole page, or of as much as reads well, under this name and the width of the window."""
    if FOLDER is None:
        return
    width = page.evaluate("innerWidth")
    with Image.open(io.BytesIO(page.screenshot(full_page=True))) as taken:
        seen = taken.convert("RGB").crop((0, 0, taken.width, min(taken.height, TALLEST)))
    small = seen.resize((round(seen.width * SCALE), round(seen.height * SCALE)), Image.Resampling.LANCZOS)
    small.save(Path(FOLDER) / f"{name}-{width}.webp", quality=QUALITY, method=6)
