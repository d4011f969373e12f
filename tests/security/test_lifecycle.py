"""The whole life of a vote against a dictionary: 10,000 steps here, as many as one likes by `bench/lifecycle.py`."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from pbvote.voting import box
from pbvote.voting.models import Slot
from tests.security.lifecycle import World, make_world, one_vote, quick_folder

ELECTORS = 30
STEPS = 10_000
WHO = st.integers(0, ELECTORS - 1)
GROUP = st.lists(WHO, min_size=5, max_size=25, unique=True)
KINDS = st.sampled_from(["valid", "valid", "valid", "again", "dear", "stale", "reused"])


def machine(template: Path) -> type[RuleBasedStateMachine]:  # noqa: C901  # it is a list of steps
    """The steps that hypothesis may take, on a copy of an empty database each time."""

    class Vote(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.place = ExitStack()
            self.folder = self.place.enter_context(quick_folder())
            self.runner = asyncio.Runner()
            self.world: World | None = None

        def run(self, step: Awaitable[Any]) -> None:
            async def wait() -> None:
                await step

            self.runner.run(wait())

        @property
        def vote(self) -> World:
            assert self.world is not None
            return self.world

        @initialize(seed=st.integers(0, 2**32))
        def opened(self, seed: int) -> None:
            shutil.copy(template, self.folder / "pbvote.db")
            url = f"sqlite+aiosqlite:///{self.folder / 'pbvote.db'}"
            self.world = self.runner.run(make_world(url, self.folder / "keys", ELECTORS, seed))

        @rule(who=GROUP, kind=KINDS)
        def cast(self, who: list[int], kind: str) -> None:
            self.run(self.vote.cast(who, kind))

        @rule(who=WHO)
        def replace_code(self, who: int) -> None:
            self.run(self.vote.replace_code(who))

        @rule(who=WHO)
        def void(self, who: int) -> None:
            self.run(self.vote.void(who))

        @rule(who=WHO)
        def remove(self, who: int) -> None:
            self.run(self.vote.remove(who))

        @rule()
        def pause(self) -> None:
            self.run(self.vote.pause())

        @rule()
        def resume(self) -> None:
            self.run(self.vote.resume())

        @rule()
        def extend(self) -> None:
            self.run(self.vote.extend())

        @rule()
        def enter_batch(self) -> None:
            self.run(self.vote.enter_batch())

        @rule()
        def certify_too_early(self) -> None:
            self.run(self.vote.certify_too_early())

        @rule(certain=st.integers(0, 30))
        def close(self, certain: int) -> None:
            if certain == 0:
                self.run(self.vote.close())

        def teardown(self) -> None:
            try:
                if self.world is not None:
                    self.run(self.world.finish())
            finally:
                if self.world is not None:
                    self.run(self.world.database.close())
                self.runner.close()
                self.place.close()

    return Vote


def examples(count: int, steps: int) -> settings:
    return settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a vote of 200 steps takes too long to be shrunk
    )


def test_a_vote_is_what_its_model_says(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(sqlite_template), settings=examples(12, 50))


@pytest.mark.slow
async def test_ten_thousand_steps_are_what_the_model_says(sqlite_template: Path) -> None:
    steps, seed, seen = 0, 0, Counter[str]()
    while steps < STEPS:
        steps += await one_vote(sqlite_template, seed, seen)
        seed += 1
    assert all(seen[f"cast {kind}"] for kind in ("valid", "again", "dear", "stale", "reused")), seen


def test_a_vote_that_takes_any_slot_is_not(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's negative control: the ballot stays where it was when somebody votes again."""
    honest = box._point_slots

    async def first_come(db: Any, poll_id: Any, ready: Any) -> set[bytes]:
        there = set(await db.scalars(select(Slot.slot).where(Slot.poll_id == poll_id)))
        await honest(db, poll_id, [item for item in ready if item.slot not in there])
        return {item.slot for item in ready}

    monkeypatch.setattr(box, "_point_slots", first_come)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(sqlite_template), settings=examples(10, 30))
