"""`pbvote serve`."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from importlib import import_module

import rich_click as click

from pbvote import logs
from pbvote.serving.inheritance import Inherited, shared_folder
from pbvote.serving.sockets import listening
from pbvote.serving.supervisor import own_command, supervise
from pbvote.settings import read_settings

MOST_WORKERS = 64


@click.command("serve")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="How many processes answer; about one for each core.",
)
@click.option("--inherited", hidden=True, help="What a parent passes on to each of several workers.")
def command(workers: int, inherited: str | None) -> None:
    """Serve the website and its API.

    The embedded SQLite database is made and brought up to date by itself; a PostgreSQL one by `pbvote migrate`.
    """
    if inherited:
        given = Inherited.read(inherited)
        _serve(given.opened(), given)
        return
    with listening(read_settings(os.environ)) as sockets:
        if workers > 1:
            logs.configure()
            status = supervise(own_command("serve", "--inherited"), sockets, workers)
            shutil.rmtree(shared_folder(os.getpid()), ignore_errors=True)
            sys.exit(status)
        _serve(sockets, None)


def _serve(sockets: Sequence[socket.socket], inherited: Inherited | None) -> None:
    """Answer in this process. The app is imported only here: the parent of several has no use for it."""
    gc.disable()  # nothing that is imported is waste; `serve` looks for it again once the app is made
    running, worker = import_module("pbvote.commands.running"), import_module("pbvote.serving.worker")
    settings = running.settings_now()
    running.make_keys_of_a_new_installation(settings)
    asyncio.run(running.schema_is_there(settings))
    asyncio.run(running.database_is_durable(settings))
    worker.serve(settings, sockets, inherited)
