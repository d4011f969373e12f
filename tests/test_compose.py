"""docker-compose.yml and Dockerfile, without Docker: the file is checked by the Compose Specification's schema and by
our own rules, and its start-up commands are run as they stand against a PostgreSQL of the tests' own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft201909Validator

from pbvote.settings import DEFAULTS, PREFIX, read_settings
from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "tests/compose-spec/compose_spec.json").read_text())
OURS = ("keys", "migrate", "website")
GIVEN = {"POSTGRES_PASSWORD": "a-long-random-text", "PBVOTE_BASE_URL": "http://127.0.0.1:8000"}
SECONDS_TO_START = 60


def interpolate(text: str, given: dict[str, str]) -> str:
    """What Compose makes of `${NAME:-default}` and `${NAME:?message}`."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if found := given.get(name, ""):
            return found
        if kind == "?":
            raise LookupError(rest)
        return str(rest)

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", value, text)


def compose(given: dict[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(interpolate((ROOT / "docker-compose.yml").read_text(), given))
    return read


@pytest.fixture
def file() -> dict[str, Any]:
    return compose(GIVEN)


def test_the_file_follows_the_compose_specification(file: dict[str, Any]) -> None:
    Draft201909Validator(SCHEMA).validate(file)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file["services"]["website"].update(read_onyl=True),
        lambda file: file["services"]["website"]["depends_on"]["migrate"].update(condition="service_finished"),
        lambda file: file.update(volume={}),
    ],
)
def test_a_mistake_in_the_file_would_be_seen(file: dict[str, Any], spoil: Callable[[dict[str, Any]], None]) -> None:
    spoiled = deepcopy(file)
    spoil(spoiled)
    assert not Draft201909Validator(SCHEMA).is_valid(spoiled)


def test_without_a_password_nothing_starts() -> None:
    with pytest.raises(LookupError, match="POSTGRES_PASSWORD"):
        compose({})


@pytest.mark.parametrize("name", OURS)
def test_our_services_have_no_rights_to_spare(file: dict[str, Any], name: str) -> None:
    service = file["services"][name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  # inside the container
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_keys_never_lie_with_the_data(file: dict[str, Any]) -> None:
    assert file["services"]["database"]["volumes"] == ["database:/var/lib/postgresql/data"]
    assert file["services"]["keys"]["volumes"] == ["keys:/keys"]
    assert file["services"]["website"]["volumes"] == ["keys:/keys"]  # it makes the keys of votes
    assert "volumes" not in file["services"]["migrate"]


def test_the_website_waits_for_keys_schema_and_database(file: dict[str, Any]) -> None:
    assert file["services"]["website"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "keys": {"condition": "service_completed_successfully"},
        "migrate": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_of_ours_and_reads(file: dict[str, Any], name: str) -> None:
    settings = {key: value for key, value in file["services"][name]["environment"].items() if key.startswith(PREFIX)}
    assert set(settings) == {PREFIX + key for key in DEFAULTS}
    assert not read_settings(settings).embedded


def test_the_dockerfile_agrees_with_the_compose_file(file: dict[str, Any]) -> None:
    text = (ROOT / "Dockerfile").read_text()
    website = file["services"]["website"]
    assert f"--uid {website['user'].split(':')[0]}" in text
    assert f"CMD {json.dumps(website['healthcheck']['test'][1:])}" in text
    assert text.rstrip().endswith(f"CMD {json.dumps(website['command'])}")
    for line in ("PBVOTE_DATA_DIR=/data", "PBVOTE_KEYS_DIR=/keys", "USER pbvote", "EXPOSE 8000"):
        assert line in text


class House:
    """The services' commands as processes of this machine: other folders, another port, a PostgreSQL on a socket."""

    def __init__(self, file: dict[str, Any], folder: Path, database_url: str) -> None:
        self.file = file
        self.keys = folder / "keys"
        (folder / "data").mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.changes = {
            "postgresql+psycopg://pbvote@database/pbvote": database_url,
            "/keys": str(self.keys),
            "/data": str(folder / "data"),
            "0.0.0.0": "127.0.0.1",  # noqa: S104  # an address to replace, not one to bind
            "http://127.0.0.1:8000": self.url,
            "8000": self.url.rsplit(":", 1)[1],
        }

    def local(self, text: str) -> str:
        """What stands in the file, as this machine has it."""
        found = next((name for name in self.changes if name in text), None)
        return text if found is None else text.replace(found, self.changes[found])

    def environment(self, service: str) -> dict[str, str]:
        declared = {name: self.local(value) for name, value in self.file["services"][service]["environment"].items()}
        return declared | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run a one-shot service to its end."""
        command = [self.local(word) for word in self.file["services"][service]["command"]]
        return subprocess.run(
            command, env=self.environment(service), check=False, capture_output=True, text=True, timeout=60
        )

    @contextmanager
    def website(self) -> Iterator[subprocess.Popen[str]]:
        command = self.file["services"]["website"]["command"]
        with subprocess.Popen(
            command, env=self.environment("website"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.wait(timeout=30)

    def is_healthy(self) -> bool:
        """The health check of the file, as it stands."""
        program, *arguments = self.file["services"]["website"]["healthcheck"]["test"][1:]
        command = [program, *(self.local(word) for word in arguments)]
        done = subprocess.run(command, env=self.environment("website"), check=False, capture_output=True)
        return done.returncode == 0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def house(file: dict[str, Any], tmp_path: Path) -> Iterator[House]:
    """With an empty database, as the container of a new installation has it, in a PostgreSQL that may be served."""
    cluster = Cluster(durable=True)
    cluster.start()
    try:
        yield House(file, tmp_path, cluster.url("postgres"))
    finally:
        cluster.stop()


def test_the_start_up_commands_bring_the_website_up(house: House) -> None:
    made = house.run("keys")
    assert made.returncode == 0, made.stderr
    keys = {path.name: path.read_bytes() for path in house.keys.iterdir()}
    assert set(keys) == {"pepper.key", "sign.key", "ticket.key"}

    migrated = house.run("migrate")
    assert migrated.returncode == 0, migrated.stderr

    with house.website() as process:
        deadline = time.monotonic() + SECONDS_TO_START
        while not house.is_healthy():
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < deadline, "the website did not become healthy"
        page = httpx.get(f"{house.url}/en/", follow_redirects=True)
        assert page.status_code == httpx.codes.OK
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Your partnership" in page.text

    again = house.run("keys")
    assert again.returncode == 0
    assert {path.name: path.read_bytes() for path in house.keys.iterdir()} == keys


def test_the_website_refuses_to_start_on_an_old_schema(house: House) -> None:
    assert house.run("keys").returncode == 0
    with house.website() as process:
        said, _ = process.communicate(timeout=SECONDS_TO_START)
    assert process.returncode not in {0, -15}
    assert "pbvote migrate" in said
    assert "Traceback" not in said
