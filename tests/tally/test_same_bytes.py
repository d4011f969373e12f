"""The same election gives the same bytes: on another processor, with more threads, whatever the hashes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

COUNT_ALL = """
import json, random, sys
from pbvote.tally import RULES, Ballot, Election, Project, VoteType, outcome_to_json, tally

draw = random.Random(7)
names = [f"p{number}" for number in range(25)]
ballots = []
for _ in range(3000):
    chosen = draw.sample(names, draw.randint(0, 8))
    ballots.append(Ballot(tuple(chosen), tuple(draw.randint(0, 5) for _ in chosen)))
election = Election.of(
    projects=[Project(name, draw.randrange(1, 2_000_000)) for name in names],
    budget=5_000_003, vote_type=VoteType.CUMULATIVE, ballots=ballots,
)
for name, rule in RULES.items():
    for utility in ("votes", "points"):
        if not rule.parameters or rule.parameters[0].name != "utility":
            given = {}
        else:
            given = {"utility": utility}
        given |= {"k": 5} if name == "top" else {}
        given |= {"completion": "add1u", "step": 5_000} if name == "equal-shares" else {}
        print(json.dumps(outcome_to_json(tally(election, name, given, margins=True))))
"""


def bytes_with(**variables: str) -> bytes:
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", COUNT_ALL]
    done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=Path(__file__).parents[2])
    return done.stdout


@pytest.fixture(scope="module")
def expected() -> bytes:
    found = bytes_with(PYTHONHASHSEED="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    assert found.count(b"\n") >= 16
    return found


def test_with_more_threads_and_other_hashes(expected: bytes) -> None:
    assert bytes_with(PYTHONHASHSEED="2", OMP_NUM_THREADS="4", OPENBLAS_NUM_THREADS="4") == expected


def test_on_a_processor_that_can_do_less(expected: bytes) -> None:
    optional = np.show_config(mode="dicts")["SIMD Extensions"].get("found")
    if not optional:
        pytest.skip("NumPy uses nothing of this processor that it could do without")
    assert bytes_with(NPY_DISABLE_CPU_FEATURES=" ".join(optional)) == expected
