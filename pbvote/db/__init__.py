"""The database: what is stored, engines and sessions, the clock, migrations; and what many processes need."""

from pbvote.db.clock import Clock, database_clock, now
from pbvote.db.engines import WAIT_SECONDS, Database, connect
from pbvote.db.migrations import migrate, migrations_folder, unfinished_migrations
from pbvote.db.types import Base, UtcDateTime, uuid7

__all__ = [
    "WAIT_SECONDS",
    "Base",
    "Clock",
    "Database",
    "UtcDateTime",
    "connect",
    "database_clock",
    "migrate",
    "migrations_folder",
    "now",
    "unfinished_migrations",
    "uuid7",
]
