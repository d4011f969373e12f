"""Certifying: when the time for challenges is over, two officers certify the result, and then destroy the vote's keys.

Of a round with two votes both results are certified at once, when the second one can no longer be challenged.

Without the link key nobody can tie an elector to a slot any more, and without the seal key nobody can open what was
replaced or voided. The log says that it was done; that no copy of the keys was kept elsewhere, it cannot say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.results import PollKeysDestroyed, ResultCertified
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.keys.polls import destroy_poll_keys
from pbvote.publication.service import published
from pbvote.roll.contacts import forget_contacts
from pbvote.rounds.approvals import Consent, Step, ask_or_approve, names_of_the_two
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action, NotInThisPhase
from pbvote.rounds.service import lock

CERTIFY, DESTROY_KEYS = "certify", "destroy_keys"


class ChallengesAreOpen(DomainError):
    """The result can still be challenged, so it cannot be certified yet."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The result can still be challenged"


class NotCertified(DomainError):
    """The keys are kept until the result is certified: a challenge may need them."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The result is not certified"


async def challenges_until(db: AsyncSession, round_: Round) -> datetime:
    """Until when the published results can be challenged. Raises ResultsNotPublished."""
    publication, _ = await published(db, round_)  # the last one
    return publication.published_at + timedelta(days=round_.challenge_days)


async def certify(db: AsyncSession, keys: Keys, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Certify the results of the round's votes, once they can no longer be challenged."""
    round_ = await _published_round(db, round_, actor)
    poll, moment = round_.poll, await now(db)
    if poll.certified_at is not None:
        raise NotInThisPhase("The result is certified already.")
    until = await challenges_until(db, round_)
    if moment < until:
        raise ChallengesAreOpen(f"The result can be challenged until {until:%d %B %Y}, and be certified after that.")
    step = Step(CERTIFY, str(poll.id), reason_needed=False)
    approval = await ask_or_approve(db, round_, step, consent, actor)
    if approval.approved_by is not None:
        by = await names_of_the_two(db, approval)
        for one in round_.polls:
            await append(db, keys, one.id, [event_leaf("certify", at=moment, by=by)])
            one.certified_at = moment
        await record(db, ResultCertified(actor_id=actor.account_id, round_id=round_.id))
    return approval


async def destroy_keys(db: AsyncSession, keys: Keys, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Destroy the keys of the round's votes for good, once the results are certified, and forget e-mail addresses."""
    round_ = await _published_round(db, round_, actor)
    poll, moment = round_.poll, await now(db)
    if poll.certified_at is None:
        raise NotCertified("The keys are kept until the result is certified: a challenge may need them.")
    if poll.keys_destroyed_at is not None:
        raise NotInThisPhase("The keys are destroyed already.")
    step = Step(DESTROY_KEYS, str(poll.id), reason_needed=False)
    approval = await ask_or_approve(db, round_, step, consent, actor)
    if approval.approved_by is not None:
        by = await names_of_the_two(db, approval)
        for one in round_.polls:
            # Before the leaf: a log that says so while the keys are there would be a lie; the other way round is late.
            destroyed = destroy_poll_keys(keys, one.id)
            leaves = [event_leaf("key-destroyed", at=moment, by=by, key=name) for name in destroyed or ["link"]]
            await append(db, keys, one.id, leaves)
            one.keys_destroyed_at = moment
            await record(db, PollKeysDestroyed(actor_id=actor.account_id, round_id=round_.id, destroyed=destroyed))
        await forget_contacts(db, round_.id)  # nobody has anything to be told of this round any more
    return approval


async def _published_round(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    round_ = await lock(db, round_)
    round_.require(Action.CERTIFY, await now(db))
    return round_
