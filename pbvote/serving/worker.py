"""One process that answers: alone, or as one of several that share the sockets of a parent."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import uvicorn

from pbvote import logs, metrics
from pbvote.app import create_app
from pbvote.operations.gathering import join
from pbvote.serving.deadlines import KEEP_ALIVE_SECONDS
from pbvote.serving.inheritance import Inherited, shared_folder
from pbvote.serving.protocol import patient
from pbvote.settings import Settings

# What is under way when the process is told to stop has so long; service managers and containers give it ten seconds.
GRACE_SECONDS = 8
READY = b"ready\n"
# The thread that writes casts gives up the interpreter at each statement, and has it back after so long at the latest:
# with Python's own 5 ms a batch would wait for busy requests longer than it takes.
SWITCH_SECONDS = 0.0005


def serve(settings: Settings, sockets: Sequence[socket.socket], inherited: Inherited | None = None) -> None:
    """Serve until interrupted, or until the parent is gone from which this was `inherited`."""
    logs.configure(metrics.line_logged)
    sys.setswitchinterval(SWITCH_SECONDS)
    app, parent = create_app(settings), os.getppid()
    gc.enable()
    gc.freeze()  # what was made until now stays: to look for waste in it takes 0.2 s each time, while people wait
    if inherited:
        with suppress(OSError):  # then the figures of each process stand alone
            app.state["board"] = join(shared_folder(parent))
    config = uvicorn.Config(
        app,
        http=patient(settings.trusted_proxies),
        ws="none",
        loop="asyncio",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        proxy_headers=False,  # forwarded addresses are read by web/limits.py, from trusted proxies only
        server_header=False,
        access_log=False,  # who asked for what, and when, is nobody's business
        log_config=None,  # logs.py has it
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    if inherited:
        config.callback_notify = _at_first_tick(server, inherited)
    try:
        server.run(sockets=list(sockets))
    except KeyboardInterrupt:
        return
    finally:
        if board := app.state.get("board"):
            board.leave()
            if os.getppid() != parent:  # it is gone, and cannot tidy up
                shutil.rmtree(board.folder, ignore_errors=True)
    if not server.started:
        sys.exit(1)


def _at_first_tick(server: uvicorn.Server, inherited: Inherited) -> Callable[[], Coroutine[Any, Any, None]]:
    """Once the server answers: say so to the parent, and watch from then on that it lives."""
    left = [inherited]

    async def begun() -> None:
        if not left:  # called again every half minute
            return
        parent = left.pop()
        if parent.replaces:
            metrics.worker_replaced()
        asyncio.get_running_loop().add_reader(parent.life, parent_is_gone)
        os.write(parent.report, READY)
        os.close(parent.report)

    def parent_is_gone() -> None:
        asyncio.get_running_loop().remove_reader(inherited.life)
        server.should_exit = True

    return begun
