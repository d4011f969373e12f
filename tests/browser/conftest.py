"""A demo partnership on a real port, and Chromium."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from pbvote.app import create_app
from pbvote.commands.demo import PARTNERSHIP, _make, demo_settings
from tests.browser.desks import DESK, PHONE, Desk, Visit, sit_down
from tests.browser.pictures import FOLDER
from tests.browser.residents import Resident, arrive
from tests.conftest import PROFILE_VARIABLE

NIGHTLY = os.environ.get(PROFILE_VARIABLE) == "nightly"
# The same engine without windows takes half the time; `make nightly` and the pictures take the whole browser.
SHELL = None if NIGHTLY or FOLDER else shutil.which("chromium-headless-shell")
CHROMIUM = SHELL or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_unused_codes: dict[str, list[str]] = {}


# How pages look is looked at on both widths each time.
LOOKS = ("test_every_page.py", "test_resident_pages.py", "test_resident_votes.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Walk each way that is the same on a desk on a phone alone; `make nightly` walks both."""
    if NIGHTLY:
        return
    again = [item for item in items if _on_a_desk(item) and item.path.name not in LOOKS]
    config.hook.pytest_deselected(items=again)
    items[:] = [item for item in items if item not in again]


def _on_a_desk(item: pytest.Item) -> bool:
    """Whether this is a test of two widths, at the larger one."""
    if item.path.parent != Path(__file__).parent or not isinstance(item, pytest.Function):
        return False
    return hasattr(item, "callspec") and item.callspec.params.get("width") == DESK


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: as long as it is open, Playwright keeps an event loop in this thread, and others need theirs."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium fonts-noto-core")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo partnership: rounds in every phase, served from a thread of this process."""
    with demo_on_a_port(demo_in(tmp_path_factory, "demo")) as address:
        yield address


@pytest.fixture
def code(live_server: str) -> str:
    """A voting code of the round that is open for voting, for one test alone."""
    return _unused_codes[live_server].pop()


@pytest.fixture(scope="module")
def own_live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for one module alone, which may take the demo's rounds on to other phases."""
    with demo_on_a_port(demo_in(tmp_path_factory, "own-demo")) as address:
        yield address


@pytest.fixture
def own_code(own_live_server: str) -> str:
    """A voting code of the round that is open in this module's own demo, for one test alone."""
    return _unused_codes[own_live_server].pop()


def demo_in(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder with a demo in it. It is made once in a run of the tests, for all workers, and copied for each user."""
    of_the_run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_the_run = of_the_run.parent
    made, folder = of_the_run / "the-demo", tmp_path_factory.mktemp(name)
    with (of_the_run / "the-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "voting-codes.txt").exists():  # written last
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            # in a thread of its own: Playwright may keep an event loop in this one
            maker = threading.Thread(target=anyio.run, args=(_make, demo_settings(made, 8000), made, PARTNERSHIP))
            maker.start()
            maker.join()
    return shutil.copytree(made, folder, dirs_exist_ok=True)


@contextmanager
def demo_on_a_port(folder: Path) -> Iterator[str]:
    """Serve the demo in a folder from a thread of this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = demo_settings(folder, port)
    ready = threading.Event()
    servers: list[uvicorn.Server] = []

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    def run() -> None:  # a thread of its own: Playwright keeps an event loop in this one
        app = create_app(settings, background=False)
        servers.append(Announced(uvicorn.Config(app, port=port, log_level="error", access_log=False)))
        servers[0].run()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(240), "the demo did not start"
    _unused_codes[settings.base_url] = (folder / "voting-codes.txt").read_text().split()
    yield settings.base_url
    servers[0].should_exit = True
    thread.join()


@pytest.fixture
def visit(chromium: Browser, own_live_server: str) -> Iterator[Visit]:
    """Somebody's desk: `visit("olive", 375)`; without a name nobody has signed in."""
    desks: list[Desk] = []

    def arrives(who: str | None = None, width: int = DESK) -> Desk:
        desks.append(sit_down(chromium, own_live_server, who, width))
        return desks[-1]

    yield arrives
    for desk in desks:
        desk.context.close()


@pytest.fixture
def resident(chromium: Browser, live_server: str) -> Iterator[Callable[[int], Resident]]:
    """`resident(375)` is somebody with a phone."""
    residents: list[Resident] = []

    def arrives(width: int = PHONE) -> Resident:
        residents.append(arrive(chromium, live_server, width))
        return residents[-1]

    yield arrives
    for one in residents:
        one.context.close()
