"""Counting the ballots by the round's rule."""
