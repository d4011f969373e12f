"""What an insider may do to a vote: the vote as data, its bundle made anew by whoever has a key, and the attacks."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from pbvote.ballotbox import documents
from pbvote.ballotbox.bundle import (
    CONFIG_FORMAT,
    Ballots,
    Bundle,
    CountedBallot,
    ballots_file,
    counted_sha256,
    superseded_file,
    witnesses_file,
)
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, read_text, sign
from pbvote.ballotbox.log import ballot_leaves, event_leaf, read_leaf
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import Note, SigningKey, read_note
from pbvote.ballotbox.opening import Opening
from pbvote.tally import Ballot, Election, Project, TieOrder, VoteType, tally, write_pabulib
from tests.ballotbox.bundles import CLOSED, OFFICERS, OPENED, ORIGIN, POLL, PROJECTS, WITNESS, opening_of

RULE: dict[str, Any] = {"id": "equal-shares", "parameters": {"utility": "cost"}}
ELECTORS = 200


@dataclass(frozen=True)
class Ours:
    """A ballot in the log: under which commitment it stands, and what is said to open it."""

    commitment: bytes
    opening: Opening

    @staticmethod
    def of(opening: Opening) -> Ours:
        return Ours(opening.commitment, opening)


@dataclass(frozen=True)
class Vote:
    """A whole vote: what the log, the ballots and the result of its bundle are made from.

    `dearer` is by how much the first project costs more. `joined` electors came onto the roll before the last batch.
    `lie` changes the outcome after the count.
    """

    batches: tuple[tuple[Ours, ...], ...]
    superseded: frozenset[bytes]
    budget: int = 2_000_000
    dearer: int = 0
    dice: str = "31642"
    joined: int = 0
    lie: Callable[[dict[str, Any]], dict[str, Any]] = lambda outcome: outcome
    approved_by: str = OFFICERS[1]

    @property
    def counted(self) -> list[Ours]:
        return [ours for batch in self.batches for ours in batch if ours.commitment not in self.superseded]


def a_vote(chance: Random) -> Vote:
    """Two batches of ballots, some of which were replaced by later ones."""
    first, numbers = 20 + chance.randrange(6), chance.sample(range(10_000), 45)
    ballots = [Ours.of(opening_of(number)) for number in numbers]
    replaced = frozenset(ours.commitment for ours in ballots[: 1 + chance.randrange(5)])
    return Vote((tuple(ballots[:first]), tuple(ballots[first:])), replaced)


def published(vote: Vote, key: SigningKey, *, witnessed: bool, kept: tuple[Note, ...] = ()) -> Bundle:
    """The vote's bundle, signed with this key. `kept` are older checkpoints, which are shown where they still fit."""
    config: dict[str, Any] = {
        "budget": vote.budget,
        "currency": "GBP",
        "format": CONFIG_FORMAT,
        "log_key": key.verify_key.text,
        "origin": ORIGIN,
        "poll": str(POLL),
        "projects": [
            {"cost": 100_000 * n + vote.dearer * (n == 1), "number": n, "reference": f"P{n}"}
            for n in range(1, PROJECTS + 1)
        ],
        "rule": RULE,
        "ties": ["cheapest", "most-votes"],
        "vote_type": "approval",
    }
    ties = TieOrder.parse(",".join([*config["ties"], f"lot:{vote.dice}"]))
    election, outcome = counted_by_the_rule(config, ties, [ours.opening for ours in vote.counted])
    outcome = vote.lie(outcome)
    hashed = hashlib.sha256(election).hexdigest()
    ballots = Ballots(
        hashed, tuple(CountedBallot(o.commitment, o.opening) for o in sorted(vote.counted, key=lambda o: o.commitment))
    )
    superseded = tuple(sorted(vote.superseded))
    roll = {"channels": {"online": len(vote.counted)}, "electors": ELECTORS + vote.joined}
    approvals = [{"action": "publish", "approved_by": vote.approved_by, "asked_by": OFFICERS[0]}]
    files = {
        "approvals": documents.encode(approvals),
        "ballots": ballots_file(ballots),
        "outcome": documents.encode(outcome),
        "roll": documents.encode(roll),
        "superseded": superseded_file(superseded),
        "witnesses": witnesses_file((WITNESS.verify_key,)),
    }
    log, notes = written(vote, config, files, key, witnessed=witnessed)
    still = [note for note in kept if fits(note, log)]
    later = [note for note in notes if not still or size_of(note) > size_of(still[-1])]
    return Bundle(
        config,
        roll,
        approvals,
        outcome,
        tuple(map(read_leaf, log)),
        (*still, *later),
        (WITNESS.verify_key,),
        superseded,
        ballots,
        election,
    )


def written(
    vote: Vote, config: Mapping[str, Any], files: Mapping[str, bytes], key: SigningKey, *, witnessed: bool
) -> tuple[list[bytes], list[Note]]:
    """The log, and a checkpoint after each part of it; the witness sees the close, and not what follows."""
    counted = [ours.commitment for ours in vote.counted]
    numbers = {"ballots": sum(map(len, vote.batches)), "counted": len(counted)}
    joined = event_leaf("roll-change", added=vote.joined, at=OPENED, by=OFFICERS, reason="Moved in", removed=0)
    hashes = {f"{name}_sha256": hashlib.sha256(content).hexdigest() for name, content in files.items()}
    parts = [
        [event_leaf("config", config_sha256=hashlib.sha256(documents.encode(config)).hexdigest(), poll=POLL)],
        [event_leaf("open", at=OPENED, by=OFFICERS, electors=ELECTORS)],
        *(ballot_leaves((ours.commitment for ours in batch), closing=True) for batch in vote.batches[:-1]),
        *([[joined]] if vote.joined else []),
        ballot_leaves((ours.commitment for ours in vote.batches[-1]), closing=True),
        [event_leaf("close", at=CLOSED, by=[], counted_sha256=counted_sha256(counted), **numbers)],
        [event_leaf("dice", at=CLOSED, by=OFFICERS, digits=vote.dice, purpose="ties")],
        [event_leaf("result", at=CLOSED + timedelta(days=1), by=OFFICERS, **hashes)],
    ]
    log: list[bytes] = []
    notes = []
    for number, part in enumerate(parts, start=1):
        log += part
        note = sign(Checkpoint(ORIGIN, len(log), Tree(map(leaf_hash, log)).root()), key)
        if witnessed and number < len(parts) - 1:
            note = cosign(note, WITNESS, int(OPENED.timestamp()) + len(log))
        notes.append(read_note(note))
    return log, notes


def size_of(note: Note) -> int:
    """How many leaves a checkpoint is for."""
    return read_text(note.text).size


def fits(note: Note, log: list[bytes]) -> bool:
    """Whether the log begins with what the checkpoint was signed for."""
    size = size_of(note)
    return size <= len(log) and Tree(map(leaf_hash, log[:size])).root() == read_text(note.text).root


def counted_by_the_rule(
    config: Mapping[str, Any], ties: TieOrder, openings: list[Opening]
) -> tuple[bytes, dict[str, Any]]:
    """The file and the outcome as the server makes them: with the tally."""
    election = Election.of(
        projects=[Project(id=p["reference"], cost=p["cost"], name=p["reference"]) for p in config["projects"]],
        budget=config["budget"],
        vote_type=VoteType.APPROVAL,
        ballots=Counter(Ballot(tuple(f"P{n}" for n in opening.ballot().projects)) for opening in openings),
        currency="GBP",
        minor_units=100,
    )
    stream = io.BytesIO()
    write_pabulib(election, stream)
    outcome = tally(election, config["rule"]["id"], config["rule"]["parameters"], ties=ties, margins=False)
    awarded = {step.project: step.cost for step in outcome.steps}
    projects = [{"awarded": awarded.get(f"P{n}", 0), "number": n, "why": "Votes."} for n in range(1, PROJECTS + 1)]
    return stream.getvalue(), {"projects": projects}


# The attacks: the vote as it is made out to be, and the ballot of a voter whom it harms, as their receipt has it.

Attacked = tuple[Vote, Ours | None]


def victim_of(vote: Vote, chance: Random) -> Ours:
    """A ballot that counts, in either batch."""
    batch = [ours for ours in chance.choice(vote.batches) if ours in vote.counted]
    return chance.choice(batch)


def swapped(vote: Vote, old: Ours, *new: Ours) -> Vote:
    """The vote with other ballots in the place of one."""
    return replace(
        vote, batches=tuple((*(o for o in batch if o != old), *(new if old in batch else ())) for batch in vote.batches)
    )


def another_choice(opening: Opening) -> Opening:
    chosen = (9,) if opening.ballot().projects != (9,) else (8,)
    return replace(opening, canonical=CanonicalBallot(POLL, Form.SET, chosen).encode())


def drop(vote: Vote, chance: Random) -> Attacked:
    victim = victim_of(vote, chance)
    return swapped(vote, victim), victim


def change(vote: Vote, chance: Random) -> Attacked:
    victim = victim_of(vote, chance)
    return swapped(vote, victim, Ours(victim.commitment, another_choice(victim.opening))), victim


def change_and_commit_anew(vote: Vote, chance: Random) -> Attacked:
    victim = victim_of(vote, chance)
    return swapped(vote, victim, Ours.of(another_choice(victim.opening))), victim


def mark_as_superseded(vote: Vote, chance: Random) -> Attacked:
    victim = victim_of(vote, chance)
    return replace(vote, superseded=vote.superseded | {victim.commitment}), victim


def revive(vote: Vote, chance: Random) -> Attacked:
    """A ballot that was replaced counts again, and the one that replaced it does not."""
    victim, old = victim_of(vote, chance), chance.choice(sorted(vote.superseded))
    return replace(vote, superseded=vote.superseded - {old} | {victim.commitment}), victim


def stuff(vote: Vote, chance: Random) -> Attacked:
    """Further ballots, late, where the fewest checkpoints are in the way."""
    added = [Ours.of(opening_of(20_000 + chance.randrange(1_000))) for _ in range(1 + chance.randrange(2))]
    return replace(vote, batches=(*vote.batches[:-1], (*vote.batches[-1], *dict.fromkeys(added)))), None


def stuff_and_let_the_roll_grow(vote: Vote, chance: Random) -> Attacked:
    return replace(stuff(vote, chance)[0], joined=2), None


def alter_config(vote: Vote, chance: Random) -> Attacked:
    """Another budget or another cost, by which the result is then counted."""
    if chance.randrange(2):
        return replace(vote, dearer=chance.randrange(1, 10_000)), None
    return replace(vote, budget=vote.budget + chance.choice([-500_000, 700_000])), None


def alter_result(vote: Vote, chance: Random) -> Attacked:
    """One project gets what it did not, or does not get what it did."""
    place = chance.randrange(PROJECTS)

    def lie(outcome: dict[str, Any]) -> dict[str, Any]:
        projects = [dict(project) for project in outcome["projects"]]
        projects[place]["awarded"] = 0 if projects[place]["awarded"] else 100_000 * (place + 1)
        return {**outcome, "projects": projects}

    return replace(vote, lie=lie), None


def alter_what_comes_after_the_close(vote: Vote, chance: Random) -> Attacked:
    """Other dice, other reasons for the same result, or somebody else who approved it."""
    kind = chance.randrange(3)
    if kind == 0:
        return replace(vote, dice="22222"), None
    if kind == 1:
        return replace(vote, approved_by="Somebody Else"), None

    def lie(outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "projects": [{**project, "why": "By lot."} for project in outcome["projects"]]}

    return replace(vote, lie=lie), None


def forge_a_checkpoint(vote: Vote, chance: Random) -> Attacked:
    """The vote stays; `campaign.forged` puts a checkpoint into the bundle that is for another log."""
    del chance
    return vote, None
