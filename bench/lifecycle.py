"""A million steps through the life of votes, each held against a dictionary: `python -m bench.lifecycle [N] [SEED]`.

The same steps as in tests/security/test_lifecycle.py, drawn at random; many casts share a transaction, as they do under
load. It ends with a traceback at the first thing that is not as the model says, and prints what it did.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pbvote.db import migrate
from tests.security.lifecycle import one_vote


def main() -> None:
    """Vote after vote until there are enough steps."""
    wanted, seed = int(sys.argv[1]) if sys.argv[1:] else 1_000_000, int(sys.argv[2]) if sys.argv[2:] else 1
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "pbvote.db"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{template}"))
        steps, votes, seen, began = 0, 0, Counter[str](), time.process_time()
        while steps < wanted:
            steps += _one_vote(template, seed + votes, seen)
            votes += 1
            if votes % 25 == 0:
                print(f"{steps:>9,} steps, {votes:,} votes, {time.process_time() - began:,.0f} CPU s", flush=True)
    print(f"{steps:,} steps in {votes:,} votes, all as the model says, {time.process_time() - began:,.0f} CPU s")
    for name, count in seen.most_common():
        print(f"  {name:20} {count:>8,}")


def _one_vote(template: Path, seed: int, seen: Counter[str]) -> int:
    try:
        return asyncio.run(one_vote(template, seed, seen))
    except BaseException:
        print(f"the vote with the seed {seed} failed")
        raise


if __name__ == "__main__":
    main()
