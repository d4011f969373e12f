"""The server's log: one JSON object a line on standard error, or lines for people where that is a terminal.

What is logged must not hold what people are, typed or chose. So of an error only its kind and its places in the code
are told, never its words; of other libraries only what their authors wrote, never the values that they put into it; and
of our own lines everything but what looks like an e-mail address, a voting code or a network address.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

OURS = "pbvote"
TRACEBACK = "Traceback (most recent call last):"  # as text: how Litestar says that it could not start
WITHHELD = "said something that is not repeated here"
# What other libraries say in one piece, and no value stands in.
KNOWN = frozenset(
    {
        "ASGI callable returned without completing response.",
        "ASGI callable returned without starting response.",
        "Application shutdown failed. Exiting.",
        "Application startup failed. Exiting.",
        "Cancel %s running task(s), timeout graceful shutdown exceeded",
        "Exception in ASGI application",
        "Exception terminating connection",
        "Future exception was never retrieved",
        "Invalid HTTP request received.",
        "Task exception was never retrieved",
        "Task was destroyed but it is pending!",
        "Unsupported upgrade request.",
    }
)
MOST_PLACES = 30
ROOT = Path(__file__).resolve().parents[1]

_PRIVATE = re.compile(
    r"[^\s@<>\"']+@[^\s@<>\"']+"  # an e-mail address
    r"|(?<![\w-])(?:[0-9A-Za-z]{4}[- ]){3}[0-9A-Za-z]{4}(?![\w-])"  # a code in groups; a UUID has other ones
    r"|(?<![\w-])[0-9A-Z]{16}(?![\w-])"  # a code as it is read
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"  # an address of the network
    r"|(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:])"
)
_LAST = re.compile(r"(?:\w+\.)*(\w+)(?::|$)")  # how a traceback ends: the error's class, then its words
_KIND = re.compile(r"[A-Z][A-Za-z]+")
Counted = Callable[[str, str, str], None]  # a line's level, part and, for a failure, its kind
Fields = dict[str, Any]


def configure(counted: Counted | None = None, stream: TextIO | None = None) -> None:
    """Let everything that this process logs go through here, errors that nobody caught included."""
    stream = stream or sys.stderr
    handler = Handler(stream)
    handler.counted = counted
    handler.setFormatter(Readable() if stream.isatty() else Line())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy", "litestar"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)
    log = logging.getLogger(f"{OURS}.process")

    def uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("stopped by an error", exc_info=(kind, error or kind(), where))

    sys.excepthook = uncaught
    sys.unraisablehook = lambda one: uncaught(one.exc_type, one.exc_value, one.exc_traceback)
    threading.excepthook = lambda one: uncaught(one.exc_type, one.exc_value, one.exc_traceback)


def entry(record: logging.LogRecord) -> Fields:
    """A record as it is written: time, level, logger, event, and whatever else there is."""
    ours = record.name == OURS or record.name.startswith(f"{OURS}.")
    event, _, more = (_own_words(record) if ours else _others_words(record)).partition("\n")
    told: Fields = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event,
    }
    if kind := _kind_of(record, ours=ours):
        told["kind"] = kind
    if record.exc_info and record.exc_info[2]:
        told["places"] = _places(record.exc_info[2])
    elif more:
        told["places"] = [line.strip() for line in more.splitlines() if line.lstrip().startswith("File ")]
    if not ours:
        told["place"] = f"{record.module}:{record.lineno}"
    return told | _fields(record)


def _own_words(record: logging.LogRecord) -> str:
    try:
        return _without_private(record.getMessage())
    except (TypeError, ValueError, KeyError):  # a mistake in a call must not cost the line
        return _without_private(str(record.msg))


def _others_words(record: logging.LogRecord) -> str:
    words = str(record.msg).strip()
    if words.startswith(TRACEBACK):
        return "\n".join([TRACEBACK, *(line for line in words.splitlines() if line.lstrip().startswith("File "))])
    if record.args:
        return words.partition("\n")[0]
    first = words.partition("\n")[0]
    return first if first in KNOWN else WITHHELD


def _kind_of(record: logging.LogRecord, *, ours: bool) -> str:
    """The class of the error that a record tells of: the one it carries, or the last one that our own line names."""
    if record.exc_info and record.exc_info[0]:
        return record.exc_info[0].__name__
    words = str(record.msg).strip()
    if words.startswith(TRACEBACK) and (last := _LAST.match(words.splitlines()[-1])):
        return last[1]
    args = record.args if ours and isinstance(record.args, tuple) else ()
    kinds = [arg for arg in args if isinstance(arg, str) and _KIND.fullmatch(arg) and not arg.isupper()]
    return kinds[-1] if kinds and record.levelno >= logging.WARNING else ""


def _places(where: TracebackType) -> list[str]:
    frames = traceback.extract_tb(where)[-MOST_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _fields(record: logging.LogRecord) -> Fields:
    """What a call gave as `extra={"fields": {...}}`: numbers, and texts without anything private."""
    fields: Mapping[str, object] = getattr(record, "fields", {})
    return {
        name: value if isinstance(value, bool | int | float) else _without_private(str(value))
        for name, value in fields.items()
    }


def _without_private(text: str) -> str:
    return _PRIVATE.sub("[…]", text)


class Handler(logging.StreamHandler[TextIO]):
    """Writes lines, and counts them; a line that cannot be written is left out."""

    counted: Counted | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, and count it."""
        super().emit(record)
        if self.counted:
            parts = record.name.split(".")
            part = ".".join(parts[:2]) if parts[0] == OURS else parts[0]
            kind = _kind_of(record, ours=parts[0] == OURS) if record.levelno >= logging.ERROR else ""
            self.counted(record.levelname.lower(), part, kind)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Nothing: what logging would print holds the values that could not be written."""


class Line(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The JSON text."""
        return json.dumps(entry(record), ensure_ascii=False)


class Readable(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the places of an error."""
        told = entry(record)
        clock = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        head = f"{clock} {told['level']:<8} {told['logger']}: {told['event']}"
        more = [f"{name}={told[name]}" for name in told.keys() - {"time", "level", "logger", "event", "places"}]
        places = [f"\n    {place}" for place in told.get("places", [])]
        return " ".join([head, *sorted(more)]) + "".join(places)
