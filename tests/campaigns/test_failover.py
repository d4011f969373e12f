"""The primary's machine is gone, without a word, while everybody votes through two app machines.

The standby is promoted, and the app machines go on by themselves: no setting of theirs is changed. With a synchronous
standby no acknowledged ballot is lost. The control is the same with an asynchronous one, whose own cable was out for
the last second before: it loses what was acknowledged meanwhile, and the campaign must find that.

`-m campaign` runs it; PBVOTE_CAMPAIGN_RUNS is how often (1). It prints its figures (`-s`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.campaigns.box import Verdict, examine
from tests.campaigns.crowd import Figures, Habits, crowd
from tests.campaigns.ledger import Ledger
from tests.campaigns.network import Machine, NoNamespacesError, machines
from tests.campaigns.pair import PORT, Node, pair, until
from tests.campaigns.rows import Row, runs
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, build_town

pytestmark = [pytest.mark.campaign, pytest.mark.anyio]
ROUNDS = range(runs(1))
ROW = Row("failover", "postgresql")
ELECTORS, CLIENTS, RATE = 1_500, 24, 300.0  # casts per second
BEHIND = 1.0  # seconds for which the standby's cable is out before the primary's
DECIDING = 1.0  # seconds until somebody, or a program, promotes the standby
MOST_SECONDS_WITHOUT_A_LEADER = 10.0
NAME = "town"


@dataclass(slots=True)
class House:
    """Two app machines and two database machines, and a town that votes on them."""

    primary: Node
    standby: Node
    town: Town
    apps: dict[str, Server]

    @property
    def addresses(self) -> list[str]:
        return [server.address for server in self.apps.values()]


@pytest.fixture
def net() -> Iterator[dict[str, Machine]]:
    """Four machines; skipped where a process may make none."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(machines(["app1", "app2", "db1", "db2"]))
        except NoNamespacesError as error:
            pytest.skip(f"network namespaces cannot be made here: {error}")
        yield made


@asynccontextmanager
async def house(net: dict[str, Machine], folder: Path, *, synchronous: bool) -> AsyncIterator[House]:
    """All of it, running."""
    with pair(net["db1"], net["db2"]) as (primary, standby):
        primary.ask(f"CREATE DATABASE {NAME}")
        primary.ask("CREATE EXTENSION amcheck", database=NAME)
        town = await build_town(folder / "town", ELECTORS, primary.url(NAME))
        await asyncio.to_thread(standby.start_as_standby_of, primary)
        if synchronous:
            primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            primary.ask("SELECT pg_reload_conf()")
        await asyncio.to_thread(primary.wait_for_standby, "sync" if synchronous else "async")
        hosts = ",".join(node.machine.address for node in (primary, standby))
        url = f"postgresql+psycopg://postgres@/{NAME}?host={hosts}&port={PORT},{PORT}&target_session_attrs=read-write"
        outside = replace(town, env={**town.env, "PBVOTE_DATABASE_URL": url})
        with ExitStack() as stack:
            apps = {name: Server(outside, machine=net[name]) for name in ("app1", "app2")}
            for server in apps.values():
                stack.callback(server.kill)
                await asyncio.to_thread(server.start)
            yield House(primary, standby, town, apps)


@contextmanager
def unplugged(machine: Machine) -> Iterator[None]:
    machine.unplug()
    try:
        yield
    finally:
        machine.plug()


async def acknowledged_after(ledger: Ledger, moment: float) -> float:
    """Seconds from a moment until ballots are acknowledged again, after at least half a second without one."""
    count, since = ledger.acknowledged, time.monotonic()
    while True:
        await asyncio.sleep(0.05)
        now, before = time.monotonic(), count
        count = ledger.acknowledged
        if count > before:
            if now - since > 0.5:
                return now - moment
            since = now


@dataclass(frozen=True, slots=True)
class Seen:
    """What a failover looked like from outside."""

    verdict: Verdict
    figures: Figures
    casting_after: float
    leading_after: float


async def fail_over(net: dict[str, Machine], house: House) -> Seen:
    """Under load: the standby falls behind, the primary vanishes, the standby takes over; then look into the box."""
    ledger, stop = Ledger(), asyncio.Event()
    habits = Habits(patience=120, timeout=20, rate=RATE)
    load = asyncio.create_task(crowd(house.addresses, house.town, ledger, CLIENTS, 10**9, habits=habits, stop=stop))
    try:
        await asyncio.sleep(4)
        assert ledger.acknowledged > 50
        with unplugged(net["db2"]):
            await asyncio.sleep(BEHIND)
            net["db1"].unplug()
            gone = time.monotonic()
        again = asyncio.create_task(acknowledged_after(ledger, gone))
        await asyncio.sleep(DECIDING)
        await asyncio.to_thread(house.standby.promote)
        await asyncio.to_thread(until, lambda: house.standby.leader() is not None)
        leading_after = time.monotonic() - gone
        casting_after = await asyncio.wait_for(again, 60)
        await asyncio.sleep(4)
    finally:
        stop.set()
        figures = await load
    for server in house.apps.values():
        await asyncio.to_thread(server.stop)
    ledger.server_gone()
    found = replace(house.town, env={**house.town.env, "PBVOTE_DATABASE_URL": house.standby.url(NAME)})
    return Seen(await examine(found, ledger), figures, casting_after, leading_after)


def tell(kind: str, seen: Seen) -> None:
    statuses = ", ".join(f"{status or 'no answer'}: {times}" for status, times in sorted(seen.figures.statuses.items()))
    print(  # noqa: T201  # the campaign's figures
        f"\n{kind} standby: {seen.verdict} Casting again after {seen.casting_after:.1f} s, a leader after "
        f"{seen.leading_after:.1f} s. Answers: {statuses}."
    )


@pytest.mark.parametrize("turn", ROUNDS)
async def test_with_a_synchronous_standby_no_acknowledged_ballot_is_lost(
    net: dict[str, Machine], tmp_path: Path, turn: int
) -> None:
    del turn
    async with house(net, tmp_path, synchronous=True) as running:
        seen = await fail_over(net, running)
    tell("Synchronous", seen)
    ROW.after(seen.verdict, seen.verdict.acknowledged).write()
    assert seen.verdict.good, str(seen.verdict)
    assert not seen.figures.statuses[500]
    assert seen.leading_after < MOST_SECONDS_WITHOUT_A_LEADER


@pytest.mark.parametrize("turn", ROUNDS)
async def test_control_an_asynchronous_standby_loses_what_it_was_behind(
    net: dict[str, Machine], tmp_path: Path, turn: int
) -> None:
    del turn
    async with house(net, tmp_path, synchronous=False) as running:
        seen = await fail_over(net, running)
    tell("Asynchronous", seen)
    ROW.after_control(seen.verdict).write()
    assert seen.verdict.lost


def leads(node: Node, address: str) -> bool:
    return node.leader() == address


async def test_another_machine_leads_within_ten_seconds(net: dict[str, Machine], tmp_path: Path) -> None:
    """When the leader is killed, when its machine vanishes, and when it stands still."""
    async with house(net, tmp_path, synchronous=True) as running:
        taken = {}
        for what in ("killed", "vanished", "stood still"):
            names = {net[name].address: name for name in running.apps}
            await asyncio.to_thread(until, lambda: running.primary.leader() is not None)
            was = names[str(running.primary.leader())]
            server = running.apps[was]
            assert server.process is not None
            match what:
                case "killed":
                    await asyncio.to_thread(server.kill)
                case "vanished":
                    net[was].unplug()
                case _:
                    os.killpg(server.process.pid, signal.SIGSTOP)
            other = next(address for address, name in names.items() if name != was)
            taken[what] = await asyncio.to_thread(until, partial(leads, running.primary, other))
            match what:
                case "killed":
                    await asyncio.to_thread(server.start)
                case "vanished":
                    net[was].plug()
                case _:
                    os.killpg(server.process.pid, signal.SIGCONT)
            await asyncio.to_thread(until, server.answers)
    print("\n" + ", ".join(f"{what}: {seconds:.1f} s" for what, seconds in taken.items()))  # noqa: T201  # as above
    assert max(taken.values()) < MOST_SECONDS_WITHOUT_A_LEADER
