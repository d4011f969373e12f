"""Two polls, pots with fences, match rules, templates of forums, rehearsal rounds.

The fences of pots move from the conditions of a poll to the pots of its round.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util.exc import CommandError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SECOND_VOTE = ("second_voting_open_at", "second_voting_close_at")
AUDIT_COUNTS = ("size", "asked", "yes", "no", "not_reached")
SWITCHES = ("advisory", "part_funding", "supports", "night", "rehearsal")
TEXTS = {"confirmed_by": "", "comments": "off"}
FENCES = ("categories", "proposals")

polls = sa.table(
    "polls", sa.column("id", sa.Uuid()), sa.column("round_id", sa.Uuid()), sa.column("conditions", sa.JSON())
)
pots = sa.table(
    "pots",
    sa.column("round_id", sa.Uuid()),
    sa.column("position", sa.Integer()),
    sa.column("funder", sa.String()),
    sa.column("amount", sa.BigInteger()),
    *(sa.column(name, sa.JSON()) for name in FENCES),
)


def upgrade() -> None:
    _two_polls()
    for name in SWITCHES:
        op.add_column("rounds", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, default in TEXTS.items():
        op.add_column("rounds", sa.Column(name, sa.String(), server_default=default, nullable=False))
    op.add_column("rounds", sa.Column("match", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("rounds", sa.Column("checked_within", sa.Integer(), server_default="5", nullable=False))
    for name in FENCES:
        op.add_column("pots", sa.Column(name, sa.JSON(), server_default="[]", nullable=False))
    op.add_column("pots", sa.Column("leftover", sa.String(), server_default="returned", nullable=False))
    op.create_table(
        "forum_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("forum_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_forum_templates_forum_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_templates")),
        sa.UniqueConstraint("forum_id", "title", name=op.f("uq_forum_templates_forum_id_title")),
    )
    _fences_to_the_pots()


def downgrade() -> None:
    _one_poll()
    op.drop_table("forum_templates")
    for name in ("leftover", *FENCES):
        op.drop_column("pots", name)
    for name in ("checked_within", "match", *TEXTS, *SWITCHES):
        op.drop_column("rounds", name)


def _fences_to_the_pots() -> None:
    """Make the pots of a poll's conditions, which held all the money, the pots of its round."""
    connection = op.get_bind()
    for poll_id, round_id, conditions in connection.execute(sa.select(polls)).all():
        fenced = conditions.pop("pots", None)
        if not fenced:
            continue
        connection.execute(sa.delete(pots).where(pots.c.round_id == round_id))
        rows = [
            {
                "round_id": round_id,
                "position": position,
                "funder": pot["id"],
                "amount": pot["amount"],
                "categories": pot["categories"],
                "proposals": pot["projects"],
            }
            for position, pot in enumerate(fenced)
        ]
        connection.execute(sa.insert(pots), rows)
        connection.execute(sa.update(polls).where(polls.c.id == poll_id).values(conditions=conditions))


def _two_polls() -> None:
    """Dates of a second vote; the seal and the turnout audit of a round become those of its one poll."""
    for column in SECOND_VOTE:
        op.add_column("rounds", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column("rounds", sa.Column("current", sa.Integer(), server_default="1", nullable=False))
    op.add_column("approvals", sa.Column("poll", sa.Integer(), server_default="1", nullable=False))
    op.add_column("polls", sa.Column("config_sha256", sa.String(), nullable=True))
    op.execute(
        "UPDATE polls SET config_sha256 = (SELECT config_sha256 FROM rounds WHERE rounds.id = polls.round_id) "
        "WHERE position = 1"
    )
    op.drop_column("rounds", "config_sha256")
    _audits_by("poll", "SELECT id, round_id FROM polls WHERE position = 1")


def _one_poll() -> None:
    """Take back `_two_polls`. Raises CommandError where there is a second vote."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM polls WHERE position > 1")):
        raise CommandError("A round has two votes, which the release before this one does not know")
    _audits_by("round", "SELECT round_id, id FROM polls")
    op.add_column("rounds", sa.Column("config_sha256", sa.String(), nullable=True))
    op.execute("UPDATE rounds SET config_sha256 = (SELECT config_sha256 FROM polls WHERE polls.round_id = rounds.id)")
    op.drop_column("polls", "config_sha256")
    op.drop_column("approvals", "poll")
    for column in ("current", *SECOND_VOTE):
        op.drop_column("rounds", column)


def _audits_by(owner: str, pairs: str) -> None:
    """Make the table of turnout audits anew, kept by poll or by round; `pairs` are the new and the old owners."""
    connection = op.get_bind()
    before, after = _audits("round" if owner == "poll" else "poll"), _audits(owner)
    kept = connection.execute(sa.select(before)).all()
    owners = connection.execute(sa.text(pairs).columns(sa.column("new", sa.Uuid()), sa.column("old", sa.Uuid())))
    becomes = {old: new for new, old in owners}
    op.drop_table("turnout_audits")
    op.create_table(
        "turnout_audits",
        sa.Column(f"{owner}_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in AUDIT_COUNTS),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}s.id"], name=op.f(f"fk_turnout_audits_{owner}_id")),
        sa.PrimaryKeyConstraint(f"{owner}_id", name=op.f("pk_turnout_audits")),
    )
    for audit in kept:
        connection.execute(sa.insert(after).values([becomes[audit[0]], *audit[1:]]))


def _audits(owner: str) -> sa.TableClause:
    counts = (sa.column(name, sa.Integer()) for name in AUDIT_COUNTS)
    moment = sa.column("recorded_at", sa.DateTime(timezone=True))
    return sa.table("turnout_audits", sa.column(f"{owner}_id", sa.Uuid()), *counts, moment)
