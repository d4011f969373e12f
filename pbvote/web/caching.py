"""What may be kept of an answer that is the same for everybody: by browsers and proxies, and by ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What never changes: an answer about a log at a size that it had.
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
# What is new every few seconds at most: caches in between take the load off, and nobody reads much older news.
FOR_A_MOMENT = {"cache-control": "public, max-age=10"}
# The same where it is written in the reader's language.
IN_A_LANGUAGE = {**FOR_A_MOMENT, "vary": "accept-language"}
# A file that is replaced when there is a newer one: to be kept, and asked for again each time.
ASKED_EACH_TIME = "public, no-cache"
ASKED_BY_ONE = "private, no-cache"
# What an answer says that is for the one who asked.
PRIVATE = (b"no-store", b"private")
# The mark of a route whose answers are sent as they are.
NOT_COMPRESSED = "not_compressed"
# The mark of a public route whose answers we keep, a Kept, or of one whose answers we do not, with the reason.
KEPT = "kept"
NOT_KEPT = "not_kept"
# The mark of a route that writes only what no public page shows.
QUIET = "quiet"
# Set in the `state` of the scope of a request that is made for everybody at once.
FOR_EVERYBODY = "for_everybody"
# Set there when such a request was to be read from a replica that failed: made once more, it is read from the primary.
REPLICA_FAILED = "replica_failed"


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers of a route are kept for everybody who is not signed in; with these parameters in the query, or none.

    Any other parameter is answered without keeping, so that nobody fills the memory with made-up addresses.
    """

    query: frozenset[str]


def kept(*query: str) -> dict[str, Any]:
    """The mark (`opt=`) of a route whose answers depend on the path, these parameters and the language alone."""
    return {KEPT: Kept(frozenset(query))}


def not_kept(reason: str) -> dict[str, Any]:
    """The mark of a public route that is answered anew each time, and why."""
    return {NOT_KEPT: reason}
