"""Whether the tests would see a wrong comparison in the tally: change one token, run the tests, print who noticed.

Run: .venv/bin/python bench/mutations.py [WORD ...]
With words only the mutations are made whose name has one of them. Nothing is changed here: each mutation is made in a
copy of the package in a temporary folder. It ends with 1 if a mutation survives.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TALLY = Path("pbvote/tally")
QUICK = (
    "tests/tally/test_equal_shares.py",
    "tests/tally/test_greedy.py",
    "tests/tally/test_ties.py",
    "tests/tally/test_papers.py",
    "tests/recount/test_edges.py",
    "tests/recount/test_against_the_tally.py",
)


@dataclass(frozen=True)
class Mutation:
    """In the module `file` the text `where`, found once, has `old` replaced by `new`."""

    name: str
    file: str
    where: str
    old: str
    new: str

    def made_in(self, source: str) -> str:
        """The module's source with the mutation. Raises LookupError if its place is not found."""
        if source.count(self.where) != 1:
            raise LookupError(f"{self.file} has {self.where!r} {source.count(self.where)} times; expected once")
        return source.replace(self.where, self.where.replace(self.old, self.new, 1))


MUTATIONS = (
    Mutation("exact money that is just enough", "purse.py", "self.exact_money(project) >= cost", ">=", ">"),
    Mutation("shares that are just enough", "shares.py", "votes * numerator >= cost * denominator", ">=", ">"),
    Mutation("who pays in full", "purse.py", "if money * payers >= owed * weight", ">=", ">"),
    Mutation("ties of Equal Shares", "shares.py", "if rank == lowest", "==", "is"),
    Mutation("Add1 that spends just everything", "rules/equal_shares.py", "higher.gate.left < 0", "<", "<="),
    Mutation("when nothing else fits", "rules/equal_shares.py", "market.costs[project] > left", ">", ">="),
    Mutation("just eligible", "rules/equal_shares.py", "draft.votes[project] < needed", "<", "<="),
    Mutation("as many prefer each outcome", "compared.py", "wins = greedy > shares", ">", ">="),
    Mutation("what just fits", "gate.py", "needed > self.left", ">", ">="),
    Mutation("what the pots can just pay", "gate.py", "if needed > room else", ">", ">="),
    Mutation("just votes enough", "draft.py", "votes < self.conditions.min_votes", "<", "<="),
    Mutation("no points are no support", "support.py", "kept = given > 0", ">", ">="),
    Mutation("a score on the threshold", "rules/greedy.py", "scores[project] < least", "<", "<="),
    Mutation("Phragmen's stop", "rules/phragmen.py", "waiting, skip=skip)", "=skip", "=True"),
    Mutation("ties of Phragmen", "loads.py", "if load == lowest", "==", "is"),
    Mutation("ties of maximin support", "rules/maximin_support.py", "if bound == load", "==", "is"),
    Mutation("a set that costs just everything", "knapsack.py", "min(slack) < 0", "<", "<="),
    Mutation("who wins a tie", "ties.py", "best = min(key(", "min", "max"),
)


def mutated(mutation: Mutation | None, folder: Path) -> None:
    """Copy the tally and its tests into the folder, with the mutation."""
    for name in ("pbvote/tally", "pbvote/recount", "tests/tally", "tests/recount"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pbvote/__init__.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    if mutation:
        module = folder / TALLY / mutation.file
        module.write_text(mutation.made_in(module.read_text()))


def failing(mutation: Mutation | None, selection: Sequence[str]) -> str | None:
    """The first test of the selection that fails under the mutation; `None` if all pass."""
    with tempfile.TemporaryDirectory() as name:
        mutated(mutation, Path(name))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--noconftest", "-p", "no:cacheprovider"]
        done = subprocess.run(  # noqa: S603  our own tests
            [*command, *selection],
            cwd=name,
            env={**os.environ, "PYTHONPATH": name},
            check=False,
            capture_output=True,
            text=True,
        )
    if done.returncode == 0:
        return None
    found = re.search(r"^FAILED (\S+?::[^\n]*?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"the tests did not run:\n{done.stdout}\n{done.stderr}")
    return found[1]


def main() -> int:
    """Print the table."""
    chosen = [m for m in MUTATIONS if not sys.argv[1:] or any(word in m.name for word in sys.argv[1:])]
    survivors = 0
    print("| mutation | in | change | seen by |\n|---|---|---|---|")
    for mutation in chosen:
        seen = failing(mutation, QUICK)
        survivors += seen is None
        change = f"`{mutation.where}`: `{mutation.old}` to `{mutation.new}`"
        cells = (mutation.name, mutation.file, change, f"`{seen}`" if seen else "**nobody**")
        print(f"| {' | '.join(cells)} |", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
