"""Tampering tried out: every attack, by insiders of growing power, against readers who bring more and more along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import Checkpoint, read_text, sign
from pbvote.ballotbox.notes import Note, read_note
from pbvote.ballotbox.receipts import Receipt, promise
from pbvote.verify import OK, Report, verify
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, key_of, made
from tests.verify import attacks
from tests.verify.attacks import Attacked, Ours, Vote, a_vote, published

THIEF = replace(key_of("thief"), name=ORIGIN)


class Power(StrEnum):
    """What an insider has."""

    FILES = "The files alone"
    OWN_KEY = "The files, and a key of their own"
    LOG_KEY = "The log's signing key, after the close"
    IN_TIME = "All keys, while voting is open"


ATTACKS: Mapping[str, Callable[[Vote, Random], Attacked]] = {
    "drop a ballot": attacks.drop,
    "change a ballot": attacks.change,
    "change a ballot and its commitment": attacks.change_and_commit_anew,
    "mark a ballot as replaced": attacks.mark_as_superseded,
    "let a replaced ballot count": attacks.revive,
    "add ballots": attacks.stuff,
    "add ballots and electors": attacks.stuff_and_let_the_roll_grow,
    "alter the budget or a cost": attacks.alter_config,
    "alter who is funded": attacks.alter_result,
    "alter dice, reasons or approvals": attacks.alter_what_comes_after_the_close,
    "forge a checkpoint": attacks.forge_a_checkpoint,
}
KEEPS = (
    "nothing",
    "the log's key",
    "a checkpoint from the vote",
    "a checkpoint from the close",
    "a witness' key",
    "the receipt of a voter it harms",
    "another voter's receipt",
)
NOBODY = "-"  # the attack harms no voter's own ballot
Cell = tuple[Power, str, str]


@dataclass(frozen=True)
class Case:
    """A bundle after an attack, and what each reader keeps to check it with."""

    bundle: bytes
    kept: Mapping[str, Kept | None]


def case_of(power: Power, attack: str, trial: int) -> Case:
    """The same case each time: an honest vote, the attack on it, and what was kept of the one that could be seen."""
    chance = Random(f"{attack} {trial}")  # noqa: S311  # the same cases each time
    honest = a_vote(chance)
    tampered, harmed = ATTACKS[attack](honest, chance)
    seen = published(honest, LOG_KEY, witnessed=True)
    match power:
        case Power.FILES:
            bundle = files_only(seen, published(tampered, LOG_KEY, witnessed=False), lazy=trial % 2 == 0)
        case Power.OWN_KEY:
            bundle = published(tampered, THIEF, witnessed=False)
        case Power.LOG_KEY:
            bundle = published(tampered, LOG_KEY, witnessed=False, kept=seen.checkpoints)
        case Power.IN_TIME:
            bundle = seen = published(tampered, LOG_KEY, witnessed=True)
    if attack == "forge a checkpoint":
        bundle = forged(seen, power, chance)
    other = chance.choice([o for o in honest.counted if o in tampered.counted and o != harmed])
    return Case(write_bundle(bundle), kept_of(seen, harmed, other))


def files_only(seen: Bundle, tampered: Bundle, *, lazy: bool) -> Bundle:
    """Without a key the old checkpoints stay; somebody lazy leaves the old log as well, if that is not all there is."""
    changed = replace(tampered, checkpoints=seen.checkpoints, log=seen.log)
    return changed if lazy and changed != seen else replace(changed, log=tampered.log)


def forged(seen: Bundle, power: Power, chance: Random) -> Bundle:
    """One of the checkpoints is for a log that never was; its signature is an old one, or that of the key at hand."""
    place = chance.randrange(len(seen.checkpoints))
    point = read_text(seen.checkpoints[place].text)
    other = Checkpoint(point.origin, point.size, made(f"root {place}"))
    key = THIEF if power is Power.OWN_KEY else LOG_KEY
    note = read_note(sign(other, key))
    if power is Power.FILES:
        note = Note(other.text(), seen.checkpoints[place].signatures)
    notes = (*seen.checkpoints[:place], note, *seen.checkpoints[place + 1 :])
    return replace(seen, checkpoints=notes)


def kept_of(seen: Bundle, harmed: Ours | None, other: Ours) -> dict[str, Kept | None]:
    """What each reader kept of the log that they saw."""
    places = [number for number, leaf in enumerate(seen.log) if leaf.type == "ballot"]
    notes = {read_text(note.text).size: note.encode() for note in seen.checkpoints}
    close = next(number for number, leaf in enumerate(seen.log) if leaf.type == "close")
    during = min(size for size in notes if size > places[0])
    kept = (
        Kept(),
        Kept(pins=(LOG_KEY.verify_key,)),
        Kept(checkpoint=notes[during]),
        Kept(checkpoint=notes[close + 1]),
        Kept(pins=(WITNESS.verify_key,)),
        Kept(receipts=(receipt_of(harmed),)) if harmed else None,
        Kept(receipts=(receipt_of(other),)),
    )
    return dict(zip(KEEPS, kept, strict=True))


def receipt_of(ours: Ours) -> Receipt:
    return promise(LOG_KEY, POLL, ours.commitment, ours.opening.browser_random)


def seen_by(report: Report) -> str:
    """`found`: the program says that something is wrong. `told`: it tells a voter what only they know to be false."""
    if report.code != OK:
        return "found"
    return (
        "told" if any("was replaced by a later vote" in finding.sentence for finding in report.findings) else "passed"
    )


def measured(trials: int) -> dict[Cell, Counter[str]]:
    """Every cell of the table: how often each thing was seen."""
    cells: dict[Cell, Counter[str]] = {}
    for power in Power:
        for attack in ATTACKS:
            for trial in range(trials):
                case = case_of(power, attack, trial)
                for keep, kept in case.kept.items():
                    what = seen_by(verify(case.bundle, kept)) if kept else NOBODY
                    cells.setdefault((power, attack, keep), Counter())[what] += 1
    return cells


def word_of(seen: Counter[str]) -> str:
    """What the table in docs/security.md says of a cell."""
    words = {"found": "always", "told": "told", "passed": "never", NOBODY: NOBODY}
    if len(seen) == 1:
        return words[next(iter(seen))]
    return "sometimes"
