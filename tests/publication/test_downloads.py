"""What comes for download beside a result: the verifier, and the bundle that scrutineers get."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.verify import verify
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

SCRUTINY = f"/api/rounds/{SLUG}/scrutiny/bundle.zip"


@pytest.fixture
async def people(app: Litestar, database: Database) -> dict[str, httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    signed_in = {name: browser(app) for name in ("officer", "second", "scrutineer")}
    for name, one in signed_in.items():
        await let_in(database, one, f"{name}@example.org")
    return signed_in


async def test_scrutineers_of_a_small_round_get_the_ballots_and_nobody_else(
    client: httpx.AsyncClient,
    people: dict[str, httpx.AsyncClient],
    database: Database,
    keys: Keys,
    clock: SettableClock,
) -> None:
    await hold_the_vote(database, keys, clock)
    outcome = await count(people["officer"])
    assert (await people["scrutineer"].get(SCRUTINY)).status_code == 404
    assert (await publish(people["officer"], people["second"], outcome)).status_code == 200
    assert (await client.get(SCRUTINY)).status_code == 401
    assert (await people["officer"].get(SCRUTINY)).status_code == 403
    assert (await client.get(f"/api/rounds/{SLUG}/results/bundle-with-ballots.zip")).status_code == 404
    whole = await people["scrutineer"].get(SCRUTINY)
    public = await client.get(f"/api/rounds/{SLUG}/results/bundle.zip")
    reports = [verify(answer.content) for answer in (whole, public)]
    assert [report.code for report in reports] == [0, 0]
    assert b"ballots.txt" in whole.content
    assert b"ballots.txt" not in public.content


async def test_the_verifier_comes_as_one_file_that_runs(client: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await client.get("/api/verifier/pbvote-verify.pyz")
    assert answer.status_code == 200
    file = tmp_path / "pbvote-verify.pyz"
    file.write_bytes(answer.content)
    done = subprocess.run([sys.executable, str(file), "--help"], capture_output=True, text=True, check=False)  # noqa: ASYNC221  # short
    assert done.returncode == 0
    assert "bundle" in done.stdout.lower()
