"""The parent's side: a photo goes to a child process, and two pictures, or a refusal, come back."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pbvote.errors import InputIsWrong, Reason

MEGABYTE = 1024 * 1024
MOST_BYTES = 12 * MEGABYTE
PATIENCE = 15.0  # seconds by the clock on the wall: a busy machine gives five of its own time late
AT_ONCE = 2
CHILD = Path(__file__).with_name("child.py")
EXPECTED = "expected a photo as a JPEG, PNG or WebP file"
SENTENCES = {
    "picture_too_large": "This file has more than {most} megabytes; {expected} of at most {most}.",
    "picture_empty": "This file is empty; {expected}.",
    "picture_not_read": "This is not a photo that can be read; {expected}.",
    "picture_damaged": "This photo is damaged, or not complete; {expected} that opens in a picture program.",
    "picture_too_heavy": "This photo is too large to be shown; {expected} of at most {most} million pixels.",
    "picture_too_small": "This photo is too small to show anything; {expected} of at least {least} by {least} pixels.",
    "picture_moves": "This is a picture that moves; {expected} with a single picture.",
    "picture_is_heic": "This photo is in the HEIC or AVIF format, which not every browser shows; {expected}.",
    "picture_is_svg": "This is a drawing (SVG), which can hold more than a picture; {expected}.",
    "picture_too_hard": "This photo takes too much time or memory to read; {expected} of at most {most} megapixels.",
}
MOST_MEGAPIXELS = 60


class PictureRefused(InputIsWrong):
    """This file is not kept; the one reason says why, and what was expected."""

    title: ClassVar[str] = "This photo cannot be used"


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo in two sizes, as WebP without metadata; `width` and `height` are the large one's, in pixels."""

    large: bytes
    small: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where photos are drawn anew, a few at a time; the others wait for their turn."""

    child: Path = CHILD
    patience: float = PATIENCE
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def draw(self, content: bytes) -> Picture:
        """The photo in a file, in two sizes. Raises PictureRefused."""
        if not content:
            raise refusal("picture_empty")
        if len(content) > MOST_BYTES:
            raise refusal("picture_too_large", most=MOST_BYTES // MEGABYTE)
        async with self.turns:
            said = await self._ask(content)
        if not said:
            raise refusal("picture_too_hard", most=MOST_MEGAPIXELS)
        head, _, pictures = said.partition(b"\n")
        told: dict[str, Any] = json.loads(head)
        if "problem" in told:
            raise refusal(told.pop("problem"), **told)
        large, small = pictures[: told["large"]], pictures[told["large"] :]
        return Picture(large, small, told["width"], told["height"])

    async def _ask(self, content: bytes) -> bytes:
        """What a child says of the file; nothing if it was stopped by one of its limits."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(self.child),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(content), self.patience)
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return said if process.returncode == 0 else b""


def refusal(code: str, **params: int) -> PictureRefused:
    """The refusal of a file, with the sentence of its code."""
    detail = SENTENCES[code].format(expected=EXPECTED, **params)
    return PictureRefused(detail, [Reason(code, detail, dict(params), "photo")])
