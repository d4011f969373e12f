"""Receipts: what a voter can ask about theirs, without saying who they are."""
