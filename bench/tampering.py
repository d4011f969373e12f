"""Tampering with published results: who is found out by whom, as docs/security.md tells it.

Run: .venv/bin/python bench/tampering.py [TRIALS]
Each cell is that many bundles, 100 by default; the percentage is how many of them were found wrong. The program ends
with 1 if a cell is not as docs/security.md has it.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.verify.campaign import ATTACKS, KEEPS, Cell, Power, measured, word_of
from tests.verify.test_tampering import documented


def main(trials: int) -> int:
    """Print the tables."""
    cells, expected = measured(trials), documented()
    for power in Power:
        print(f"\n### {power}\n\n| what is done | {' | '.join(KEEPS)} |\n|---|{'---|' * len(KEEPS)}")
        for attack in ATTACKS:
            print(f"| {attack} | {' | '.join(text_of(cells[power, attack, keep]) for keep in KEEPS)} |")
    wrong = [cell for cell in cells if word_of(cells[cell]) != expected[cell]]
    print(f"\n{trials} bundles a cell; {len(cells)} cells, {len(cells) - len(wrong)} as documented")
    for cell in wrong:
        print(f"not as documented: {described(cell)}: {text_of(cells[cell])}, documented: {expected[cell]}")
    return 1 if wrong else 0


def text_of(seen: Counter[str]) -> str:
    """The cell's word; where it is neither always nor never, with the percentage."""
    word = word_of(seen)
    return f"{word} ({100 * seen['found'] // seen.total()} %)" if word == "sometimes" else word


def described(cell: Cell) -> str:
    """A cell in words."""
    power, attack, keep = cell
    return f"{power} / {attack} / {keep}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100))
