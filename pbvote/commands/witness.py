"""`pbvote witness`: watch the log of a vote, remember it, and countersign it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import rich_click as click

from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.notes import KeyType, SigningKey, VerifyKey, read_key
from pbvote.witness.http import log_at
from pbvote.witness.keys import read_key_file
from pbvote.witness.looking import Looked, Refused, Seen, Unable, Wrong, countersign, look
from pbvote.witness.memory import Memory

RIGHT, WRONG, UNABLE = 0, 1, 2
LEAST_SECONDS = 10
FILE = click.Path(path_type=Path, dir_okay=False)
Given = TypeVar("Given")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the witness was asked to do."""

    url: str
    pin: VerifyKey | None
    memory: Memory | None
    key: SigningKey | None


@click.command("witness")
@click.argument("url")
@click.option("--keep", metavar="FILE", type=FILE, help="Remember in FILE what was seen, and hold the log to it.")
@click.option("--pin", metavar="KEY", help="The key of the log, from the notice of the vote.")
@click.option("--sign", metavar="FILE", type=FILE, help="Countersign with the key in FILE, and hand that in.")
@click.option("--once", is_flag=True, help="Look once, which is what is done anyway without --every.")
@click.option("--every", metavar="SECONDS", type=click.IntRange(min=LEAST_SECONDS), help="Look again and again.")
def command(url: str, keep: Path | None, pin: str | None, sign: Path | None, *, once: bool, every: int | None) -> None:
    """Look at the log of a vote; URL is the address of a round or of its log.

    Exit code 0: all is as it should be. 1: something is wrong. 2: nothing could be checked.
    """
    if sign and not keep:
        raise click.UsageError("--sign needs --keep: who does not remember could sign two logs that do not fit.")
    if once and every:
        raise click.UsageError("Either --once or --every.")
    asked = Asked(url, _read(_log_key, pin), Memory(keep) if keep else None, _read(read_key_file, sign))
    while True:
        code = _answer(asked, timed=every is not None)
        if every is None or code == WRONG:
            sys.exit(code)
        time.sleep(every)


def _answer(asked: Asked, *, timed: bool) -> int:
    """Look, say what came of it, and give back the exit code."""
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC  " if timed else ""
    try:
        for sentence in _look(asked):
            _say(stamp + sentence)
    except Wrong as error:
        _say(f"{stamp}WRONG: {error}.\n{_after_wrong(asked, error)}", err=True)
        return WRONG
    except (Unable, Refused) as error:
        _say(f"{stamp}pbvote: {error}", err=True)
        return UNABLE
    return RIGHT


def _say(text: str, *, err: bool = False) -> None:
    """Print what may come from a stranger's service: nothing in it can move the cursor."""
    click.echo("".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text), err=err)


def _look(asked: Asked) -> list[str]:
    """Look, remember, and countersign, in this order; what to say. Raises Wrong, Unable and Refused."""
    service = log_at(asked.url)
    if asked.memory is None:
        seen = Seen(asked.pin, None) if asked.pin else None
        return [_told(look(service, seen)), "Nothing was kept. With --keep FILE the next look is held to this one."]
    with asked.memory.alone():
        looked = look(service, asked.memory.read(asked.pin))
        asked.memory.keep(looked)
        note = countersign(looked, asked.key, int(time.time())) if asked.key else ""
    said = [_told(looked)]
    if asked.key:
        said.append(_handed_in(service.add_cosignature, note, asked.key))
    return said


def _told(looked: Looked) -> str:
    name, size = looked.point.origin, looked.point.size
    if looked.before is None:
        return (
            f"The log {name} has {size} entries. It is signed with the key {looked.key.text}\n"
            "Compare this key with the one in the notice of the vote."
        )
    if looked.before.size == size:
        return f"Right: the log {name} still has {size} entries, and they are the same."
    return f"Right: the log {name} has {size} entries, and begins with the {looked.before.size} seen before."


def _handed_in(add: Callable[[str], list[str]], note: str, key: SigningKey) -> str:
    try:
        signed = add(note)
    except (Unable, Refused) as error:
        raise Unable(
            f"The log is right, but the service did not take the countersignature: {error} Is your key named as that "
            f"of a witness? It is {key.verify_key.text}"
        ) from None
    return f"Countersigned as {key.name}. Under this checkpoint now: {', '.join(signed)}."


def _after_wrong(asked: Asked, error: Wrong) -> str:
    what = f"{asked.url}\n{error}"
    kept = asked.memory.keep_evidence(what, error.evidence) if asked.memory else None
    where = f"What was seen is kept in {kept}." if kept else "\n".join(error.evidence)
    return f"{where}\nNothing was signed. Show this to the forum, to its scrutineers, and to somebody you trust."


def _log_key(text: str) -> VerifyKey:
    key = read_key(text.strip())
    if key.type is not KeyType.NOTE:
        raise MalformedError("the key given with --pin is that of a witness")
    return key


def _read(reader: Callable[[Given], Read], given: Given | None) -> Read | None:
    """What was given on the command line, if it was. Raises UsageError."""
    try:
        return None if given is None else reader(given)
    except MalformedError as error:
        raise click.UsageError(f"{error}.") from None
