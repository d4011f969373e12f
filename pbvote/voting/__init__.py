"""Ballot papers, casting, opening and closing the vote."""
