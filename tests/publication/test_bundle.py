"""The bundle of a real vote: it verifies, tells no more than it may, and is the same whenever it is made."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle import BALLOTS, ELECTION
from pbvote.ballotbox.bundle_files import read_bundle
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import cosign
from pbvote.ballotbox.notes import read_key
from pbvote.ballotbox.receipts import Receipt, promise
from pbvote.ballotlog.service import newest_checkpoint
from pbvote.ballotlog.witnesses import add_cosignatures
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.outcomes.models import Outcome
from pbvote.publication import making
from pbvote.publication.files import BUNDLE, SCRUTINY
from pbvote.publication.making import make_files, open_again
from pbvote.publication.models import PublicationFile
from pbvote.rounds.models import Approval
from pbvote.verify import OK, WRONG, verify
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.roll_changes import remove_elector, void_ballot
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.ballotlog.logged import witness_key
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote
from tests.voting.steps import SLUG, agreed, leaves, round_in

ROUND = f"/api/rounds/{SLUG}"
CHOICES: Sequence[tuple[int, ...]] = ((1,), (1, 2), (4,), (1, 4), (3,), ())
People = dict[str, httpx.AsyncClient]


@dataclass(frozen=True)
class Held:
    """A vote that was held: receipts of ballots that count and of those that do not, and a checkpoint."""

    poll: UUID
    counted: list[Receipt]
    superseded: list[Receipt]
    checkpoint: str


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database)
    opened = {name: browser(app) for name in ("officer", "second", "scrutineer", "organiser", "nobody")}
    for name, client in opened.items():
        if name != "nobody":
            await let_in(database, client, f"{name}@example.org")
    yield opened
    for client in opened.values():
        await client.aclose()


async def hold(database: Database, keys: Keys, clock: SettableClock, electors: int) -> Held:
    """Everybody votes; one votes again, one ballot is voided and one elector taken off the roll. Then the close."""
    codes = await make_codes(database, keys, count=electors + 2)
    poll = await open_the_vote(database, keys, clock)

    async def votes(some: Sequence[str], again: str = "") -> list[Receipt]:
        casts = [
            Cast(
                code,
                Choice(CHOICES[index % len(CHOICES)], None),
                f"a-cast-{again}-{code[:9]}-{index:04}",
                *((secrets.token_bytes(16), secrets.token_bytes(32)) if index % 2 else (None, None)),
            )
            for index, code in enumerate(some)
        ]
        async with database.session(write=True) as db:
            results = await cast(db, keys, poll, casts)
        assert all(isinstance(result, Stored) for result in results), results
        return [result.receipt for result in results if isinstance(result, Stored)]

    first = await votes(codes)
    await enter_batches(database, keys)
    async with database.session(write=False) as db:
        checkpoint = await newest_checkpoint(db, poll)
    assert checkpoint is not None
    [second] = await votes(codes[:1], "again")
    await agreed(database, lambda db, round_, *rest: void_ballot(db, keys, round_, codes[1], *rest))
    await agreed(database, lambda db, round_, *rest: remove_elector(db, keys, round_, codes[2], *rest))
    clock.advance(days=14)
    await keep_time(database, keys)
    return Held(poll, [second, *first[3:]], first[:3], checkpoint.note)


async def publish(people: People) -> None:
    outcome = (await people["officer"].post(f"{ROUND}/count", json={})).json()["outcome_id"]
    done = await agree(people["officer"], people["second"], f"{ROUND}/publish", {"outcome_id": outcome})
    assert done.status_code == 200, done.text


async def stored(database: Database) -> dict[str, bytes]:
    """The files of the publication."""
    async with database.session(write=False) as db:
        return {file.name: file.content for file in await db.scalars(select(PublicationFile))}


def signed_by(keys: Keys, held: Held) -> Kept:
    """What a voter and a scrutineer bring along."""
    return Kept((keys.sign.verify_key,), held.checkpoint, (*held.counted, *held.superseded))


def findings(data: bytes, kept: Kept | None = None) -> tuple[int, tuple[str, ...]]:
    report = verify(data, kept)
    return report.code, report.wrong


async def test_few_ballots_are_for_scrutineers_alone(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    held = await hold(database, keys, clock, 28)
    assert len(held.counted) == 28
    await publish(people)
    public = await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")
    assert public.status_code == 200
    assert set(read_archive(public.content)) & {BALLOTS, ELECTION} == set()
    assert findings(public.content, signed_by(keys, held)) == (OK, ())
    for name in (SCRUTINY, BALLOTS, ELECTION):
        assert (await people["nobody"].get(f"{ROUND}/results/{name}")).status_code in {403, 404}
    offered = (await people["nobody"].get(f"{ROUND}/results")).json()["downloads"]
    assert SCRUTINY not in [file["name"] for file in offered]
    for who, status in (("nobody", 401), ("officer", 403), ("organiser", 403)):
        assert (await people[who].get(f"{ROUND}/scrutiny/bundle.zip")).status_code == status
    whole = await people["scrutineer"].get(f"{ROUND}/scrutiny/bundle.zip")
    assert findings(whole.content, signed_by(keys, held)) == (OK, ())
    with_ballots, without = read_archive(whole.content), read_archive(public.content)
    assert {name: with_ballots[name] for name in without} == without
    assert with_ballots.keys() - without.keys() == {BALLOTS, ELECTION}


async def test_from_thirty_on_everybody_gets_every_ballot(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    held = await hold(database, keys, clock, 30)
    await publish(people)
    public = await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")
    scrutiny = await people["scrutineer"].get(f"{ROUND}/scrutiny/bundle.zip")
    assert public.content == scrutiny.content
    assert SCRUTINY not in await stored(database)
    bundle = read_bundle(public.content)
    assert bundle.ballots is not None
    assert {one.commitment for one in bundle.ballots.counted} == {one.commitment for one in held.counted}
    assert set(bundle.superseded) == {one.commitment for one in held.superseded}
    assert bundle.roll == {"channels": {"online": 30}, "electors": 31}
    assert findings(public.content, signed_by(keys, held)) == (OK, ())


async def test_it_names_what_two_officers_did_and_nobody_else(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold(database, keys, clock, 28)
    await publish(people)
    bundle = read_bundle((await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")).content)
    steps: Any = bundle.approvals
    assert [step["action"] for step in steps] == ["open_voting", "void_ballot", "remove_elector", "publish"]
    assert {(step["asked_by"], step["approved_by"]) for step in steps} == {("Officer", "Second")}
    assert {name for step in steps for name in step} == {
        "action",
        "reason",
        "asked_by",
        "asked_at",
        "approved_by",
        "approved_at",
    }
    assert [leaf.type for leaf in bundle.log if leaf.type != "ballot"] == [
        "config",
        "open",
        "void",
        "roll-change",
        "close",
        "result",
    ]


async def test_what_the_public_got_is_what_the_log_names(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    held = await hold(database, keys, clock, 30)
    await publish(people)
    data = (await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")).content
    assert [leaf.encode() for leaf in read_bundle(data).log] == [
        leaf.encode() for leaf in await leaves(database, held.poll)
    ]
    files = read_archive(data)
    for name in ("outcome.json", "roll.json", "superseded.txt", "approvals.json", "ballots.txt", "config.json"):
        changed = files | {name: files[name].replace(b"0", b"1", 1)}
        assert changed != files
        code, wrong = findings(write_archive(changed))
        assert code != OK, name
        assert wrong, name


async def test_a_receipt_of_a_ballot_that_was_left_out_is_missed(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    held = await hold(database, keys, clock, 30)
    await publish(people)
    data = (await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")).content
    never_in_the_box = promise(keys.sign, held.poll, bytes(32), None)
    assert findings(data, Kept(receipts=(never_in_the_box,)))[0] == WRONG


async def test_witnesses_who_signed_are_in_it(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    witness, silent = witness_key(), witness_key("example.org/silent", 8)
    for key in (witness, silent):
        added = await people["scrutineer"].post(f"{ROUND}/witnesses", json={"key": key.verify_key.text})
        assert added.status_code < 300, added.text
    held = await hold(database, keys, clock, 30)
    async with database.session(write=True) as db:
        closed = await newest_checkpoint(db, held.poll)
        assert closed is not None
        await add_cosignatures(
            db, await round_in(db), held.poll, cosign(closed.note, witness, int(clock.moment.timestamp()))
        )
    await publish(people)
    data = (await people["nobody"].get(f"{ROUND}/results/{BUNDLE}")).content
    assert read_bundle(data).witnesses == (witness.verify_key,)
    trusted = Kept((keys.sign.verify_key, witness.verify_key))
    assert findings(data, trusted) == (OK, ())
    assert findings(data, Kept((silent.verify_key,)))[0] == WRONG


@pytest.mark.parametrize("electors", [28, 30])
async def test_made_again_from_the_same_database_it_is_the_same_bytes(
    people: People,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    electors: int,
) -> None:
    await hold(database, keys, clock, electors)
    await publish(people)
    before = await stored(database)

    async def as_it_is(*rest: object) -> None:
        """The leaf of the result is in the log already."""
        del rest

    monkeypatch.setattr(making, "append", as_it_is)
    clock.advance(days=30)
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        outcome = (await db.scalars(select(Outcome))).one()
        approval = (await db.scalars(select(Approval).where(Approval.action == "publish"))).one()
        opened = await open_again(db, keys, round_, outcome, ())
        again = await make_files(db, keys, round_, opened, approval)
    assert {name: content for name, _, content in again.files} == before
    assert read_key(read_bundle(before[BUNDLE]).config["log_key"]) == keys.sign.verify_key
