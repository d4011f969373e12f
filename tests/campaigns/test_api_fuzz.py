"""Requests made up from the API's description: nothing fails, and every answer is one that the description names.

One or two for each operation here; `bench/fuzz_api.py` asks a hundred thousand of a larger installation.
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from pbvote.db import connect
from tests.campaigns.fuzz_server import FAILS, LIES, serving
from tests.campaigns.fuzz_world import in_town
from tests.campaigns.fuzzing import Findings, Hunt, description
from tests.campaigns.town import Town

CASES, SEED = 300, 2026


def hunt(town: Town, cases: int, *, at_once: int = 1, planted: bool = False, only: Sequence[str] = ()) -> Findings:
    """Ask so many of a server of this town."""
    world = anyio.run(in_town, town)
    with serving(world, planted=planted) as address:
        hunting = Hunt(description(), world, connect(town.database_url), address)
        try:
            return hunting.run(cases, SEED, only, at_once=at_once)
        finally:
            hunting.close()


def test_nothing_fails_and_every_answer_is_described(town: Town) -> None:
    found = hunt(town, CASES)
    assert found.serious() == []
    assert found.cases == CASES
    assert len(found.answered) > 12, "most was refused: this looked at nothing"


def test_a_route_that_fails_and_one_that_lies_are_found(town: Town) -> None:
    found = hunt(town, 24, at_once=12, planted=True, only=[f"GET {FAILS}", f"GET {LIES}"])
    kinds = {key[:3] for key in found.faults}
    assert (f"GET {FAILS}", "500", "ServerError") in kinds
    assert (f"GET {LIES}", "200", "JsonSchemaError") in kinds
