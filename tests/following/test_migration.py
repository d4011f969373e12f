"""Mail that waits while the schema changes: what the release before can send is neither lost nor changed."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select, text

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.notices.messages import Message
from pbvote.notices.service import put
from pbvote.rounds.models import Round
from tests.following.test_following import ANN, BOB
from tests.house import make_forum, make_round
from tests.roll.test_at_rest import migrating

WAITING = text("SELECT kind, sealed, tries FROM outbox ORDER BY kind")


async def test_mail_about_a_round_outlives_the_way_back_and_forth(database: Database, keys: Keys) -> None:
    async with database.session(write=True) as db:
        await make_forum(db)
    await make_round(database)
    async with database.session(write=True) as db:
        round_id = (await db.scalars(select(Round.id))).one()
        await put(db, keys, round_id, "recorded", [Message(ANN, "A vote", "Text.", "en")])
        await put(db, keys, None, "follow_news", [Message(BOB, "News", "Text.", "en")])
        news, recorded = (await db.execute(WAITING)).all()
    assert (news.kind, recorded.kind) == ("follow_news", "recorded")
    await migrating(database, lambda config: command.downgrade(config, "0008"))
    async with database.session(write=False) as db:
        assert (await db.execute(WAITING)).all() == [recorded]
    await migrating(database, lambda config: command.upgrade(config, "0009"))
    async with database.session(write=True) as db:
        assert (await db.execute(WAITING)).all() == [recorded]
        await put(db, keys, None, "follow_news", [Message(BOB, "News", "Text.", "en")])
