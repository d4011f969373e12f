"""The rehearsal: a ballot is sealed and unsealed with the very keys that the vote will use, before it may open.

A vote whose key is lost or damaged could be cast and never counted; so this is shown before, not found out after.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.voting import KeysRehearsed
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.randomness import RANDOM_BYTES
from pbvote.ballotbox.sealing import seal, unseal_ballot
from pbvote.db import now
from pbvote.errors import DomainError, SettingsError
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, make_link, make_seal, public_seal_key, seal_key
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.service import lock

HOST, BOARD = "host", "board"
VALID_FOR = timedelta(days=7)


class KeysDoNotWork(DomainError):
    """A ballot sealed with the vote's public key cannot be opened with its secret key."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The keys do not work"


async def rehearse(db: AsyncSession, keys: Keys, poll: Poll, private: X25519PrivateKey | None = None) -> None:
    """Seal and unseal a ballot with the vote's keys, which are made now where this host keeps them.

    `private` is the secret key where a board keeps it. Raises KeysDoNotWork or SettingsError, and notes nothing then.
    """
    make_link(keys, poll.id)
    link_key(keys, poll.id)
    if poll.custody == HOST:
        make_seal(keys, poll.id)
    secret = seal_key(keys, poll.id) if private is None else private
    ballot = CanonicalBallot(poll.id, Form.SET, (1,), ()).encode()
    opening = Opening(poll.id, secrets.token_bytes(RANDOM_BYTES), secrets.token_bytes(RANDOM_BYTES), ballot)
    encoded = opening.encode(padded_size(Form.SET, 1))
    envelope = seal(public_seal_key(keys, poll.id), poll.id, opening.commitment, encoded)
    try:
        unseal_ballot(secret, poll.id, opening.commitment, envelope)
    except WrongBallotError:
        raise KeysDoNotWork("A trial ballot was sealed and could not be opened again with this key.") from None
    poll.rehearsed_at = await now(db)
    await record(db, KeysRehearsed(round_id=poll.round_id, custody=poll.custody))


async def rehearse_poll(db: AsyncSession, keys: Keys, round_: Round, position: int | None, actor: Actor) -> Poll:
    """The rehearsal as an officer asks for it, before the vote of that position opens; None is the current one."""
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    round_ = await lock(db, round_)
    poll = round_.poll if position is None else round_.poll_at(position)
    require_before_opening(round_, poll, await now(db))
    await rehearse(db, keys, poll)
    return poll


def require_before_opening(round_: Round, poll: Poll, moment: datetime) -> None:
    """Raise NotInThisPhase, or what says it more exactly, unless the vote has not opened yet."""
    waits = poll.position > round_.current and not round_.phase_at(moment).over
    if not waits and not (poll.position == round_.current and round_.phase_at(moment) is Phase.SHORTLIST):
        round_.require(Action.EDIT_ROLL, moment)  # as long as the roll can be changed, the first vote has not opened


def public_half(keys: Keys, poll: Poll) -> str | None:
    """The key that ballots are sealed to, in hex; None before it is made."""
    try:
        return public_seal_key(keys, poll.id).public_bytes_raw().hex()
    except SettingsError:
        return None
