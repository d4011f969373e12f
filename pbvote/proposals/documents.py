"""Documents that come with a proposal: what they are by their content, under a safe name. Pure.

They are kept as they came and never opened here; whoever fetches one gets a download, never a page.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import ClassVar

from pbvote.errors import InputIsWrong, Reason

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
MOST_FILES_INSIDE = 2_000
LONGEST_NAME = 80
ODT = b"application/vnd.oasis.opendocument.text"
EXPECTED = "expected a PDF, ODT or DOCX file"
SENTENCES = {
    "document_empty": "This file is empty; {expected}.",
    "document_too_large": "This file has more than {most} megabytes; {expected} of at most {most}.",
    "document_not_read": "This is none of the documents that can be sent; {expected}.",
    "document_has_macros": "This document holds programs (macros); {expected} without them.",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]+")


class DocumentRefused(InputIsWrong):
    """This file is not kept; the one reason says why, and what was expected."""

    title: ClassVar[str] = "This document cannot be used"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it came: its kind (`pdf`, `odt` or `docx`), and the name under which it is saved."""

    kind: str
    name: str
    content: bytes


def read_document(content: bytes, name: str) -> Document:
    """The document in a file that somebody called `name`. Raises DocumentRefused."""
    if not content:
        raise _refusal("document_empty")
    if len(content) > MOST_BYTES:
        raise _refusal("document_too_large", most=MOST_BYTES // MEGABYTE)
    kind = "pdf" if content.startswith(b"%PDF-") else _kind_of_archive(content)
    return Document(kind, safe_name(name, kind), content)


def safe_name(name: str, kind: str) -> str:
    """A name of plain letters with the ending of its kind, whatever it was called: no folders, no second ending."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFKD", last) if not unicodedata.combining(c))
    stem = re.sub(r"(?i)\.(pdf|odt|docx)$", "", plain)
    stem = re.sub(r"\s+", " ", _UNSAFE.sub("-", stem).replace(".", "-")).strip(" -_")
    return f"{stem[:LONGEST_NAME].strip(' -_') or 'document'}.{kind}"


def _kind_of_archive(content: bytes) -> str:
    """`odt` or `docx`, by the list of what is inside; nothing is unpacked but the few bytes that name an ODT."""
    if not content.startswith(b"PK\x03\x04"):
        raise _refusal("document_not_read")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise _refusal("document_not_read") from None
    if len(names) > MOST_FILES_INSIDE:
        raise _refusal("document_not_read")
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
        raise _refusal("document_has_macros")
    # the first file of an ODT is called so, is not compressed, and says what it is (ODF 1.3, part 2, 3.3)
    if content[30:38] == b"mimetype" and content[38 : 38 + len(ODT) + 2].rstrip(b"PK") == ODT:
        return "odt"
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return "docx"
    raise _refusal("document_not_read")


def _refusal(code: str, **params: int) -> DocumentRefused:
    detail = SENTENCES[code].format(expected=EXPECTED, **params)
    return DocumentRefused(detail, [Reason(code, detail, dict(params), "document")])
