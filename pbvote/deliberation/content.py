"""What residents write: plain text within its limits, and the links in it. Pure.

Nothing here is ever markup. A text is cut into parts, some of which lead somewhere; whoever shows it writes each part
as text, and a link with `rel="nofollow ugc noopener"`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from pbvote.errors import Reason
from pbvote.plain_text import Limit, read_texts

NAME = Limit(60)
TEXT = Limit(2_000, lines=True)
FLAG_REASON = Limit(300, required=False)
HIDDEN_REASON = Limit(500)
ANSWER = Limit(4_000, lines=True)
MOST_LINKS = 5
MOST_MARKS = 5  # accents on one letter; no language has more, and towers of them run over other people's words

REL = "nofollow ugc noopener"
SCHEMES = frozenset({"http", "https"})
# ASCII without spaces, quotes and angle brackets: a letter that only looks like another one leads nowhere.
_ADDRESS = re.compile(r"(?<![A-Za-z0-9])https?://[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = ".,;:!?"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; `href` is where it leads, or empty."""

    text: str
    href: str = ""


def read_post(name: str, text: str) -> tuple[str, str, list[Reason]]:
    """A public name and a text, tidied, with everything that is wrong with them."""
    texts, reasons = read_texts({"name": name, "text": text}, {"name": NAME, "text": TEXT})
    tidied = _BLANK_LINES.sub("\n\n", texts["text"])
    for field in ("name", "text"):
        if towers(texts[field]):
            detail = "This has letters with too many accents on them; expected plain text."
            reasons.append(Reason("text_not_plain", detail, {"character": "accents"}, field))
    links = sum(1 for part in parts_of(tidied) if part.href)
    if links > MOST_LINKS:
        detail = f"This has {links} links; expected at most {MOST_LINKS}."
        reasons.append(Reason("too_many_links", detail, {"most": MOST_LINKS}, "text"))
    return texts["name"], tidied, reasons


def towers(text: str) -> bool:
    """Whether some letter carries more accents than any language has."""
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MOST_MARKS:
            return True
    return False


def parts_of(text: str) -> list[Part]:
    """The text in parts: what is an address of the web leads there, everything else is only text."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found[0])
        if not leads_somewhere(address):
            continue
        if found.start() > at:
            parts.append(Part(text[at : found.start()]))
        parts.append(Part(address, address))
        at = found.start() + len(address)
    if at < len(text):
        parts.append(Part(text[at:]))
    return parts


def leads_somewhere(address: str) -> bool:
    """Whether a link may lead there: http or https, a name of a host with a dot, nobody's user name before it."""
    try:
        split = urlsplit(address)
        host, user, port = split.hostname or "", split.username, split.port
    except ValueError:  # a port or a bracket that cannot be read
        return False
    plain = split.scheme.lower() in SCHEMES and user is None and "@" not in split.netloc and port != 0
    return plain and _HOST.fullmatch(host) is not None


def _trimmed(address: str) -> str:
    """Without what belongs to the sentence around it: its full stop, and a bracket that was opened before."""
    while True:
        if address.endswith(tuple(_TRAILING)) or (
            address.endswith((")", "]")) and address.count(")") + address.count("]") > _opened(address)
        ):
            address = address[:-1]
        else:
            return address


def _opened(address: str) -> int:
    return address.count("(") + address.count("[")
