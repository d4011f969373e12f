"""What passes by itself: a database that restarts, is full of connections, or has a lock that somebody keeps."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

# By their SQLSTATE (PostgreSQL, appendix A), whole or the class of two characters that it begins with.
PASSING = (
    "08",  # connection exceptions
    "25006",  # read only: this was the primary until a moment ago
    "25P03",  # idle_in_transaction_session_timeout: our own process stood still
    "40",  # deadlocks and serialization failures: another transaction went before
    "53",  # too many connections, disk full, out of memory
    "55P03",  # lock_timeout
    "57",  # shut down by an administrator or a crash, cannot connect now, statement_timeout
    "58",  # the disk or the system under it
)
_SQLITE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)
_PRIMARY = 0xFF  # of an extended result code of SQLite


def is_passing(error: BaseException) -> bool:
    """Whether the database was away, busy or full: not our mistake, and likely over when it is tried again.

    If this came of a commit, nobody knows whether it was done.
    """
    if isinstance(error, NoConnectionFreeError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_passing(error.orig))
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _SQLITE
    import psycopg  # noqa: PLC0415  # a server on SQLite does without

    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:  # said by the client's library: the connection is gone, or could not be had
            return isinstance(error, psycopg.OperationalError)
        return error.sqlstate.startswith(PASSING)
    return False
