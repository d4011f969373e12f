"""A witness: it watches the log of a vote from outside, remembers what it saw, and countersigns what follows on it."""
