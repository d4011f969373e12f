"""Rounds from before: the pots that their conditions held become the pots of the round."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from pbvote.db import migrations_folder

ROUND, PLAIN, POLL, OTHER = (f"{number:032x}" for number in range(1, 5))
POT = ("round_id", "position", "funder", "amount")
POTS = [
    {"id": "County", "amount": 300, "categories": [], "projects": []},
    {"id": "Parks trust", "amount": 200, "categories": ["parks"], "projects": [4]},
]


def test_fences_that_conditions_held_move_to_the_pots(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for round_id, poll_id, conditions in ((ROUND, POLL, {"pots": POTS, "reserve": 2}), (PLAIN, OTHER, {})):
            connection.execute(
                sa.insert(sa.table("pots", *map(sa.column, POT))).values(
                    round_id=round_id, position=0, funder="Tarnshire", amount=500
                )
            )
            poll = {
                "id": poll_id,
                "round_id": round_id,
                "position": 1,
                "title": "",
                "design": "{}",
                "rule_id": "greedy",
                "rule_parameters": "{}",
                "ties": "[]",
                "conditions": json.dumps(conditions),
            }
            connection.execute(sa.insert(sa.table("polls", *map(sa.column, poll))).values(**poll))
        command.upgrade(config, "0007")
        query = "SELECT round_id, funder, amount, categories, proposals, leftover FROM pots ORDER BY round_id, position"
        assert [tuple(row) for row in connection.execute(sa.text(query))] == [
            (ROUND, "County", 300, "[]", "[]", "returned"),
            (ROUND, "Parks trust", 200, '["parks"]', "[4]", "returned"),
            (PLAIN, "Tarnshire", 500, "[]", "[]", "returned"),
        ]
        left = list(connection.execute(sa.text("SELECT conditions FROM polls ORDER BY id")).scalars())
        assert [json.loads(one) for one in left] == [{"reserve": 2}, {}]
    engine.dispose()
