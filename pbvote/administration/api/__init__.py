"""Administration over HTTP."""

from __future__ import annotations

from pbvote.administration.api import access, forums, installation, invites, log, people

handlers = [
    *people.handlers,
    *invites.handlers,
    *forums.handlers,
    *installation.handlers,
    *log.handlers,
    *access.handlers,
]
