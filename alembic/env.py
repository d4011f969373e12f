"""Alembic's environment: the same scripts for both databases, on the connection that `pbvote.db.migrate` opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlalchemy.types import TypeEngine

from pbvote.db import Base, UtcDateTime
from pbvote.schema import ALL_MODELS

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as plain ones, so that a script never depends on the app's code of its day."""
    if kind == "type" and isinstance(item, TypeEngine | UtcDateTime) and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


assert ALL_MODELS, "the models must be imported before their tables can be compared"  # noqa: S101  # a wiring mistake
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    transaction_per_migration=False,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
