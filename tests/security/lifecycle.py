"""A vote beside its model: a dictionary that says what must be true, and the real verbs on a real database.

Each operation asserts what it got against the model. `finish` closes, counts, publishes and verifies, and compares what
was counted with the model, ballot by ballot and receipt by receipt. The suite runs it under hypothesis, and
`bench/lifecycle.py` for as many steps as one likes.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.ballotbox import receipts
from pbvote.ballotbox.bundle_files import read_bundle
from pbvote.ballotbox.checking import Kept
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys, make_keys
from pbvote.keys.polls import link_key
from pbvote.outcomes.service import count
from pbvote.publication.certifying import ChallengesAreOpen, NotCertified, certify, destroy_keys
from pbvote.publication.files import BUNDLE, SCRUTINY
from pbvote.publication.models import PublicationFile
from pbvote.publication.service import Candidate, prepare, publish
from pbvote.roll.codes import hash_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.roll.replacing import UnknownReference, replace_code
from pbvote.roll.service import NotOnTheRoll, add_electors
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import NotInThisPhase, VotingIsClosed, VotingIsPaused
from pbvote.verify import verify
from pbvote.voting.batches import enter_waiting
from pbvote.voting.box import IdempotencyKeyReused
from pbvote.voting.casting import BallotIsNotValid, Cast, Stored, cast
from pbvote.voting.closing import close_voting
from pbvote.voting.interruptions import extend_voting, pause_voting, resume_voting
from pbvote.voting.roll_changes import remove_elector, void_ballot
from pbvote.voting.timekeeper import keep_time
from tests.house import agree_to_open, make_people, make_round, two_officers

SLUG = "harbourside-2026"
CHOICES: tuple[tuple[int, ...], ...] = ((1,), (2,), (3,), (4,), (1, 2), (1, 4), (3, 4), ())
TOO_DEAR = (2, 3)
ELECTORS = 60
OPERATIONS = 150  # in each vote, before it is finished; a group of casts is one operation and many steps
KINDS = ("valid", "valid", "valid", "again", "dear", "stale", "reused")
RARE = ("replace_code", "void", "remove", "pause", "resume", "extend", "enter_batch", "certify_too_early", "close")
WEIGHTS = (6, 3, 1, 2, 8, 1, 8, 1, 0.1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Result = TypeVar("Result")
TwoOfficers = Callable[[AsyncSession, Round, Consent, Actor], Awaitable[Approval]]


@dataclass
class StoryClock:
    """A clock that the story moves."""

    moment: datetime = START

    async def __call__(self, db: AsyncSession) -> datetime:
        del db
        return self.moment

    def advance(self, **difference: float) -> None:
        self.moment += timedelta(**difference)


@dataclass
class Person:
    """An elector in the model: the code that works now, those that did, and the choice that counts."""

    code: str
    reference: str
    old_codes: list[str] = field(default_factory=list)
    choice: tuple[int, ...] | None = None
    receipt: receipts.Receipt | None = None
    removed: bool = False
    last: tuple[Cast, Stored] | None = None


@dataclass
class World:
    """The database, and what must be true of it."""

    database: Database
    keys: Keys
    clock: StoryClock
    poll: UUID
    people: list[Person]
    chance: random.Random
    state: str = "open"
    replaced: list[receipts.Receipt] = field(default_factory=list)
    sent: int = 0
    steps: int = 0

    async def cast(self, who: Sequence[int], kind: str = "valid") -> None:
        """Electors cast, all in one transaction. `kind`: valid, again (the very same), dear, stale, reused."""
        casts = [self._cast(self.people[index], kind) for index in who]
        self.steps += len(casts)
        try:
            async with self.database.session(write=True) as db:
                results = await cast(db, self.keys, self.poll, casts)
        except VotingIsPaused:
            assert self.state == "paused"
            return
        except VotingIsClosed:
            assert self.state not in {"open", "paused"}
            return
        for index, sent, result in zip(who, casts, results, strict=True):
            self._learn(self.people[index], sent, result, kind)

    def _cast(self, person: Person, kind: str) -> Cast:
        if kind in {"again", "reused"} and person.last is not None:
            before = person.last[0]
            if kind == "again":
                return before
            other = self.chance.choice([choice for choice in CHOICES if choice != before.choice.projects])
            return Cast(person.code, Choice(other, None), before.key, before.ticket, before.browser_random)
        self.sent += 1
        choice = TOO_DEAR if kind == "dear" else self.chance.choice(CHOICES)
        code = self.chance.choice(person.old_codes) if kind == "stale" and person.old_codes else person.code
        ticket, drawn = (self.chance.randbytes(16), self.chance.randbytes(32)) if self.sent % 3 else (None, None)
        return Cast(code, Choice(choice, None), f"cast-number-{self.sent:012}", ticket, drawn)

    def _learn(self, person: Person, sent: Cast, result: Stored | DomainError, kind: str) -> None:
        known = person.last is not None and sent == person.last[0] and not person.removed
        if self.state != "open":  # whoever sends the very same again gets the same answer, and nobody else any
            assert isinstance(result, Stored if known else NotInThisPhase), result
            return
        if person.removed or sent.code != person.code:
            assert isinstance(result, NotOnTheRoll), result
            return
        if kind == "dear":
            assert isinstance(result, BallotIsNotValid), result
            return
        if kind == "reused" and person.last is not None:
            assert isinstance(result, IdempotencyKeyReused), result
            return
        assert isinstance(result, Stored), result
        if person.last is not None and sent == person.last[0]:
            assert result.receipt == person.last[1].receipt
            return
        if person.receipt is not None:
            self.replaced.append(person.receipt)
        person.choice, person.receipt = sent.choice.projects, result.receipt
        person.last = (sent, result)

    async def replace_code(self, index: int) -> None:
        """A clerk gives an elector a new code; the slot stays."""
        person = self.people[index]
        self.steps += 1
        async with self.database.session(write=True) as db:
            round_ = await self._round(db)
            clerk = (await two_officers(db, round_))[0]
            try:
                code = await replace_code(db, self.keys, round_, person.reference, clerk)
            except UnknownReference:
                assert person.removed
                return
            except NotInThisPhase:
                assert self.state != "open"
                return
        assert not person.removed
        person.old_codes.append(person.code)
        person.code, person.last = code, None

    async def void(self, index: int) -> None:
        """Two officers take a ballot out of the count."""
        person = self.people[index]
        done = await self._two(
            lambda db, round_, consent, actor: void_ballot(db, self.keys, round_, person.reference, consent, actor),
            allowed=self.state in {"open", "paused"},
            known=not person.removed,
        )
        if done:
            self._forget_ballot(person)

    async def remove(self, index: int) -> None:
        """Two officers take an elector off the roll."""
        person = self.people[index]
        done = await self._two(
            lambda db, round_, consent, actor: remove_elector(db, self.keys, round_, person.reference, consent, actor),
            allowed=self.state in {"open", "paused"},
            known=not person.removed,
        )
        if done:
            self._forget_ballot(person)
            person.removed = True

    def _forget_ballot(self, person: Person) -> None:
        if person.receipt is not None:
            self.replaced.append(person.receipt)
        person.choice = person.receipt = None

    async def pause(self) -> None:
        """Two officers pause the vote."""
        paused = await self._two(
            lambda db, round_, consent, actor: pause_voting(db, self.keys, round_, consent, actor),
            allowed=self.state == "open",
        )
        self.state = "paused" if paused else self.state

    async def resume(self) -> None:
        """Two officers let it go on."""
        resumed = await self._two(
            lambda db, round_, consent, actor: resume_voting(db, self.keys, round_, consent, actor),
            allowed=self.state == "paused",
        )
        self.state = "open" if resumed else self.state

    async def extend(self) -> None:
        """Two officers move the close by an hour."""
        async with self.database.session(write=False) as db:
            closes = (await self._round(db)).voting_close_at
        assert closes is not None
        later = f"{closes + timedelta(hours=1):%Y-%m-%dT%H:%M}"
        if self.state in {"open", "paused"} and not "2026-03-28" < later < "2026-03-30":
            await self._two(
                lambda db, round_, consent, actor: extend_voting(db, self.keys, round_, later, consent, actor),
                allowed=True,
            )

    async def enter_batch(self) -> None:
        """The timekeeper's pass over the waiting ballots."""
        self.steps += 1
        async with self.database.session(write=True) as db:
            await enter_waiting(db, self.keys, self.poll)

    async def close(self) -> None:
        """Two officers close the vote before its time."""
        closed = await self._two(
            lambda db, round_, consent, actor: close_voting(db, self.keys, round_, consent, actor),
            allowed=self.state in {"open", "paused"},
        )
        self.state = "closed" if closed else self.state

    async def certify_too_early(self) -> None:
        """Nothing is certified or destroyed before its time."""
        self.steps += 1
        async with self.database.session(write=True) as db:
            round_ = await self._round(db)
            officer = (await two_officers(db, round_))[0]
            for verb in (certify, destroy_keys):
                try:
                    await verb(db, self.keys, round_, Consent(), officer)
                except (NotInThisPhase, ChallengesAreOpen, NotCertified):
                    continue
                raise AssertionError(f"{verb.__name__} was possible in the state {self.state}")

    async def finish(self) -> None:
        """Close, count, publish, verify; then certify and destroy the keys."""
        await self.close()
        async with self.database.session(write=True) as db:
            round_ = await self._round(db)
            first, second = await two_officers(db, round_)
            outcome = await count(db, self.keys, round_, first)
            consent = Consent()
            for officer in (first, second):
                prepared = await prepare(db, self.keys, round_, Candidate(outcome.id), consent, officer)
                consent = Consent((await publish(db, self.keys, round_, prepared, consent, officer)).id)
        self.state = "published"
        await self._compare()
        await self.certify_too_early()
        self.clock.advance(days=92)
        await self._two(lambda db, round_, consent, actor: certify(db, self.keys, round_, consent, actor), allowed=True)
        await self._two(
            lambda db, round_, consent, actor: destroy_keys(db, self.keys, round_, consent, actor), allowed=True
        )
        assert not list((self.keys.folder / "polls").glob("*.link"))
        await self.cast([0])

    async def _compare(self) -> None:
        """What was published against the model: every ballot, every receipt."""
        async with self.database.session(write=False) as db:
            files = {
                file.name: file.content
                for file in await db.scalars(
                    select(PublicationFile).where(PublicationFile.name.in_([BUNDLE, SCRUTINY]))
                )
            }
        data = files.get(SCRUTINY, files[BUNDLE])
        current = [person.receipt for person in self.people if person.receipt is not None]
        promised = [*current, *self.replaced][-500:]
        report = verify(data, Kept(pins=(self.keys.sign.verify_key,), receipts=tuple(promised)))
        assert report.code == 0, report.wrong
        bundle = read_bundle(data)
        assert bundle.ballots is not None
        opened = {ballot.commitment: ballot.opening.ballot().projects for ballot in bundle.ballots.counted}
        assert opened.keys() == {receipt.commitment for receipt in current}
        expected = Counter(tuple(sorted(person.choice)) for person in self.people if person.choice is not None)
        assert Counter(tuple(sorted(projects)) for projects in opened.values()) == expected
        assert set(bundle.superseded) == {receipt.commitment for receipt in self.replaced}

    async def _two(self, verb: TwoOfficers, *, allowed: bool, known: bool = True) -> bool:
        """Two officers take a step, each in a transaction; whether it was done. One alone never does it."""
        self.steps += 1
        asked: UUID | None = None
        for number in (0, 1):
            try:
                async with self.database.session(write=True) as db:
                    round_ = await self._round(db)
                    officer = (await two_officers(db, round_))[number]
                    approval = await verb(db, round_, Consent(asked, "for the sake of the story"), officer)
                    assert (approval.approved_at is not None) == (number == 1)
                    asked = approval.id
            except NotInThisPhase:
                assert not allowed
                return False
            except NotFound:
                assert not known
                return False
        assert allowed
        assert known
        return True

    async def _round(self, db: AsyncSession) -> Round:
        return (await db.scalars(select(Round).where(Round.slug == SLUG))).one()


async def make_world(url: str, keys_folder: Path, electors: int, seed: int) -> World:
    """A vote that has just opened, on an empty database that has the schema."""
    clock = StoryClock()
    database, keys = connect(url, clock), make_keys(keys_folder, "vote.example.org")
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        codes = await add_electors(db, keys, round_, "letters", electors, None)
        people = [Person(code, f"R-{number}") for number, code in enumerate(codes)]
        for person in people:  # the forum knows them by a reference, as if they had come from a file
            found = (Elector.round_id == round_.id, Elector.code_hash == hash_code(keys.pepper, person.code))
            reference = hash_reference(keys, round_.id, person.reference)
            await db.execute(update(Elector).where(*found).values(reference_hash=reference))
    await agree_to_open(database, SLUG)
    clock.advance(days=1)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        poll = (await db.scalars(select(Round).where(Round.slug == SLUG))).one().poll.id
    assert link_key(keys, poll)
    return World(database, keys, clock, poll, people, random.Random(seed))  # noqa: S311  # a story


async def one_step(world: World, chance: random.Random, seen: Counter[str]) -> None:
    """Any operation, on anybody."""
    if chance.random() < 0.7:  # most of what happens in a vote is voting
        kind = chance.choice(KINDS)
        await world.cast(chance.sample(range(ELECTORS), chance.randint(1, ELECTORS)), kind)
        seen[f"cast {kind}"] += 1
        return
    [name] = chance.choices(RARE, WEIGHTS)
    seen[name] += 1
    if name in {"replace_code", "void", "remove"}:
        await getattr(world, name)(chance.randrange(ELECTORS))
    else:
        await getattr(world, name)()


async def one_vote(template: Path, seed: int, seen: Counter[str]) -> int:
    """A whole vote of random operations; the steps that it took. `seen` counts operations by name."""
    chance = random.Random(seed)  # noqa: S311  # a story
    with quick_folder() as folder:
        shutil.copy(template, folder / "pbvote.db")
        world = await make_world(f"sqlite+aiosqlite:///{folder / 'pbvote.db'}", folder / "keys", ELECTORS, seed)
        for _ in range(OPERATIONS):
            await one_step(world, chance, seen)
        await world.finish()
        await world.database.close()
    return world.steps


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory, where there is one: nothing durable is looked at here, and a disk would be slow."""
    memory = Path("/dev/shm")  # noqa: S108  # made by mkdtemp, for this user alone
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)
