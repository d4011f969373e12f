"""The browser's count, run by node: one process that counts as many elections as it is given."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pbvote.recount import NO_TERMS, Ballots, Terms

ROOT = Path(__file__).parents[2]
NODE = Path(sys.executable).parent / "node"
SOURCE = ROOT / "frontend" / "js"
RUNNER = Path(__file__).with_suffix(".mjs")
EXACT = 2**53

Parameters = dict[str, str | int | bool]


class BrowserCount:
    """Counts as the browser would."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._last: Ballots | None = None

    def count(
        self, ballots: Ballots, rule: str, parameters: Parameters, ties: str, terms: Terms = NO_TERMS
    ) -> dict[str, Any]:
        """What the count returns; `{"refused": ...}` if it says that it cannot."""
        asked = asking(ballots, rule, parameters, ties, terms)
        if ballots is self._last:
            asked["election"] = "the last one"
        self._last = ballots
        return self.ask(asked)

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The same for what the count is given, as it is given it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "crashed" not in answer, answer["crashed"]
        return answer


def asking(ballots: Ballots, rule: str, parameters: Parameters, ties: str, terms: Terms = NO_TERMS) -> dict[str, Any]:
    """What the count is given, as JSON."""
    return {
        "election": _election(ballots),
        "rule": rule,
        "parameters": {name: _whole(value) for name, value in parameters.items()},
        "ties": ties,
        "terms": _terms(terms),
    }


@contextmanager
def browser_count(source: Path = SOURCE) -> Iterator[BrowserCount]:
    """The count of the scripts in `source`, frontend/js or a copy of it."""
    command = [
        str(NODE),
        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        str(RUNNER),
        str(source / "verify" / "count" / "recount.js"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BrowserCount(process)
        assert process.stdin
        process.stdin.close()


def _whole(value: str | bool | int) -> str | bool | int:  # noqa: FBT001  as they are in the parameters
    """Numbers as the runner reads them."""
    return f"{value}n" if isinstance(value, int) and abs(value) >= EXACT else value


def _election(ballots: Ballots) -> dict[str, Any]:
    return {
        "projects": [
            {"id": project.id, "cost": _whole(project.cost), "categories": project.categories}
            for project in ballots.projects
        ],
        "budget": _whole(ballots.budget),
        "voteType": ballots.vote_type,
        "minorUnits": ballots.minor_units,
        "cast": [{"projects": cast.projects, "points": cast.points, "count": cast.count} for cast in ballots.cast],
    }


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "pots": [
            {"id": pot.id, "amount": _whole(pot.amount), "categories": pot.categories, "projects": pot.projects}
            for pot in terms.pots
        ],
        "prefunded": terms.prefunded,
        "exclusions": terms.exclusions,
        "minVotes": terms.min_votes,
        "smallest": {name: _whole(amount) for name, amount in terms.smallest.items()},
        "reserve": terms.reserve,
    }
