"""What is wrong with a stored ballot."""

from __future__ import annotations


class WrongBallotError(ValueError):
    """A stored ballot is not the one that its commitment stands for, or cannot be opened."""
