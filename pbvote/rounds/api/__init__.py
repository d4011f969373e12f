"""Rounds over HTTP: what the public sees, the set-up, the templates, the approvals."""

from pbvote.forums.api import ContactOut, ForumBrief
from pbvote.rounds.api import approvals, rounds, setup, templates
from pbvote.rounds.api.approvals import DONE, approval_answer, approvals_out
from pbvote.rounds.api.setup import setup_out
from pbvote.rounds.api.setup_shapes import SetupOut
from pbvote.rounds.shapes import ApprovalOut

__all__ = [
    "DONE",
    "ApprovalOut",
    "ContactOut",
    "ForumBrief",
    "SetupOut",
    "approval_answer",
    "approvals_out",
    "handlers",
    "setup_out",
]

handlers = [*rounds.handlers, *templates.handlers, *setup.handlers, *approvals.handlers]
