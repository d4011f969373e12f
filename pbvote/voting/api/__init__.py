"""Voting over HTTP: what voters do, and what officers do."""

from pbvote.voting.api import ballots, officers, opening, rehearsal_rounds, turnout_audit
from pbvote.voting.api.ballots import BallotPaperOut, PaperProject, Vote, ballot_paper_of
from pbvote.voting.api.turnout_audit import TurnoutAuditOut

__all__ = ["BallotPaperOut", "PaperProject", "TurnoutAuditOut", "Vote", "ballot_paper_of", "handlers"]

handlers = [
    *ballots.handlers,
    *opening.handlers,
    *rehearsal_rounds.handlers,
    *officers.handlers,
    *turnout_audit.handlers,
]
