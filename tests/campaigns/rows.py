"""What campaigns found, as rows of one table: each slice writes a file, `python -m tests.campaigns.rows` adds them up.

A long campaign can so be run in slices, PBVOTE_CAMPAIGN_RUNS at a time, on whatever days; the table says which.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.campaigns.box import Verdict

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("PBVOTE_CAMPAIGN_ROWS", ROOT / "build" / "campaigns"))
HEAD = ("campaign", "database", "runs", "acknowledged casts", "lost", "doubled", "corrupt", "control", "commit")

NUMBERS = (
    "runs",
    "acknowledged",
    "lost",
    "doubled",
    "corrupt",
    "control_runs",
    "control_found",
    "control_lost",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign on one database: its runs, and in how many of the control's runs the fault was found."""

    campaign: str
    database: str
    runs: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    corrupt: int = 0
    control_runs: int = 0
    control_found: int = 0
    control_lost: int = 0
    commits: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()

    def after(self, verdict: Verdict, acknowledged: int) -> Row:
        """With one more run, in which so many casts were acknowledged."""
        return replace(
            self,
            runs=self.runs + 1,
            acknowledged=self.acknowledged + acknowledged,
            lost=self.lost + len(verdict.lost),
            doubled=self.doubled + len(verdict.doubled),
            corrupt=self.corrupt + len(verdict.corrupt),
        )

    def after_control(self, verdict: Verdict) -> Row:
        """With one more run of the control, which is meant to go wrong."""
        return replace(
            self,
            control_runs=self.control_runs + 1,
            control_found=self.control_found + (not verdict.good),
            control_lost=self.control_lost + len(verdict.lost),
        )

    def plus(self, other: Row) -> Row:
        """Both, as one."""
        added: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in NUMBERS}
        for name in ("commits", "dates", "machines"):
            added[name] = tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name))))
        return replace(self, **added)

    def write(self) -> None:
        """Keep it, with this moment, machine and commit."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        stamped = replace(self, commits=(_commit(),), dates=(f"{datetime.now(UTC):%Y-%m-%d}",), machines=(_machine(),))
        name = re.sub(r"[^\w.]+", "-", f"{self.campaign} {self.database} {time.time_ns()}.json")
        (FOLDER / name).write_text(json.dumps(asdict(stamped), indent=1))


def runs(default: int) -> int:
    """How many runs a long campaign makes now: PBVOTE_CAMPAIGN_RUNS, or all of them."""
    return int(os.environ.get("PBVOTE_CAMPAIGN_RUNS", default))


def read_rows(folder: Path = FOLDER) -> list[Row]:
    """The rows in a folder, those of one campaign and database added up."""
    found: dict[tuple[str, str], Row] = {}
    for path in sorted(folder.glob("*.json")):
        row = Row(**json.loads(path.read_text()))
        before = found.get((row.campaign, row.database))
        found[row.campaign, row.database] = before.plus(row) if before else row
    return [found[key] for key in sorted(found)]


def table(rows: Iterable[Row]) -> str:
    """One table in Markdown, with the machines and dates below it."""
    listed = list(rows)
    lines = [f"| {' | '.join(HEAD)} |", f"|{'|'.join(['---', '---', *['---:'] * 5, '---', '---'])}|"]
    for row in listed:
        control = f"{row.control_found} of {row.control_runs} runs found it" if row.control_runs else "not run"
        if row.control_lost:
            control += f" ({row.control_lost:,} faults)"
        numbers = (row.runs, row.acknowledged, row.lost, row.doubled, row.corrupt)
        cells = [row.campaign, row.database, *(f"{number:,}" for number in numbers), control, ", ".join(row.commits)]
        lines.append(f"| {' | '.join(cells)} |")
    machines = sorted({machine for row in listed for machine in row.machines})
    dates = sorted({date for row in listed for date in row.dates})
    if listed:
        lines += ["", f"{'; '.join(machines)}; {dates[0]}{f' to {dates[-1]}' if len(dates) > 1 else ''}."]
    return "\n".join(lines)


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.stdout.write(table(read_rows()) + "\n")
