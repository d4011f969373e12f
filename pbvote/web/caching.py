"""What caches may keep of an answer that is the same for everybody."""

from __future__ import annotations

# What never changes: an answer about a log at a size that it had.
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
# What is new every few seconds at most: caches in between take the load off, and nobody reads much older news.
FOR_A_MOMENT = {"cache-control": "public, max-age=10"}
# The same where it is written in the reader's language.
IN_A_LANGUAGE = {**FOR_A_MOMENT, "vary": "accept-language"}
# A file that is replaced when there is a newer one: to be kept, and asked for again each time.
ASKED_EACH_TIME = "public, no-cache"
ASKED_BY_ONE = "private, no-cache"
# The mark of a route whose answers are sent as they are.
NOT_COMPRESSED = "not_compressed"
