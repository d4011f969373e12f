"""Installation for real: the wheel has everything that it needs, and `make demo` works in a fresh clone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.test_compose import free_port
from tests.test_docs import tracked

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 300
RUN = "from pbvote.cli import main; main()"
# What reaches packages and certificates on the machine that runs the tests; nothing else of its environment is used.
PASSED_ON = re.compile(r"PIP_|SSL_CERT|REQUESTS_CA|CURL_CA|NODE_EXTRA|npm_config_|(https?|no)_proxy", re.IGNORECASE)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is under version control, with the pages' vendored files."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    shutil.copytree(ROOT / "frontend/vendor", source / "frontend/vendor")
    pip(["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source)])
    (built,) = target.glob("*.whl")
    return built


def pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_wheel_has_what_it_needs_and_no_more(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "pbvote/_alembic/env.py",
        "pbvote/_frontend/_layout.html",
        "pbvote/_frontend/vendor/lit-html/lit-html.js",
        "pbvote/commands/templates/outcome.html",
        "pbvote/commands/templates/page.css",
        "pbvote/rounds/templates/community-forum-budget.json",
    ):
        assert needed in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pbvote"}
    assert not any("node_modules" in name or "__pycache__" in name for name in names)


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    pip(["install", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "site")}
    where = subprocess.run(
        [sys.executable, "-c", "import pbvote; print(pbvote.__file__)"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert where.stdout.strip() == str(tmp_path / "site/pbvote/__init__.py")
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-c", RUN, "demo", "--folder", "demo", "--port", url.rsplit(":", 1)[1]]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            assert "Tarnshire Partnership" in wait_for(url, process)
        finally:
            process.terminate()


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "clone"
    command = ["git", "-c", "safe.directory=*", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)]
    subprocess.run(command, check=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_make_demo_works_in_a_fresh_clone(clone: Path, tmp_path: Path) -> None:
    passed_on = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"HOME": str(tmp_path), "PATH": f"{path}:{Path(sys.base_prefix) / 'bin'}", **passed_on}
    url = f"http://127.0.0.1:{free_port()}"
    command = ["make", "demo", f"PORT={url.rsplit(':', 1)[1]}"]
    log = tmp_path / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command, cwd=clone, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, process_group=0
        ) as process,
    ):
        try:
            page = wait_for(url, process)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    assert "Tarnshire Partnership" in page
    assert "/vote" in log.read_text()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    """The first page, as soon as the server answers."""
    deadline = time.monotonic() + SECONDS_TO_START
    transport = httpx.HTTPTransport(retries=8)  # httpx waits between them, longer each time
    with httpx.Client(transport=transport, timeout=30) as client:
        while True:
            try:
                return client.get(f"{url}/en/").raise_for_status().text
            except httpx.ConnectError:
                assert process.poll() is None, "the server has stopped"
                assert time.monotonic() < deadline, "the server does not answer"
