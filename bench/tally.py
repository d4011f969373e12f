"""How long the tally takes on elections of growing size, as ratios to the smallest, in CPU seconds.

Run: .venv/bin/python bench/tally.py [FILE.pb ...]
Without files it counts made-up elections of 1,000 to 100,000 voters and 100 projects; chance is seeded.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from pbvote.tally import Ballot, Election, Project, VoteType, read_pabulib, tally

SIZES = (1_000, 10_000, 100_000)
PROJECTS = 100
RUNS: tuple[tuple[str, dict[str, str]], ...] = (
    ("greedy", {}),
    ("equal-shares", {"completion": "none"}),
    ("equal-shares", {"completion": "add1u"}),
)


def made_up(voters: int) -> Election:
    """An election in which everybody approves one to ten projects, some of them liked by many."""
    chance = random.Random(voters)  # noqa: S311  # the same election each time
    projects = [Project(str(number), chance.randrange(5_000_00, 400_000_00, 100)) for number in range(PROJECTS)]
    liked = [chance.random() ** 2 for _ in projects]
    ballots = (
        Ballot(tuple(dict.fromkeys(str(n) for n in chance.choices(range(PROJECTS), liked, k=chance.randint(1, 10)))))
        for _ in range(voters)
    )
    return Election.of(projects=projects, budget=5_000_000_00, vote_type=VoteType.APPROVAL, ballots=ballots)


def elections(files: list[str]) -> Iterable[tuple[str, Election]]:
    """The files' elections, or the made-up ones."""
    if files:
        yield from ((Path(file).stem, read_pabulib(file).election) for file in files)
    else:
        yield from ((f"{size:,} voters", made_up(size)) for size in SIZES)


def main() -> None:
    """Print the table."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| election | " + " | ".join(" ".join((rule, *given.values())) for rule, given in RUNS) + " |")
    print("|---|" + "---|" * len(RUNS))
    first: list[float] = []
    for name, election in elections(sys.argv[1:]):
        seconds = []
        for rule, given in RUNS:
            started = time.process_time()
            tally(election, rule, given)
            seconds.append(time.process_time() - started)
        first = first or seconds
        cells = [f"{took:.3f} s ({took / base:.1f}x)" for took, base in zip(seconds, first, strict=True)]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
