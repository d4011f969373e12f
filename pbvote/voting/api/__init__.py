"""Voting over HTTP: what voters do, and what officers do."""

from pbvote.voting.api import ballots, officers, opening, turnout_audit
from pbvote.voting.api.ballots import BallotPaperOut, PaperProject, ballot_paper_of
from pbvote.voting.api.turnout_audit import TurnoutAuditOut

__all__ = ["BallotPaperOut", "PaperProject", "TurnoutAuditOut", "ballot_paper_of", "handlers"]

handlers = [*ballots.handlers, *opening.handlers, *officers.handlers, *turnout_audit.handlers]
