"""Every table of the house, for migrations: importing this imports all models."""

from __future__ import annotations

from pbvote.accounts import models as accounts
from pbvote.audit import models as audit
from pbvote.ballotlog import models as ballotlog
from pbvote.deliberation import models as deliberation
from pbvote.following import models as following
from pbvote.forums import models as forums
from pbvote.installation import models as installation
from pbvote.nights import models as nights
from pbvote.notices import models as notices
from pbvote.outcomes import models as outcomes
from pbvote.proposals import models as proposals
from pbvote.proposals import review_models as reviews
from pbvote.publication import models as publication
from pbvote.roll import models as roll
from pbvote.rounds import models as rounds
from pbvote.voting import models as voting

ALL_MODELS = (
    installation,
    accounts,
    audit,
    forums,
    rounds,
    proposals,
    reviews,
    roll,
    ballotlog,
    voting,
    deliberation,
    notices,
    following,
    outcomes,
    publication,
    nights,
)
