"""The server's log: what a line says, and that nobody stands in it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from pbvote import logs

SECRETS = (
    "canary.person@example.org",
    "K7QF-2MXR-9CVW-3HJP",
    "K7QF2MXR9CVW3HJP",
    "k7qf-2mxr-9cvw-3hjp",
    "203.0.113.77",
    "2001:db8:85a3:8d3:1319:8a2e:370:7348",
)
ID = "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def configured() -> Iterator[Callable[..., io.StringIO]]:
    """`configured()` is the stream that all loggers write to from then on."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    before = (root.handlers, root.level)

    def begin(stream: io.StringIO | None = None, counted: logs.Counted | None = None) -> io.StringIO:
        stream = stream or io.StringIO()
        logs.configure(counted, stream)
        return stream

    yield begin
    root.handlers, level = before
    root.setLevel(level)
    logging.getLogger("pbvote").setLevel(logging.NOTSET)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(words: str) -> None:
    raise ValueError(words)


def test_a_line_has_time_level_logger_event_and_fields(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    logging.getLogger("pbvote.roll").info("a roll was read", extra={"fields": {"rows": 5, "kind": "file"}})
    (line,) = lines(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "logger": "pbvote.roll", "event": "a roll was read", "rows": 5, "kind": "file"}


def test_ids_stay_and_what_looks_like_a_person_or_a_code_goes(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    log = logging.getLogger("pbvote.voting")
    log.warning("round %s: %s", ID, " ".join(SECRETS), extra={"fields": {"to": SECRETS[0]}})
    (line,) = lines(stream)
    assert ID in line["event"]
    assert not [secret for secret in SECRETS if secret in stream.getvalue()]


def test_of_an_error_only_its_kind_and_places_are_told(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    try:
        fail("a canary in the words of an error")
    except ValueError:
        logging.getLogger("pbvote.web").exception("it failed")
    (line,) = lines(stream)
    assert line["kind"] == "ValueError"
    assert line["places"][-1].startswith("tests/test_logs.py:")
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize(
    ("name", "arguments", "event"),
    [
        ("uvicorn.error", ("Invalid HTTP request received.",), "Invalid HTTP request received."),
        ("uvicorn.error", ('%s - "GET %s"', "203.0.113.7:1", "/canary"), '%s - "GET %s"'),
        ("uvicorn.error", ("the client canary sent nonsense",), logs.WITHHELD),
        ("sqlalchemy.pool", ("Exception terminating connection <canary>",), logs.WITHHELD),
        ("asyncio", ("Task exception was never retrieved\nfuture: <canary>",), "Task exception was never retrieved"),
        ("litestar", ("canary",), logs.WITHHELD),
    ],
)
def test_of_what_libraries_say_no_value_is_told(
    configured: Callable[..., io.StringIO], name: str, arguments: tuple[str, ...], event: str
) -> None:
    stream = configured()
    logging.getLogger(name).error(*arguments)
    (line,) = lines(stream)
    assert line["event"] == event
    assert line["place"].startswith("test_logs:")
    assert "canary" not in stream.getvalue()
    assert "203" not in stream.getvalue()


def test_a_server_that_cannot_start_says_of_which_kind_and_where(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    try:
        fail("canary")
    except ValueError:
        logging.getLogger("uvicorn.error").error(traceback.format_exc())  # noqa: TRY400  # as uvicorn does
    (line,) = lines(stream)
    assert line["kind"] == "ValueError"
    assert "test_logs.py" in line["places"][-1]
    assert "canary" not in stream.getvalue()


def test_a_failed_statement_tells_no_parameters(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    error = OperationalError("INSERT INTO canary", {"code": "canary"}, Exception("canary"))
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    assert lines(stream)[0]["kind"] == "OperationalError"
    assert "canary" not in stream.getvalue()


def test_what_nobody_caught_is_told_in_the_same_way(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    worker = threading.Thread(target=fail, args=("canary",))
    worker.start()
    worker.join()

    async def forget() -> None:
        task = asyncio.get_running_loop().create_task(later())
        await asyncio.sleep(0)
        del task

    async def later() -> None:
        fail("canary")

    with warnings.catch_warnings():
        asyncio.run(forget())
    sys.excepthook(RuntimeError, RuntimeError("canary"), None)
    told = [line.get("kind") for line in lines(stream)]
    assert told[0] == "ValueError"
    assert told[-1] == "RuntimeError"
    assert "canary" not in stream.getvalue()


def test_a_mistake_in_a_call_costs_no_line_and_tells_nothing(configured: Callable[..., io.StringIO]) -> None:
    stream = configured()
    mistaken = "%d of %s"
    logging.getLogger("pbvote.web").error(mistaken, "canary")
    assert lines(stream)[0]["event"] == "%d of %s"


def test_people_at_a_terminal_read_lines(configured: Callable[..., io.StringIO]) -> None:
    stream = configured(Terminal())
    logging.getLogger("pbvote.web").warning("slow", extra={"fields": {"seconds": 3}})
    assert stream.getvalue().endswith("warning  pbvote.web: slow seconds=3\n")


def test_lines_and_failures_are_counted_by_level_part_and_kind(configured: Callable[..., io.StringIO]) -> None:
    counted: list[tuple[str, str, str]] = []
    configured(counted=lambda *line: counted.append(line))
    logging.getLogger("pbvote.timekeeper").error("round %s failed: %s", ID, "OperationalError")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("sqlalchemy.pool.impl").error("%s", "Canary")
    assert counted == [
        ("error", "pbvote.timekeeper", "OperationalError"),
        ("warning", "uvicorn", ""),
        ("error", "sqlalchemy", ""),
    ]


def test_the_search_finds_a_careless_log(capsys: pytest.CaptureFixture[str]) -> None:
    """The control: what Python's own log says of the same."""
    handler = logging.StreamHandler(sys.stderr)
    log = logging.getLogger("careless")
    log.handlers = [handler]
    try:
        fail(f"canary {SECRETS[0]}")
    except ValueError:
        log.exception("failed for %s", SECRETS[1])
    said = capsys.readouterr().err
    assert [secret in said for secret in SECRETS[:2]] == [True, True]


def test_a_mistake_at_the_start_is_still_one_plain_sentence() -> None:
    command = [sys.executable, "-m", "pbvote", "serve", "--workers", "2"]
    environment = {"PBVOTE_METRICS_TOKEN": "short", "PATH": "/usr/bin:/bin"}
    refused = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert refused.returncode == 2
    expected = "expected 20 or more letters, digits or any of -._~+/=."
    assert refused.stderr == f"pbvote: PBVOTE_METRICS_TOKEN cannot be used; {expected}\n"
