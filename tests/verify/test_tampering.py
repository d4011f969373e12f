"""docs/security.md says which tampering is found by whom; here it is tried out, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.findings import Finding
from pbvote.verify import OK, verify
from tests.ballotbox.bundles import LOG_KEY
from tests.verify.attacks import a_vote, published
from tests.verify.campaign import ATTACKS, KEEPS, Cell, Power, case_of, kept_of, measured, seen_by, word_of

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
TRIALS = 10


def documented() -> dict[Cell, str]:
    """The cells of the tables under the heading of each power."""
    cells: dict[Cell, str] = {}
    for power in Power:
        part = PAGE.read_text(encoding="utf-8").partition(f"\n### {power}\n")[2].partition("\n#")[0]
        head, _, *rows = (line.strip("|").split("|") for line in part.splitlines() if line.startswith("|"))
        assert tuple(cell.strip() for cell in head[1:]) == KEEPS
        for attack, *words in rows:
            cells |= {(power, attack.strip(), keep): word.strip() for keep, word in zip(KEEPS, words, strict=True)}
    return cells


def test_every_cell_is_as_documented() -> None:
    cells, expected = measured(TRIALS), documented()
    assert cells.keys() == expected.keys()
    assert len(cells) == len(Power) * len(ATTACKS) * len(KEEPS)
    differing = {
        cell: (word_of(seen), expected[cell]) for cell, seen in cells.items() if word_of(seen) != expected[cell]
    }
    assert differing == {}


@pytest.mark.parametrize("trial", range(TRIALS))
def test_an_honest_vote_is_found_right_by_everybody(trial: int) -> None:
    vote = a_vote(Random(trial))  # noqa: S311  # the same votes each time
    bundle = published(vote, LOG_KEY, witnessed=True)
    for kept in kept_of(bundle, *vote.counted[:2]).values():
        report = verify(write_bundle(bundle), kept)
        assert (report.code, report.wrong) == (OK, ())


def nothing(*_: object) -> Iterator[Finding]:
    yield from ()


def fine(*_: object) -> Finding:
    return Finding(True, "Fine.")


@pytest.mark.parametrize(
    ("check", "power", "attack", "keep"),
    [
        ("ballotbox.checking.check_kept", Power.LOG_KEY, "drop a ballot", "a checkpoint from the close"),
        ("ballotbox.checking.check_pins", Power.OWN_KEY, "drop a ballot", "the log's key"),
        ("ballotbox.checking.check_pins", Power.LOG_KEY, "add ballots", "a witness' key"),
        ("ballotbox.checking.check_checkpoints", Power.FILES, "drop a ballot", "nothing"),
        ("ballotbox.checking._files", Power.FILES, "alter dice, reasons or approvals", "nothing"),
        ("ballotbox.checking._ballots", Power.LOG_KEY, "change a ballot", "nothing"),
        ("ballotbox.checking._receipt", Power.LOG_KEY, "drop a ballot", "the receipt of a voter it harms"),
        ("verify.report.check_count", Power.LOG_KEY, "alter who is funded", "nothing"),
    ],
)
def test_without_its_check_a_tampering_passes(
    check: str, power: Power, attack: str, keep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the cell says `always`, and with the check switched off it no longer does."""

    def word() -> str:
        cases = [case_of(power, attack, trial) for trial in range(8)]
        return word_of(Counter(seen_by(verify(case.bundle, case.kept[keep])) for case in cases))

    assert word() == documented()[power, attack, keep] == "always"
    monkeypatch.setattr(f"pbvote.{check}", fine if check.endswith("_receipt") else nothing)
    assert word() in {"never", "sometimes"}
