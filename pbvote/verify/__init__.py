"""Verifying a published result, offline: the bundle, what its reader kept, and the second count.

It needs the standard library and `cryptography`, and nothing of the server: `ballotbox` reads and checks the bundle,
`recount` counts it anew.
"""

from pbvote.verify.report import OK, UNREADABLE, WRONG, Report, verify

__all__ = ["OK", "UNREADABLE", "WRONG", "Report", "verify"]
