"""A bundle as one zip file with one form: writing, and strict reading.

Reading judges nothing: what can be read may still be wrong (`checking`). Every error names the file and the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from pbvote.ballotbox import documents
from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle import (
    ALWAYS,
    APPROVALS,
    BALLOTS,
    BALLOTS_FORMAT,
    CHECKPOINTS,
    CONFIG,
    CONFIG_FORMAT,
    ELECTION,
    LOG,
    OUTCOME,
    ROLL,
    SUPERSEDED,
    WITH_BALLOTS,
    WITNESSES,
    Ballots,
    Bundle,
    CountedBallot,
)
from pbvote.ballotbox.checkpoints import read_text
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.log import read_leaf
from pbvote.ballotbox.notes import Note, read_key, read_note
from pbvote.ballotbox.opening import Opening

_HEX = re.compile(r"[0-9a-f]{64}")
_BALLOT = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64}) ([0-9a-f]{64}) ((?:[0-9a-f]{2})+)")
_Read = TypeVar("_Read")


def write_bundle(bundle: Bundle) -> bytes:
    """The bundle as a zip file. Raises MalformedError if it could not be read back."""
    data = write_archive(bundle.files())
    read_bundle(data)
    return data


def read_bundle(data: bytes) -> Bundle:
    """The bundle in a zip file. Raises MalformedError, naming the file and the place."""
    files = read_archive(data)
    if files.keys() not in (ALWAYS, ALWAYS | WITH_BALLOTS):
        missing, extra = sorted(ALWAYS - files.keys()), sorted(files.keys() - ALWAYS - WITH_BALLOTS)
        what = missing + extra or sorted(WITH_BALLOTS - files.keys())
        raise MalformedError(f"the bundle lacks a file or has one too many: {', '.join(what)[:200]}")
    config = _in(CONFIG, _read_config, files[CONFIG])
    poll = UUID(config["poll"])
    bundle = Bundle(
        config=config,
        roll=_in(ROLL, _read_roll, files[ROLL]),
        approvals=_in(APPROVALS, documents.decode, files[APPROVALS]),
        outcome=_in(OUTCOME, documents.decode, files[OUTCOME]),
        log=tuple(_each(LOG, files[LOG], read_leaf)),
        checkpoints=_in(CHECKPOINTS, _read_notes, files[CHECKPOINTS]),
        witnesses=tuple(_each(WITNESSES, files[WITNESSES], lambda line: read_key(line.decode("ascii", "replace")))),
        superseded=tuple(_each(SUPERSEDED, files[SUPERSEDED], _read_commitment)),
        ballots=_read_ballots(files[BALLOTS], poll) if BALLOTS in files else None,
        election=files.get(ELECTION),
    )
    _in_order(SUPERSEDED, bundle.superseded)
    _in_order(WITNESSES, [key.text.encode() for key in bundle.witnesses])
    return bundle


def _read_config(data: bytes) -> dict[str, Any]:
    config = documents.decode(data)
    needed = {"format": str, "log_key": str, "origin": str, "poll": str}
    if not isinstance(config, dict) or not all(isinstance(config.get(key), kind) for key, kind in needed.items()):
        raise MalformedError(f"it is an object and says its {', '.join(needed)}")
    if config["format"] != CONFIG_FORMAT:
        raise MalformedError(f"the format {config['format'][:60]!r} is not known here")
    read_key(config["log_key"])
    try:
        poll = str(UUID(config["poll"]))
    except ValueError:
        poll = ""
    if poll != config["poll"]:
        raise MalformedError("the poll's id is not written in its one form")
    return config


def _read_roll(data: bytes) -> dict[str, Any]:
    """The number of electors, and how many ballots that count came by which channel."""
    roll = documents.decode(data)
    if not isinstance(roll, dict) or roll.keys() != {"channels", "electors"} or not isinstance(roll["channels"], dict):
        raise MalformedError("it has the fields channels and electors, and no others")
    for number in (roll["electors"], *roll["channels"].values()):
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise MalformedError("electors and channels are whole numbers")
    return roll


def _read_notes(data: bytes) -> tuple[Note, ...]:
    """Checkpoints with an empty line between them; inside one there is one before its signatures."""
    try:
        parts = data.decode().split("\n\n")
    except UnicodeDecodeError:
        raise MalformedError("it is not UTF-8") from None
    if len(parts) % 2 or not data.endswith(b"\n"):
        raise MalformedError("it is not a row of checkpoints with an empty line between them")
    parts[-1] = parts[-1][:-1]
    notes = []
    for number, (text, signatures) in enumerate(zip(parts[::2], parts[1::2], strict=True), start=1):
        try:
            notes.append(read_note(f"{text}\n\n{signatures}\n"))
            read_text(notes[-1].text)
        except MalformedError as error:
            raise MalformedError(f"checkpoint {number}: {error}") from None
    return tuple(notes)


def _read_ballots(data: bytes, poll: UUID) -> Ballots:
    lines = list(_each(BALLOTS, data, lambda line: line.decode("ascii", "replace")))
    election = lines[1].removeprefix("election ") if lines[1:] else ""
    if lines[:1] != [BALLOTS_FORMAT] or not _HEX.fullmatch(election) or not lines[1].startswith("election "):
        raise MalformedError(f"{BALLOTS}: it begins with the lines `{BALLOTS_FORMAT}` and `election HASH`")
    counted = []
    for number, line in enumerate(lines[2:], start=3):
        match = _BALLOT.fullmatch(line)
        if match is None:
            raise MalformedError(f"{BALLOTS}, line {number}: not commitment, two random parts and ballot")
        commitment, server, browser, canonical = map(bytes.fromhex, match.groups())
        counted.append(CountedBallot(commitment, Opening(poll, server, browser, canonical)))
    _in_order(BALLOTS, [ballot.commitment for ballot in counted])
    return Ballots(election, tuple(counted))


def _read_commitment(line: bytes) -> bytes:
    if not _HEX.fullmatch(line.decode("ascii", "replace")):
        raise MalformedError("not 64 lower-case hexadecimal digits")
    return bytes.fromhex(line.decode())


def _in_order(name: str, values: Iterable[bytes]) -> None:
    if any(first >= second for first, second in pairwise(values)):
        raise MalformedError(f"{name}: its lines are not in order, or one is there twice")


def _in(name: str, read: Callable[[bytes], _Read], data: bytes) -> _Read:
    try:
        return read(data)
    except MalformedError as error:
        raise MalformedError(f"{name}: {error}") from None


def _each(name: str, data: bytes, read: Callable[[bytes], _Read]) -> Iterator[_Read]:
    """Each line of a file, read; every line ends with a newline."""
    if data and not data.endswith(b"\n"):
        raise MalformedError(f"{name}: its last line does not end with a newline")
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            yield read(line)
        except MalformedError as error:
            raise MalformedError(f"{name}, line {number}: {error}") from None
