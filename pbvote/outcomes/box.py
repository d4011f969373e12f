"""Opening the ballot box after the close: every ballot that counts, checked against the log and its own commitment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import anyio.to_thread
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.bundle import counted_sha256
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.log import BALLOT, Leaf, read_leaf
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.ballotlog.service import intact_leaves
from pbvote.keys import Keys
from pbvote.keys.board import unlock_seal_key
from pbvote.keys.polls import seal_key
from pbvote.rounds.models import Round
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.box import BallotBoxIsDamaged
from pbvote.voting.models import SealedBallot
from pbvote.voting.rehearsal import HOST

AT_ONCE = 2_000
Unlock = Sequence[str]


@dataclass(frozen=True, slots=True)
class Box:
    """The opened box: what counts, what does not, and the log that says so."""

    leaves: Sequence[bytes]
    openings: Sequence[Opening]
    superseded: Sequence[bytes]


async def unsealed(db: AsyncSession, keys: Keys, round_: Round, unlock: Unlock) -> Box:
    """The one ballot of each slot, unsealed. Raises BallotBoxIsDamaged, LogIsDamaged, or WrongPassphrases.

    Which ballots count was fixed in the log at the close, and is compared before any of them is unsealed.
    """
    poll = round_.poll
    leaves = await intact_leaves(db, keys, poll.id)
    counted = list((await pointed_commitments(db, keys, poll.id)).values())
    query = select(SealedBallot.commitment, SealedBallot.sealed).where(SealedBallot.poll_id == poll.id)
    sealed: dict[bytes, bytes] = {}
    rows = await db.stream(query)
    async for some in rows.partitions(AT_ONCE):  # others are served between two of them
        sealed.update((commitment, envelope) for commitment, envelope in some)
    box = [(commitment, sealed.get(commitment)) for commitment in counted]
    in_the_log = await anyio.to_thread.run_sync(_checked, leaves, counted)
    key = seal_key(keys, poll.id) if poll.custody == HOST else unlock_seal_key(keys, poll.id, unlock)
    openings = await anyio.to_thread.run_sync(_opened, key, poll.id, box)
    return Box(leaves, openings, sorted(in_the_log - set(counted)))


def _checked(leaves: Sequence[bytes], counted: list[bytes]) -> set[bytes]:
    """The commitments in the log, after checking that those which count are the ones fixed at the close."""
    try:
        read: list[Leaf] = [read_leaf(leaf) for leaf in leaves]
    except MalformedError as error:
        raise BallotBoxIsDamaged(f"the log cannot be read ({error})") from error
    in_the_log = {leaf.commitment for leaf in read if leaf.type == BALLOT}
    close = next((leaf.fields for leaf in read if leaf.type == "close"), None)
    if close is None:
        raise BallotBoxIsDamaged("the log does not say that voting has closed")
    if close["counted_sha256"] != counted_sha256(counted) or close["ballots"] != len(in_the_log):
        raise BallotBoxIsDamaged("the ballots that would count are not those that were fixed when voting closed")
    if extra := set(counted) - in_the_log:
        raise BallotBoxIsDamaged(f"ballot {min(extra).hex()} counts and is not in the log")
    return in_the_log


def _opened(key: X25519PrivateKey, poll_id: UUID, box: Iterable[tuple[bytes, bytes | None]]) -> list[Opening]:
    """The openings in the envelopes of a box, each checked against its commitment. Raises BallotBoxIsDamaged."""
    openings = []
    for commitment, sealed in box:
        if sealed is None:
            raise BallotBoxIsDamaged(f"ballot {commitment.hex()} is missing")
        try:
            openings.append(unseal_ballot(key, poll_id, commitment, sealed))
        except WrongBallotError as error:
            raise BallotBoxIsDamaged(str(error)) from error
    return openings
