"""Ballot designs: what a voter may choose. Pure; the page, the paper and the server share this one definition."""
