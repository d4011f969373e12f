"""Search for inputs that break the Pabulib reader, guided by the lines of it that they reach.

Needs Atheris (libFuzzer for Python) in an environment of its own, with NumPy:

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris numpy
    mkdir -p /tmp/fuzz/found
    /tmp/fuzz/bin/python bench/fuzz_pabulib.py -max_total_time=1800 /tmp/fuzz/found tests/tally/data/corpus

All arguments are libFuzzer's. What breaks is written to the working directory as `crash-...`. With `-merge=1 TO FROM`
the smallest inputs that together reach the same lines are copied; that is how tests/tally/data/corpus was made, and
tests/tally/test_pabulib_corpus.py replays it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-untyped,unused-ignore]  # only where this program is run

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["pbvote.tally.pabulib", "pbvote.tally.election", "pbvote.tally.profile"]):
    from tests.tally.pabulib_invariants import hold_for

LONGEST = 3_000  # bytes of an input
SEEDS = [path.read_bytes() for path in sorted((ROOT / "tests/tally/data/corpus").glob("seed-*.fuzz"))]
NOISE = [
    "",
    " ",
    "\r",
    "\n",
    "\r\n",
    ";",
    ",",
    '""',
    '"',
    "é",
    "\udcff",
    "\u2028",
    "\ufeff",
    "None",
    "0",
    "-",
    ".5",
    "1",
]
SHARE_OF_BYTES = 0.25
SHARE_OF_SEEDS = 0.3
SHARE_OF_TRUE_TOTALS = 0.8
WORDS = [
    *("META\n", "key;value\n", "PROJECTS\n", "project_id;cost", "VOTES\n", "voter_id;vote", ";points", ";votes;score"),
    *("description;", "budget;", "num_projects;", "num_votes;", "currency;", "default_score;", "rule;", "vote_type;"),
    *(
        "approval",
        "choose-1",
        "ordinal",
        "cumulative",
        "scoring",
        "None",
        "min_length;",
        "max_length;",
        "max_sum_cost;",
    ),
    *("max_points;", "min_points;", "max_sum_points;", ";name;category", ";selected", ",,", '"', '""', ";;"),
    *(
        "\r\n",
        "\ufeff",
        "400000.0",
        "1200,50",
        "-1",
        "0.001",
        "999999999999999",
        "\n\n",
        ", ",
        " ;",
        "Budget;",
        "a;1;\n",
    ),
]


def main() -> None:
    """Hand the arguments, the words of the format and the longest length to libFuzzer."""
    with tempfile.NamedTemporaryFile("w", suffix=".dict", encoding="utf-8") as words:
        for word in WORDS:
            words.write('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n')
        words.flush()
        options = [f"-dict={words.name}", f"-max_len={LONGEST}", "-timeout=20"]
        itself = f"{sys.executable} {sys.argv[0]}"  # as libFuzzer starts it again to merge
        atheris.Setup([itself, *options, *sys.argv[1:]], hold_for_input, custom_mutator=changed)
        atheris.Fuzz()


def changed(data: bytes, longest: int, seed: int) -> bytes:
    """Another input: some changed byte by byte, most of them cell by cell, so that they stay a file."""
    chance = random.Random(seed)  # noqa: S311  the same changes for the same seed
    if chance.random() < SHARE_OF_BYTES:
        return bytes(atheris.Mutate(data, longest))
    if chance.random() < SHARE_OF_SEEDS:
        data = chance.choice(SEEDS)
    lines = [line.split(";") for line in data.decode(errors="surrogateescape").split("\n")]
    for _ in range(chance.choice([1, 1, 2, 4])):
        _change(lines, chance)
    if chance.random() < SHARE_OF_TRUE_TOTALS:
        _set_totals(lines)
    return "\n".join(map(";".join, lines)).encode(errors="surrogateescape")[:longest]


def _change(lines: list[list[str]], chance: random.Random) -> None:
    """Change a line, a cell or an item of a list."""
    place = chance.randrange(len(lines))
    line, other = lines[place], chance.choice(lines)
    cell = chance.randrange(len(line))
    items = line[cell].split(",")
    match chance.randrange(10):
        case 0:
            lines.insert(chance.randrange(len(lines) + 1), list(other))
        case 1 if len(lines) > 1:
            del lines[place]
        case 2:
            line[cell] = chance.choice(other)
        case 3:
            line[cell] = chance.choice(WORDS).strip("\n;")
        case 4:
            line[cell] = ",".join([*items, *chance.choice(other).split(",")])
        case 5:
            line[cell] = ",".join(chance.sample(items, chance.randint(0, len(items))))
        case 6:
            line[cell] = '"' + _with_noise(line[cell].strip('"'), chance) + '"'
        case 7:
            items[chance.randrange(len(items))] = str(chance.choice([-1, 0, 1, 2, 3, 5, 9, 100]))
            line[cell] = ",".join(items)
        case 8:
            line.insert(cell, chance.choice(other))
        case _:
            line[cell] = _with_noise(line[cell], chance)


def _with_noise(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + chance.choice(NOISE) + text[place:]


def _set_totals(lines: list[list[str]]) -> None:
    """Let META say how many projects and votes there are, so that the file is read to its end."""
    titles = {line[0]: place for place, line in enumerate(lines) if len(line) == 1}
    filled = [bool("".join(line)) for line in lines]
    if {"PROJECTS", "VOTES"} <= titles.keys():
        projects, votes = titles["PROJECTS"], titles["VOTES"]
        totals = {"num_projects": sum(filled[projects + 2 : votes]), "num_votes": sum(filled[votes + 2 :])}
        for line in lines[:projects]:
            if line[0] in totals:
                line[1:] = [str(totals[line[0]])]


def hold_for_input(data: bytes) -> None:
    """One run; libFuzzer takes any exception for a find."""
    hold_for(data)


if __name__ == "__main__":
    main()
