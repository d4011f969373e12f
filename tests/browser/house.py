"""A partnership on a real port whose clock the test moves: a journey of months takes seconds."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from litestar import Litestar
from playwright.sync_api import Browser
from sqlalchemy import update

from pbvote.accounts.models import Login
from pbvote.app import create_app
from pbvote.commands.demo import demo_settings
from pbvote.db import Database, connect, migrate
from pbvote.keys import make_keys
from pbvote.settings import Settings
from pbvote.voting.timekeeper import keep_time
from tests.browser.desks import DESK, PHONE, Desk
from tests.conftest import SettableClock
from tests.house import PASSWORD, make_people

SECONDS = 60
YEARS = timedelta(days=999)


@dataclass
class House:
    """The people of tests/house.py at browsers of their own, and the time that it is for all of them."""

    base: str
    clock: SettableClock
    chromium: Browser
    app: Litestar
    loop: asyncio.AbstractEventLoop
    desks: list[Desk] = field(default_factory=list)

    def sit_down(self, who: str | None = None, width: int = DESK) -> Desk:
        """A person at a browser: `sit_down("officer")`; without a name it is a resident."""
        viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
        context = self.chromium.new_context(viewport=viewport, service_workers="block", reduced_motion="reduce")
        context.set_default_timeout(10_000)
        context.clock.set_fixed_time(self.clock.moment)
        if who:
            body = {"email": f"{who}@example.org", "password": PASSWORD}
            answer = context.request.post(f"{self.base}/api/login", data=body)
            assert answer.ok, answer.text()
            self._do(_stay_signed_in(self.app.state["database"], self.clock.moment + YEARS))
        self.desks.append(Desk(context, self.base))
        return self.desks[-1]

    def time_comes(self, moment: datetime) -> None:
        """Move every clock to this moment, and begin what is due."""
        self.clock.set(moment)
        self._do(keep_time(self.app.state["database"], self.app.state["keys"]))
        for desk in self.desks:
            desk.context.clock.set_fixed_time(moment)

    def everybody_leaves(self) -> None:
        while self.desks:
            self.desks.pop().context.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """In the server's thread, to whose loop its database belongs."""
        asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)


async def _stay_signed_in(database: Database, until: datetime) -> None:
    async with database.session(write=True) as db:
        await db.execute(update(Login).values(expires_at=until))


@contextmanager
def house_on_a_port(folder: Path, chromium: Browser) -> Iterator[House]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings, clock = demo_settings(folder, port), SettableClock()
    ready = threading.Event()
    servers: list[uvicorn.Server] = []
    houses: list[House] = []

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            houses.append(House(settings.base_url, clock, chromium, app, asyncio.get_running_loop()))
            ready.set()

    app = create_app(settings_with_people(settings, clock), clock, background=False)

    def run() -> None:
        servers.append(Announced(uvicorn.Config(app, port=port, log_level="error", access_log=False)))
        servers[0].run()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(SECONDS), "the house did not open"
    yield houses[0]
    houses[0].everybody_leaves()
    servers[0].should_exit = True
    thread.join()


def settings_with_people(settings: Settings, clock: SettableClock) -> Settings:
    """The settings, once there are keys, a database, forums and people: in a thread, as Playwright holds this one."""

    async def make() -> None:
        make_keys(settings.keys_dir, settings.name)
        await migrate(settings.database_url)
        database = connect(settings.database_url, clock)
        await make_people(database)
        await database.close()

    maker = threading.Thread(target=lambda: anyio.run(make))
    maker.start()
    maker.join()
    return settings
