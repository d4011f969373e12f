"""One page as its file says it, in no language yet.

A shell is a file `frontend/pages/NAME.html`: a few `name: value` lines, a line of three dashes, then what stands in
`<main>`. Its lines are `path` (with `{round}` for a part that varies), `title` (a key of the catalogue) and, where the
page has them, `module` (a file in `frontend/js`), `words` (sections of the catalogue that no other page is sent) and
`sheet` (a stylesheet of its own).
`{{round}}` is filled when the page is sent, from its address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Page:
    """One page type, in no language yet. `words` names the sections of the words that are sent to such pages alone.

    Officers' pages are all sent the sections that one of them names. `sheet` is a stylesheet of its own.
    """

    name: str
    path: str
    title: str
    module: str
    body: str
    words: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def officer(self) -> bool:
        """True for pages behind the sign-in, which have words of their own and are not for search engines."""
        return self.path.startswith(("/o/", "/a/")) or self.path in {"/o", "/a"}

    def pattern(self) -> re.Pattern[str]:
        """What the rest of an address after the language must look like."""
        return re.compile(re.sub(r"\{([a-z]+)\}", r"(?P<\1>[^/]+)", self.path.rstrip("/")))


def read_page(path: Path) -> Page:
    """Read one shell file."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Page(
        path.stem,
        fields.get("path", ""),
        fields["title"],
        fields.get("module", ""),
        body.strip(),
        tuple(sorted(fields.get("words", "").split())),
        fields.get("sheet", ""),
    )
