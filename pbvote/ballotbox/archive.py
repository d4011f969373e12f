"""A zip file in one form only: the same files are the same bytes, and a few lines of any language read them.

Every file is stored as it is, without compression; names are in ASCII order, each once; the date is 1980-01-01 00:00,
DOS' first; no comments, no extra fields, no flags, no data descriptors. So a file's local header, `PK` 0x03 0x04, says
where its content begins and ends, and the next header follows at once: whoever reads that needs no zip library.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

from pbvote.ballotbox.documents import MalformedError

MOST_FILES = 64
MOST_BYTES = 512 * 2**20
_NAME = re.compile(r"[a-z][a-z0-9-]*\.[a-z]+")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UNIX, _DATE, _MODE = 20, 3 << 8, 0x0021, 0o100644 << 16


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """The files' one zip file. Raises MalformedError if they are too many, too large or strangely named."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise MalformedError(f"a bundle has at most {MOST_FILES} files and {MOST_BYTES} bytes")
    body, directory = bytearray(), bytearray()
    for name in sorted(files):
        if not _NAME.fullmatch(name):
            raise MalformedError(f"{name[:60]!r} is no name for a file in a bundle")
        content, encoded = files[name], name.encode()
        shared = (_VERSION, 0, 0, 0, _DATE, zlib.crc32(content), len(content), len(content), len(encoded), 0)
        directory += _CENTRAL.pack(b"PK\x01\x02", _UNIX | _VERSION, *shared, 0, 0, 0, _MODE, len(body)) + encoded
        body += _LOCAL.pack(b"PK\x03\x04", *shared) + encoded + content
    end = _END.pack(b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


def read_archive(data: bytes) -> dict[str, bytes]:
    """The files in a zip file. Raises MalformedError unless it is their one zip file."""
    if len(data) > MOST_BYTES + MOST_FILES * 1_024:
        raise MalformedError(f"a bundle has at most {MOST_BYTES} bytes")
    if data[:2] != b"PK":
        raise MalformedError("it is not a zip file")
    files: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] == b"PK\x03\x04":
        if len(files) == MOST_FILES or len(data) < place + _LOCAL.size:
            raise MalformedError(f"the zip file is cut short or has too many files, at byte {place}")
        *_, size, _, name_length, _ = _LOCAL.unpack_from(data, place)
        start = place + _LOCAL.size + name_length
        name = data[place + _LOCAL.size : start].decode("ascii", "replace")
        if name in files or len(data) < start + size:
            raise MalformedError(f"{name[:60]!r} is in the zip file twice, or cut short, at byte {place}")
        files[name] = data[start : start + size]
        place = start + size
    if write_archive(files) != data:
        raise MalformedError("the zip file is not in its one form: it was made or changed by another program")
    return files
