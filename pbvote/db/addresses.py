"""What the address of a database says, and what is added to it: how soon a server that vanished is given up.

A server whose host has lost its power or its network says nothing; without these a connection would wait for a quarter
of an hour, and a new one for two minutes. What an operator writes into the address comes first.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

# libpq's parameters (PostgreSQL's manual, 34.1.2): seconds, and milliseconds for the last one.
PATIENCE = {
    "connect_timeout": "3",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
}


def patient(url: str | sa.URL, options: str = "", application_name: str = "pbvote") -> sa.URL:
    """The address of a PostgreSQL, by which a server that vanished is given up within five seconds.

    `options` are added to those that the server is given for the session (libpq's `options`); the name is what its
    administrator sees in pg_stat_activity.
    """
    parsed = sa.make_url(url)
    query = {**PATIENCE, "application_name": application_name, **parsed.query}
    if options:
        query["options"] = " ".join([*_texts(query.get("options", "")), options])
    return parsed.set(query=query)


def _texts(value: str | tuple[str, ...]) -> list[str]:
    return [text for text in ([value] if isinstance(value, str) else value) if text]


def database_file(url: str | sa.URL) -> Path | None:
    """The file of an SQLite database; None for any other."""
    parsed = sa.make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
