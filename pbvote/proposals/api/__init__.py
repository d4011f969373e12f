"""Proposals over HTTP: what everybody reads and sends, drafts and their files, and what officers do."""

from pbvote.proposals.api import attachments, drafts, proposals, queue, review

__all__ = ["handlers"]

handlers = [
    *proposals.handlers,
    *drafts.handlers,
    *attachments.handlers,
    *queue.handlers,
    *review.handlers,
]
