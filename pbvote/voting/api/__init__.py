"""Voting over HTTP: what voters do, and what officers do."""

from pbvote.voting.api import ballots, officers
from pbvote.voting.api.ballots import BallotPaperOut, PaperProject, ballot_paper_of

__all__ = ["BallotPaperOut", "PaperProject", "ballot_paper_of", "handlers"]

handlers = [*ballots.handlers, *officers.handlers]
