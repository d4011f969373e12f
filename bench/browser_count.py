"""How long the browser's count takes: real elections, counted by every rule in node and by the second count.

Run: .venv/bin/python -m bench.browser_count FILE.pb [FILE.pb ...]
CPU seconds of a process of its own for each count, without reading the file; the browser's first, with scripts that are
not yet compiled. A count that takes more than five minutes is given up. The figures are those of the machine named.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pbvote.recount import recount
from pbvote.recount.adapter import of
from pbvote.tally import read_pabulib
from tests.verify.browser_count import NODE, browser_count

ROOT = Path(__file__).parents[1]
LONGEST = 300
TIES = "cheapest,most-votes,ballot-order"
COUNTS: tuple[tuple[str, dict[str, str | int | bool]], ...] = (
    ("greedy", {}),
    ("greedy-per-cost", {}),
    ("equal-shares", {}),
    ("equal-shares", {"completion": "add1u"}),
    ("equal-shares", {"completion": "add1u", "utility": "votes"}),
    ("phragmen", {}),
    ("maximin-support", {}),
    ("max-welfare", {}),
    ("priorities", {}),
)


def measure(program: str, number: int, file: str) -> dict[str, Any]:
    """One count of one file, in this process or in node: the seconds, and who is funded."""
    rule, parameters = COUNTS[number]
    ballots = of(read_pabulib(file).election)
    if program == "node":
        with browser_count() as browser:
            answer = browser.count(ballots, rule, parameters, TIES)
        return {"seconds": answer["seconds"], "funded": [step["project"] for step in answer["steps"]]}
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    started = time.process_time()
    counted = recount(ballots, rule, parameters, TIES)
    return {"seconds": time.process_time() - started, "funded": list(counted.funded)}


def in_process(program: str, number: int, file: str) -> dict[str, Any] | None:
    """The same in a process of its own; `None` if it takes too long."""
    command = [sys.executable, "-m", "bench.browser_count", "--one", program, str(number), file]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)  # noqa: S603  this program
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        return None
    done.check_returncode()
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(files: list[str]) -> int:
    """Print a row for each count; ends with 1 if the two programs disagree."""
    version = subprocess.run([str(NODE), "--version"], check=True, capture_output=True, text=True)  # noqa: S603
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Node {version.stdout}")
    print("| count | election | browser's, CPU s | second, CPU s | same outcome |\n|---|---|--:|--:|---|")
    wrong = 0
    for file in files:
        for number, (rule, parameters) in enumerate(COUNTS):
            here, there = in_process("node", number, file), in_process("python", number, file)
            same = here["funded"] == there["funded"] if here and there else None
            wrong += same is False
            cells = [f"{found['seconds']:.2f}" if found else f"over {LONGEST}" for found in (here, there)]
            word = {True: "yes", False: "**no**", None: ""}[same]
            name = " ".join([rule, *map(str, parameters.values())])
            print(f"| {name} | {Path(file).stem} | {cells[0]} | {cells[1]} | {word} |", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), sys.argv[4])))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
