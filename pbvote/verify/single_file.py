"""`pbvote-verify.pyz`: verifying as a program of one file, which needs Python and `cryptography` and no pbvote.

It is made from the modules that are installed here, those that `program` imports and no others, whenever it is asked
for. So there is nothing that a release could forget to build, and what the server offers is the code that it runs.
The same sources make the same bytes everywhere: whoever has them can check a file that somebody offers.

`python -m pbvote.verify.single_file FILE` writes it (`make verifier`).
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

NAME = "pbvote-verify.pyz"
ENTRY = "pbvote.verify.program"
_PACKAGE = "pbvote"
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say
_READABLE = 0o100644 << 16
_SHEBANG = b"#!/usr/bin/env python3\n"
# Read by whatever Python there is, an old one too: it has to say what is missing instead of failing.
_MAIN = '''\
"""Check a published result of a vote by pbvote, offline: python3 pbvote-verify.pyz BUNDLE

Licensed under the Apache License 2.0.
"""
import sys

if sys.version_info < (3, 11):
    sys.stderr.write("pbvote-verify: this is Python %d.%d; expected Python 3.11 or newer.\\n" % sys.version_info[:2])
    sys.exit(2)
try:
    import cryptography.hazmat.primitives.asymmetric.ed25519
except ImportError as error:
    sys.stderr.write(
        "pbvote-verify: the Python package cryptography is missing (%s); "
        "python3 -m pip install cryptography fetches it.\\n" % error
    )
    sys.exit(2)

from pbvote.verify.program import main

sys.exit(main())
'''


@cache
def single_file() -> bytes:
    """The program's bytes: a zip file with a first line for the shell, which Python runs as it is."""
    buffer = io.BytesIO()
    buffer.write(_SHEBANG)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:  # stored: compression differs between versions
        for name, content in sorted({"__main__.py": _MAIN.encode(), **sources()}.items()):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.create_system, entry.external_attr = 3, _READABLE
            archive.writestr(entry, content)
    return buffer.getvalue()


def sources() -> dict[str, bytes]:
    """The source of every module that the program imports, directly or by a detour, under its name in the file."""
    found: dict[str, bytes] = {}
    waiting, seen = [ENTRY], {ENTRY}
    while waiting:
        path, content = _source(waiting.pop())
        found[path] = content
        more = set(_imported(content)) - seen
        seen |= more
        waiting += more
    return found


def _source(module: str) -> tuple[str, bytes]:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the module {module} is not installed with its source", name=module)
    path = module.replace(".", "/") + ("/__init__.py" if spec.submodule_search_locations is not None else ".py")
    return path, Path(spec.origin).read_bytes()


def _imported(content: bytes) -> Iterator[str]:
    """Our modules that a module imports, and the packages that they lie in."""
    for node in ast.walk(ast.parse(content)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == _PACKAGE:
                yield from filter(_is_module, (".".join(parts[:end]) for end in range(1, len(parts) + 1)))


def _is_module(name: str) -> bool:
    """Whether this is a module, and not something in one."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # what comes before the last dot is no package
        return False


def main(target: Path) -> None:
    """Write the file and say what it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(single_file())
    target.chmod(0o755)
    sys.stdout.write(f"{hashlib.sha256(single_file()).hexdigest()}  {target}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else NAME))
