"""What an operator should know of an installation: each finding with what to do about it.

`pbvote doctor` prints the findings, and the operator's page shows them. Every check is on its own: where one cannot
look, that is its finding, and the others go on.
"""

from __future__ import annotations

import asyncio

from pbvote.db import Database
from pbvote.operations.checks import CHECKS
from pbvote.operations.checks.finding import GOOD, LOOK, WRONG, Case, Finding
from pbvote.settings import Settings

PATIENCE = 20.0  # seconds for a check that has to ask somebody who may not answer


async def findings(database: Database, settings: Settings, *, thorough: bool = True) -> list[Finding]:
    """Everything that was looked at, in a fixed order, also what is good. Changes nothing.

    `thorough` reads every ballot log from its first entry on, and waits some seconds if a batch of ballots waits.
    """
    case = Case(database, settings, thorough)
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            async with asyncio.timeout(None if thorough else PATIENCE):
                found += await check(case)
        except Exception as error:  # noqa: BLE001  # a check that cannot look says so, and the others go on
            sentence = f"This could not be looked at ({type(error).__name__})."
            remedy = "See whether the database answers and the schema is there; then run `pbvote doctor` again."
            found.append(Finding(name, WRONG, sentence, remedy))
    return found


def exit_code(found: list[Finding]) -> int:
    """0 if everything is good, 1 if there is something to look at, 2 if something is wrong."""
    return max(({GOOD: 0, LOOK: 1, WRONG: 2}[one.level] for one in found), default=0)
