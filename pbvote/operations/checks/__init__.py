"""What the doctor looks at, in the order in which it is told. Each check is on its own, and changes nothing."""

from collections.abc import Awaitable, Callable, Mapping

from pbvote.operations.checks import database, machine, upkeep, votes
from pbvote.operations.checks.finding import Case, Finding

__all__ = ["CHECKS"]

CHECKS: Mapping[str, Callable[[Case], Awaitable[list[Finding]]]] = {
    "release": database.release,
    "schema": database.schema,
    "durability": database.durability,
    "keys": machine.keys,
    "clock": machine.clock,
    "disk": machine.disk,
    "connections": database.connections,
    "leader": upkeep.leader,
    "rounds": votes.late_rounds,
    "batches": votes.batches,
    "held logs": votes.held_logs,
    "outbox": upkeep.outbox,
    "logs": votes.logs,
    "backup": upkeep.backup,
}
