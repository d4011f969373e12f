"""The second count: every rule once more, written from its published definition, to check the tally with.

It is literal and exact (integers and `fractions.Fraction`), needs only the standard library, and shares nothing with
`pbvote.tally` but the election, which `adapter.of` reads. No name is used twice at the top of two of its modules and
they import only each other, so that one after the other they make a program of one file.
"""

from pbvote.recount.conditions import NO_TERMS, Fund, Terms
from pbvote.recount.count import METHODS, Recount, recount
from pbvote.recount.election import Ballots, Cast, Entry, RecountError
from pbvote.recount.opening import Counted

__all__ = [
    "METHODS",
    "NO_TERMS",
    "Ballots",
    "Cast",
    "Counted",
    "Entry",
    "Fund",
    "Recount",
    "RecountError",
    "Terms",
    "recount",
]
