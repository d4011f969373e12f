"""Requests made up from the API's description, asked of a real server by people of every role.

Half of what is made up fits the description, half breaks it; ids, slugs, codes and versions are often those of what is
really there, or of what an answer before told. Every answer must be one that the description names: its status, its
media type, its headers and its shape. Nothing stops at the first fault: they are collected, each kind once.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pbvote.db import Database
from pbvote.web.sign_in import COOKIE
from tests.campaigns.fuzz_world import ROLES, World, let_in

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.json"
PATIENCE = 30.0
AT_ONCE = 12  # cases of one operation before the next one has its turn: two for each role
REMEMBERED = 40
MOST_READ = 20_000
REAL = 0.8  # how often something real stands where the description asks for any text
NASTY = 0.25  # how often one value is one that has broken servers before
IN_ADDRESSES = ["\0", "a\0b", "\u202e", "'", '"', "a" * 2_000, "\r\nx: y", "2026-02-30", "-", " "]
TEXTS = [*IN_ADDRESSES, "\ud800", "../..", "%00", ""]  # half a character is something that only JSON can say
NUMBERS = [-1, 0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**70, 10**400]
# What the `id` in an answer below such an address is called elsewhere.
CALLED = {
    "comments": "comment_id",
    "questions": "question_id",
    "guests": "guest_id",
    "notes": "remark_id",
    "feedback": "remark_id",
    "photos": "attachment_id",
    "documents": "attachment_id",
    "invites": "invite_id",
    "batches": "batch_id",
}
LEARNT = frozenset({"key", "token", "ticket", "version", "code", "made"})
FILES: dict[str, list[bytes]] = {
    "text/csv": [
        b"reference,name,address_1,email\nF1,Kim,1 Mill Lane,kim@fuzz.example\nF2,Lee,2 Mill Lane,\n",
        b"reference\nTS1-0001\nTS1-0002\n",
        b"reference,reference\n1,2\n",
        b'"unfinished\n',
        b"\xff\xfe\x00",
    ],
    "application/geo+json": [
        b'{"type":"Polygon","coordinates":[[[-1.0,54.6],[-1.1,54.6],[-1.1,54.7],[-1.0,54.6]]]}',
        b'{"type":"Polygon","coordinates":[[]]}',
        b'{"type":"Polygon","coordinates":[[[1e999,54.6],[-1.1,54.6],[-1.1,54.7],[1e999,54.6]]]}',
        b"[]",
        b"{",
    ],
    "image/png": [b"\x89PNG\r\n\x1a\n", b"GIF89a"],
    "image/jpeg": [b"\xff\xd8\xff\xe0", b""],
    "image/webp": [b"RIFF\x00\x00\x00\x00WEBP"],
    "application/pdf": [b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF", b"%PDF"],
    "application/vnd.oasis.opendocument.text": [b"PK\x03\x04", b""],
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": [b"PK\x05\x06" + bytes(18)],
}


@dataclass(slots=True)
class Findings:
    """How many cases each role asked, by the first digit of the answer; each kind of fault with the first case."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: dict[tuple[str, ...], str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)

    @property
    def cases(self) -> int:
        """All cases."""
        return sum(self.asked.values())

    def of(self, role: str, digit: str = "") -> int:
        """Cases of one role, of all answers or of those whose status begins with a digit."""
        return sum(count for (who, what), count in self.asked.items() if who == role and what.startswith(digit))

    def serious(self) -> list[str]:
        """Every fault in one line."""
        return [f"{' '.join(key)}: {told}" for key, told in sorted(self.faults.items())]


class Hunt:
    """One hunt: a world, the address of its server, and what was found."""

    def __init__(self, description: Mapping[str, Any], world: World, database: Database, address: str) -> None:
        register_files()
        self.schema = schemathesis.openapi.from_dict(dict(description))
        self.world, self.database, self.address = world, database, address
        self.known = {name: deque(values, REMEMBERED) for name, values in world.known.items()}
        self.runner = asyncio.Runner()
        self.sessions = {role: self._browser(role) for role in ROLES}
        self.roles = itertools.cycle(ROLES)
        self.findings = Findings()

    def run(
        self, cases: int, seed: int, only: Sequence[str] = (), seconds: float = math.inf, at_once: int = AT_ONCE
    ) -> Findings:
        """Ask so many, or for so long, operation by operation in an order that the seed says, a few at a time."""
        end = time.monotonic() + seconds
        chance = random.Random(seed)  # noqa: S311  # a test's
        operations: list[Any] = [found.ok() for found in list[Any](self.schema.get_all_operations())]
        asked = [(operation, strategy_of(operation)) for operation in operations if _wanted(operation, only)]
        for _ in itertools.count():
            chance.shuffle(asked)
            for operation, strategy in asked:
                left = cases - self.findings.cases
                if left <= 0 or time.monotonic() > end:
                    return self.findings
                self._ask(operation, strategy, min(at_once, left), chance.getrandbits(64))
        raise AssertionError

    def close(self) -> None:
        """Hang up."""
        for session in self.sessions.values():
            session.close()
        self.runner.run(self.database.close())
        self.runner.close()

    def _ask(self, operation: Any, strategy: Any, cases: int, seed: int) -> None:  # schemathesis' own
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=strategy, dice=st.integers(0, 2**64 - 1))
        def ask(case: Any, dice: int) -> None:
            self._one(operation.label, case, random.Random(dice))  # noqa: S311  # a test's

        try:
            ask()
        except Unsatisfiable:
            return

    def _one(self, label: str, case: Any, chance: random.Random) -> None:
        role = next(self.roles)
        self._make_real(case, chance)
        session = self.sessions[role]
        try:
            answer = case.call(base_url=self.address, session=session, allow_redirects=False, timeout=PATIENCE)
        except requests.RequestException as error:
            self.findings.asked[role, "no answer"] += 1
            self._fault((label, "no answer", type(error).__name__), case, session)
            return
        self.findings.asked[role, str(answer.status_code)] += 1
        if answer.status_code < 400:  # answers from here on are problems
            self.findings.answered.add(label)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                first = (str(failure).splitlines() or [""])[0]
                self._fault((label, str(answer.status_code), type(failure).__name__, first[:200]), case, session)
        self._learn(label, answer)
        if ROLES[role] is not None and answer.status_code in {401, 403}:
            self._let_back_in(role)

    def _fault(self, key: tuple[str, ...], case: Any, session: requests.Session) -> None:
        if key not in self.findings.faults:
            del session
            self.findings.faults[key] = case.as_curl_command()[:1_500]

    def _make_real(self, case: Any, chance: random.Random) -> None:
        """Put things that are there in place of what was made up, more often than not."""
        for name in list(case.path_parameters or {}):
            if self.known.get(name) and chance.random() < REAL:
                case.path_parameters[name] = chance.choice(self.known[name])
        for name in list(case.query or {}):
            if self.known.get(name) and chance.random() < REAL:
                case.query[name] = chance.choice(self.known[name])
        if "proposal-key" in (case.headers or {}) and self.known.get("key") and chance.random() < REAL:
            case.headers["proposal-key"] = str(chance.choice(self.known["key"]))
        for part in _dicts(case.body):
            for name in list(part):
                if self.known.get(name) and chance.random() < REAL:
                    part[name] = chance.choice(self.known[name])
        if chance.random() < NASTY:
            _make_nasty([case.path_parameters, case.query, *_dicts(case.body)], chance)

    def _learn(self, label: str, answer: Any) -> None:
        """Remember the keys, ids and versions that an answer tells."""
        if answer.status_code >= 300 or len(answer.content) > MOST_READ:  # only what was done
            return
        if (answer.headers.get("content-type") or [""])[0].partition(";")[0] != "application/json":
            return  # a log is sent as a line of JSON for each event
        called = next((CALLED[part] for part in reversed(label.split("/")) if part in CALLED), None)
        for part in _dicts(answer.json()):
            for name, value in part.items():
                if name in LEARNT and isinstance(value, str | int) and not isinstance(value, bool):
                    self.known.setdefault(name, deque(maxlen=REMEMBERED)).append(value)
                elif name == "id" and isinstance(value, str):
                    meant = called or ("approves" if answer.status_code == 202 else None)
                    if meant:
                        self.known.setdefault(meant, deque(maxlen=REMEMBERED)).append(value)

    def _browser(self, role: str) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(NoCookies())
        if ROLES[role] is not None:
            token = self.runner.run(let_in(self.database, role))
            session.headers["cookie"] = f"{COOKIE}={token}"
        return session

    def _let_back_in(self, role: str) -> None:
        """Whoever signed out, or lost a role to what somebody asked, is let in again."""
        mine = self.sessions[role].get(f"{self.address}/api/me", timeout=PATIENCE)
        if mine.status_code == 200 and not mine.json()["must_set_up"] and self._has_roles(role, mine.json()):
            return
        self.sessions[role].headers["cookie"] = f"{COOKIE}={self.runner.run(let_in(self.database, role))}"

    @staticmethod
    def _has_roles(role: str, mine: dict[str, Any]) -> bool:
        granted = ROLES[role] or ("", ())
        return len(mine["roles"]) >= len(granted[1]) and bool(mine["administrator"]) == (role == "administrator")


class NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):  # type: ignore[misc,name-defined]
    """Nobody's sign-in becomes somebody else's: the cookie of a role is set by hand."""

    def set_ok(self, cookie: object, request: object) -> bool:
        """Take none."""
        del cookie, request
        return False


def description() -> dict[str, Any]:
    """The committed description of the API."""
    read: dict[str, Any] = json.loads(DESCRIPTION.read_text())
    return read


def strategy_of(operation: Any) -> Any:  # schemathesis' own types
    """Cases that fit the description, and as many that break it where something can be broken."""
    fits = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.body or operation.path_parameters or operation.query):
        return fits
    return st.one_of(fits, fits, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def register_files() -> None:
    """Bodies that are files: some that are nearly what is expected, and noise."""
    for media_type, samples in FILES.items():
        schemathesis.openapi.media_type(media_type, st.one_of(st.sampled_from(samples), st.binary(max_size=200)))


def _wanted(operation: Any, only: Sequence[str]) -> bool:
    return not only or operation.label in only


def _make_nasty(parts: Sequence[Any], chance: random.Random) -> None:
    """Put something nasty of the same type in place of one value."""
    places = [(part, name) for part in parts if isinstance(part, dict) for name in part]
    if not places:
        return
    part, name = chance.choice(places)
    if isinstance(part[name], str):
        part[name] = chance.choice(TEXTS if any(part is one for one in parts[2:]) else IN_ADDRESSES)
    elif isinstance(part[name], int) and not isinstance(part[name], bool):
        part[name] = chance.choice(NUMBERS)
    elif isinstance(part[name], list) and part[name] and not isinstance(part[name][0], dict):
        part[name] = part[name] * chance.choice([2, 50])


def _dicts(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _dicts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _dicts(value)
