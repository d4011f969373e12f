"""What people say over HTTP: comments, questions, supports, taking one's own back, and officers' work with them."""

from pbvote.deliberation.api import comments, moderation, questions, removal, supports

__all__ = ["handlers"]

handlers = [*comments.handlers, *questions.handlers, *supports.handlers, *removal.handlers, *moderation.handlers]
