"""How fast the tally is: against pabutools in the same run, and on made-up elections of growing size.

Run: .venv/bin/python bench/tally.py FILE.pb [FILE.pb ...]      real elections, as ratios to pabutools
     .venv/bin/python bench/tally.py --growth                    made-up ones of 10^4 to 10^7 voters x 200 projects

Each figure is of a process of its own: CPU seconds (the median of five for pbvote, once for pabutools, which takes
longer) and the peak memory of the whole process, file and all. pabutools (GPL) is only compared with: it is installed
from bench/pabutools.txt into build/bench.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pbvote.tally import Election, Profile, Project, VoteType, read_pabulib, tally

ROOT = Path(__file__).parents[1]
ORACLE = ROOT / "build" / "bench"
REPEATS = 5
PROJECTS = 200
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
BYTES_A_VOTER = 400  # what a made-up election needs at most while it is counted

Task = Callable[[Election], object]
TASKS: dict[str, Task] = {
    "equal-shares": lambda election: tally(election, "equal-shares"),
    "phragmen": lambda election: tally(election, "phragmen"),
    "equal-shares, add1u": lambda election: tally(election, "equal-shares", {"completion": "add1u"}),
    "equal-shares, all margins": lambda election: tally(election, "equal-shares", margins=True),
    "max-welfare": lambda election: tally(election, "max-welfare"),
    "maximin-support": lambda election: tally(election, "maximin-support"),
}
COMPARED = ("read", "equal-shares", "phragmen")


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def peak() -> float:
    """The most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(task: str, file: str) -> dict[str, Any]:
    """One task on one file, in this process. The first count also sorts the ballots by project."""
    if task == "read":
        seconds = [cpu(lambda: read_pabulib(file)) for _ in range(REPEATS)]
        return {"seconds": statistics.median(seconds), "first": seconds[0], "peak": peak()}
    election = read_pabulib(file).election
    repeats = 1 if task == "maximin-support" else REPEATS
    seconds = [cpu(lambda: TASKS[task](election)) for _ in range(repeats)]
    return {"seconds": statistics.median(seconds), "first": seconds[0], "peak": peak()}


def made_up(voters: int) -> Election:
    """Everybody approves up to eight of 200 projects, some liked by many; chance is seeded."""
    chance = np.random.default_rng(voters)
    liked = chance.random(PROJECTS) ** 2
    chosen = np.sort(chance.choice(PROJECTS, size=(voters, 8), p=liked / liked.sum()).astype(np.uint8), axis=1)
    kept = np.ones(chosen.shape, dtype=np.bool_)
    kept[:, 1:] = chosen[:, 1:] != chosen[:, :-1]
    starts = np.concatenate(([0], np.cumsum(kept.sum(axis=1))))
    profile = Profile(starts, chosen[kept].astype(np.int64), None, np.ones(voters, dtype=np.int64))
    costs = chance.integers(5_000_00, 400_000_00, PROJECTS)
    projects = tuple(Project(str(number), int(cost)) for number, cost in enumerate(costs))
    return Election(projects, int(costs.sum()) // 4, VoteType.APPROVAL, profile)


def measure_growth(voters: int) -> dict[str, Any]:
    """Equal Shares on a made-up election, counted once."""
    election = made_up(voters)
    before = peak()
    seconds = cpu(lambda: tally(election, "equal-shares"))
    return {"seconds": seconds, "before": before, "peak": peak()}


def in_process(program: list[str | Path], *arguments: str) -> dict[str, Any]:
    """Run a measuring process and read what it found."""
    command: list[str] = [*map(str, program), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603  ours
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def oracle() -> Path:
    """The interpreter of an environment with pabutools, made if there is none."""
    python = ORACLE / "bin" / "python"
    if not python.exists():
        print("Installing pabutools into build/bench …", file=sys.stderr)
        venv.create(ORACLE, with_pip=True)
        requirements = ROOT / "bench" / "pabutools.txt"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(requirements)]
        subprocess.run(pip, check=True)  # noqa: S603  the environment's own pip
    return python


def against_pabutools(files: list[str]) -> None:
    """Print a row for each task and file."""
    here: list[str | Path] = [sys.executable, __file__, "--task"]
    there: list[str | Path] = [oracle(), ROOT / "bench" / "oracle.py"]
    print("| what | election | pbvote, CPU s | pabutools, CPU s | faster | pbvote, MB | pabutools, MB |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for task in (*COMPARED, *(task for task in TASKS if task not in COMPARED)):
        for file in files:
            ours = in_process(here, task, file)
            row = f"| {task} | {Path(file).stem} | {ours['seconds']:.4f} (first {ours['first']:.4f}) |"
            if task in COMPARED:
                theirs = in_process(there, task, file)
                ratio = theirs["seconds"] / ours["seconds"]
                row += f" {theirs['seconds']:.2f} | {ratio:,.0f}x | {ours['peak']:.0f} | {theirs['peak']:.0f} |"
            else:
                row += f" | | {ours['peak']:.0f} | |"
            print(row, flush=True)


def growth() -> None:
    """Print Equal Shares' CPU seconds and memory from 10^4 to 10^7 voters, and the slope between neighbours."""
    print("| voters x 200 projects | CPU s | slope | peak, MB | of it the election, MB |")
    print("|---|--:|--:|--:|--:|")
    earlier = None
    for voters in SIZES:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
        if voters * BYTES_A_VOTER > available:
            print(f"| {voters:,} | not tried: {available / 2**30:.1f} GB of memory are free | | | |")
            continue
        found = in_process([sys.executable, __file__, "--growth-of"], str(voters))
        slope = "" if earlier is None else f"{math.log10(found['seconds'] / earlier):.2f}"
        row = (f"{voters:,}", f"{found['seconds']:.3f}", slope, f"{found['peak']:.0f}", f"{found['before']:.0f}")
        print(f"| {' | '.join(row)} |", flush=True)
        earlier = found["seconds"]


def main() -> None:
    """Do what the arguments ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE.pb")
    parser.add_argument("--growth", action="store_true", help="count made-up elections of growing size")
    parser.add_argument("--task", nargs=2, metavar=("TASK", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--growth-of", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measure(*given.task)))
        return
    if given.growth_of:
        print(json.dumps(measure_growth(given.growth_of)))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}\n")
    if given.files:
        against_pabutools(given.files)
    if given.growth or not given.files:
        growth()


if __name__ == "__main__":
    main()
