"""The files the pages are made of: read once, compressed once, served under the hash of them all."""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from litestar import Response

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
FOLDERS = ("js", "vendor")
SINGLE_FILES = ("app.css", "officer.css", "night.css", "idea.css", "favicon.svg", "icons.svg")
IMMUTABLE = "public, max-age=31536000, immutable"
WORTH_COMPRESSING = 600  # below this many bytes the gzip wrapper costs more than it saves

# comments that stand alone, and the types of JSDoc; a template that holds such lines would lose them, and none does
_COMMENT = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n|^[ \t]*//[^\n]*\n", re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"/\*\* @(?:type|param)(?:(?!\*/).)*\*/ ?", re.DOTALL)
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")


class PagesAreMissing(Exception):
    """The frontend folder is not there, or was not built."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One answer, ready to send: its bytes, the same compressed (or None), its type and its ETag."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> Stored:
        """Compress and name it."""
        compressed = gzip.compress(content, 9, mtime=0) if len(content) >= WORTH_COMPRESSING else None
        return cls(content, compressed, media_type, f'"{hashlib.sha256(content).hexdigest()[:20]}"')

    def answer(self, headers: Mapping[str, str], cache: str, status: int = 200) -> Response[bytes]:
        """The response for a request with these headers: compressed if it may be, 304 if the reader has it already."""
        own = {"cache-control": cache, "etag": self.etag, "vary": "accept-encoding"}
        if status == 200 and self.etag in headers.get("if-none-match", ""):  # noqa: PLR2004  # OK
            return Response(b"", status_code=304, media_type=self.media_type, headers=own)
        if self.compressed is not None and "gzip" in headers.get("accept-encoding", ""):
            return Response(
                self.compressed,
                status_code=status,
                media_type=self.media_type,
                headers={**own, "content-encoding": "gzip"},
            )
        return Response(self.content, status_code=status, media_type=self.media_type, headers=own)


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by their path below `/s/<version>/`."""

    version: str
    files: Mapping[str, Stored]

    def url(self, path: str) -> str:
        """The address of a file, which changes whenever any file changes."""
        if path not in self.files:
            raise PagesAreMissing(f"The pages name {path}, which is not in the frontend folder.")
        return f"/s/{self.version}/{path}"

    def graph(self, entry: str) -> list[str]:
        """A module and every module that it imports, directly or not; the entry first."""
        found = [entry]
        self.url(entry)
        for path in found:
            text = self.files[path].content.decode()
            for name in _IMPORT.findall(text):
                target = _resolve(path, name)
                if target not in self.files:
                    raise PagesAreMissing(f"{path} imports {name}, which is not in the frontend folder.")
                if target not in found:
                    found.append(target)
        return found


def _resolve(path: str, name: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(path).parent.parts, *name.split("/")):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def find_frontend() -> Path:
    """The frontend folder: of the checkout that this module stands in, else the one packed into the wheel."""
    checkout = Path(__file__).resolve().parents[2] / "frontend"
    packed = Path(str(importlib.resources.files("pbvote") / "_frontend"))
    for folder in (checkout, packed):
        if (folder / "_layout.html").exists():
            if not (folder / "vendor" / "MANIFEST.json").exists():
                raise PagesAreMissing(f"{folder} has no vendor folder; run `python hatch_build.py` once.")
            return folder
    raise PagesAreMissing(f"There are no pages: neither {checkout} nor {packed} is there.")


def read_assets(frontend: Path, generated: Mapping[str, bytes]) -> Assets:
    """Read every file, add the generated ones (the languages), and hash the lot."""
    contents = {path.relative_to(frontend).as_posix(): path.read_bytes() for path in _files(frontend)} | dict(generated)
    contents |= {path: without_comments(contents[path]) for path in contents if path.startswith("js/")}
    digest = hashlib.sha256()
    for path in sorted(contents):
        digest.update(f"{path}\0{len(contents[path])}\0".encode() + contents[path])
    files = {path: Stored.of(content, _media_type(path)) for path, content in contents.items()}
    return Assets(digest.hexdigest()[:12], files)


def without_comments(module: bytes) -> bytes:
    """One of our own modules as it is sent: a third of it is for people who read the source."""
    return _TYPE.sub("", _COMMENT.sub("", module.decode())).encode()


def _files(frontend: Path) -> Iterator[Path]:
    yield from (frontend / name for name in SINGLE_FILES)
    for folder in FOLDERS:
        yield from (path for path in sorted((frontend / folder).rglob("*")) if path.is_file())


def _media_type(path: str) -> str:
    return TYPES.get(PurePosixPath(path).suffix, TYPES[".txt"])
