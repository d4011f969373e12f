"""What the world outside the program does wrong, said in one sentence: the database, files, undecodable text.

No sentence repeats what was sent to the database: that may be a voting code, a ballot or a password.
"""

from __future__ import annotations

import sqlite3

from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError


def sentence_of(error: Exception) -> str | None:
    """The sentence for the terminal, or None for a mistake of our own, which deserves its traceback."""
    if isinstance(error, SQLAlchemyError):
        return f"The database cannot be used: {_of_the_database(error)}."
    if isinstance(error, CommandError):
        return f"The database's schema cannot be brought up to date: {_first_line(error)}."
    if isinstance(error, UnicodeError):
        return "Something that was typed cannot be read; expected text in UTF-8."
    if isinstance(error, OSError):
        what = f"{error.filename} cannot be used: " if error.filename else ""
        return f"{what}{error.strerror or _first_line(error)}."
    return None


def _of_the_database(error: SQLAlchemyError) -> str:
    """What the driver says where that has no values in it: of connections, and everything that SQLite says."""
    if not isinstance(error, DBAPIError):
        return type(error).__name__
    if isinstance(error, OperationalError) or isinstance(error.orig, sqlite3.Error):
        return _first_line(error.orig)
    return type(error.orig).__name__


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
