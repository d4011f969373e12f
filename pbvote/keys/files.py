"""Key files: made once, readable by their owner only, never replaced, and destroyed for good."""

from __future__ import annotations

import os
from pathlib import Path

from pbvote.errors import SettingsError


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def write_new(path: Path, text: str) -> None:
    """Write a key file that is not there yet, durably. Raises SettingsError if it is: keys are never replaced.

    The content is complete before the name is there, so that a crash leaves a whole key or none.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise SettingsError(f"There is already a key at {path}; keys are never replaced.") from None
    finally:
        unfinished.unlink()
    _sync(path.parent)


def read_text(path: Path) -> str:
    """The line in a key file. Raises SettingsError, naming the file, if it is missing or open to others."""
    try:
        text, mode = path.read_text(encoding="ascii").strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The key {path} cannot be read ({error}); make keys with `pbvote keys init`.") from None
    if mode & 0o077:
        raise SettingsError(f"The key {path} can be read by others (mode {mode & 0o777:o}); expected mode 600.")
    return text


def read_bytes(path: Path, length: int) -> bytes:
    """The bytes in a key file. Raises SettingsError as `read_text`, and if there are more or fewer of them."""
    try:
        key = bytes.fromhex(read_text(path))
    except ValueError:
        key = b""
    if len(key) != length:
        raise SettingsError(f"The key {path} is damaged; expected {2 * length} hexadecimal digits.")
    return key


def destroy(path: Path) -> bool:
    """Overwrite a key file and remove it; whether it was there.

    Overwriting is an attempt: file systems and drives may keep what was written before. Copies elsewhere are not known.
    """
    try:
        size = path.stat().st_size
        with path.open("r+b") as stream:
            stream.write(b"0" * size)
            stream.flush()
            os.fsync(stream.fileno())
    except FileNotFoundError:
        return False
    path.unlink()
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
