"""The app of a town within the test, without a process of its own."""

from __future__ import annotations

from litestar import Litestar

from pbvote.app import create_app, furnish
from pbvote.db import Clock, database_clock
from pbvote.settings import Settings

_made: list[Litestar] = []


def app_of(settings: Settings, clock: Clock = database_clock) -> Litestar:
    """The app, not yet running; its routes and pages are made once. It does no work in the background."""
    if not _made:
        _made.append(create_app(settings, clock, background=False, durable=False))
    else:
        furnish(_made[0], settings, clock)
    return _made[0]
