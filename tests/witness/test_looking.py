"""A witness never signs two logs that do not fit, whatever it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from pbvote.ballotbox.checkpoints import Checkpoint, open_checkpoint, read_text, sign, verify_cosignature
from pbvote.ballotbox.notes import Note, read_note
from pbvote.ballotbox.notes import sign as sign_note
from pbvote.witness import looking
from pbvote.witness.looking import Looked, Seen, Shown, Unable, Wrong, countersign, look
from tests.witness.services import LOG_KEY, ORIGIN, OTHER_KEY, WITNESS, Fake, leaf

LEAVES = [leaf(number) for number in range(40)]
FORK = [*LEAVES[:9], *(leaf(100 + number) for number in range(40))]


def seen_at(size: int, leaves: list[bytes] = LEAVES) -> Seen:
    return Seen(LOG_KEY.verify_key, Fake(leaves, size).note())


@pytest.mark.parametrize(
    ("service", "what"),
    [
        (Fake(FORK, 20), "does not begin with"),  # as long as before, and not the same
        (Fake(FORK, 30), "does not begin with"),
        (Fake(FORK, 30, proof=Fake(LEAVES, 30).tree.consistency(20, 30)), "does not begin with"),
        (Fake(FORK, 30, refuses=True), "does not prove"),
        (Fake(LEAVES, 30, proof=[]), "does not begin with"),
        (Fake(LEAVES[:15], 15), "does not prove"),  # it has lost what it had
        (Fake(FORK, 10), "does not begin with"),  # shorter, and of another log
        (Fake(LEAVES, 30, key=OTHER_KEY), "another key"),
        (Fake(LEAVES, 30, key=OTHER_KEY, named_key=LOG_KEY), "not one of this log"),
        (Fake(LEAVES, 30, named_key=OTHER_KEY), "another key"),
        (Fake(LEAVES, 30, origin="vote.example.org/another"), "not one of this log"),
    ],
)
def test_what_contradicts_the_last_look_is_wrong_and_both_are_evidence(service: Fake, what: str) -> None:
    seen = seen_at(20)
    with pytest.raises(Wrong, match=what) as found:
        look(service, seen)
    assert found.value.evidence[:2] == (seen.note, service.note())


def test_an_old_copy_is_neither_right_nor_wrong() -> None:
    with pytest.raises(Unable, match="it has had 20"):
        look(Fake(LEAVES, 12), seen_at(20))


def test_no_answer_says_nothing_of_the_log() -> None:
    with pytest.raises(Unable, match="no network"):
        look(Fake(LEAVES, 30, unable=True), seen_at(20))


def test_a_checkpoint_with_further_lines_is_no_checkpoint_of_ours() -> None:
    text = Checkpoint(ORIGIN, 3, bytes(32), ("more",)).text()
    note = Note(text, (sign_note(text, LOG_KEY),)).encode()

    class More(Fake):
        def shown(self) -> Shown:
            return replace(super().shown(), note=note)

    with pytest.raises(Wrong, match="lines that no checkpoint"):
        look(More(LEAVES, 3), None)


@pytest.mark.parametrize("named", ["", "nonsense", WITNESS.verify_key.text])
def test_a_first_look_needs_the_key_of_a_log(named: str) -> None:
    class Nameless(Fake):
        def shown(self) -> Shown:
            return replace(super().shown(), log_key=named)

    with pytest.raises(Unable, match="as the key of its log"):
        look(Nameless(LEAVES, 3), None)


def test_the_first_look_believes_the_key_unless_one_was_pinned() -> None:
    looked = look(Fake(LEAVES, 20), None)
    assert (looked.key, looked.point.size, looked.before) == (LOG_KEY.verify_key, 20, None)
    assert look(Fake(LEAVES, 20), Seen(LOG_KEY.verify_key, None)).before is None
    with pytest.raises(Wrong, match="another key"):
        look(Fake(LEAVES, 20, key=OTHER_KEY), Seen(LOG_KEY.verify_key, None))


def test_a_log_that_only_grew_is_right() -> None:
    service = Fake(LEAVES, 33)
    looked = look(service, seen_at(20))
    assert (looked.point.size, looked.before and looked.before.size, service.asked) == (33, 20, [(20, 33)])
    again = Fake(LEAVES, 20)
    assert look(again, seen_at(20)).point.size == 20
    assert again.asked == []


def test_a_countersignature_covers_the_checkpoint_and_its_time_and_no_stranger_is_passed_on() -> None:
    service = Fake(LEAVES, 20)

    class Crowded(Fake):
        def shown(self) -> Shown:
            note = read_note(super().shown().note)
            other = sign_note(note.text, OTHER_KEY)
            return replace(super().shown(), note=Note(note.text, (*note.signatures, other)).encode())

    signed = countersign(look(Crowded(LEAVES, 20), None), WITNESS, 1_772_000_000)
    assert verify_cosignature(signed, WITNESS.verify_key) == 1_772_000_000
    assert open_checkpoint(signed, LOG_KEY.verify_key, ORIGIN).size == 20
    assert [line.name for line in read_note(signed).signatures] == [LOG_KEY.name, WITNESS.name]
    assert signed.startswith(service.note())


# Whatever a service does

Step = tuple[int, int, int, int, int]
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 40), st.integers(0, 4), st.integers(0, 5)),
    max_size=12,
)


def signed_in(steps: list[Step]) -> list[tuple[Looked, list[bytes]]]:
    """Everything that a witness would sign, with the leaves behind it, while a service does what it likes.

    In each step it lets one of its logs grow, or forks one, and then shows some of them, signed by this key or another,
    proven honestly, by another log, by nothing, by noise, or not at all.
    """
    logs: list[list[bytes]] = [[]]
    seen: Seen | None = Seen(LOG_KEY.verify_key, None)
    signed = []
    for number, (move, which, size, proving, signing) in enumerate(steps):
        chosen = logs[which % len(logs)]
        if move < 2:
            chosen.extend(leaf(1_000 * number + more) for more in range(size))
        elif move == 2:
            chosen = chosen[: size % (len(chosen) + 1)]
            logs.append(chosen)
        service = Fake(chosen, size % (len(chosen) + 1), key=OTHER_KEY if signing == 5 else LOG_KEY)
        other = Fake(logs[(which + 1) % len(logs)], 0)
        service.refuses = proving == 4
        if proving in {1, 2, 3} and seen and seen.note:
            last = open_checkpoint(seen.note, LOG_KEY.verify_key, ORIGIN).size
            low, high = sorted((last, service.size))
            honest = other.tree.consistency(low, high) if high <= len(other.leaves) else []
            service.proof = {1: honest, 2: [], 3: [bytes([number]) * 32] * 3}[proving]
        try:
            looked = look(service, seen)
        except (Wrong, Unable):
            continue
        seen = Seen(looked.key, looked.note)
        signed.append((looked, list(chosen[: looked.point.size])))
    return signed


def fit(signed: list[tuple[Looked, list[bytes]]]) -> bool:
    """Whether all that was signed is one log that only grew, under one key."""
    return all(
        later[: len(earlier)] == earlier and first.key == second.key == LOG_KEY.verify_key
        for place, (first, earlier) in enumerate(signed)
        for second, later in signed[place:]
    )


@hypothesis.given(STEPS)
def test_all_that_is_ever_signed_is_one_log(steps: list[Step]) -> None:
    assert fit(signed_in(steps))


def test_a_witness_that_does_not_check_signs_two_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*given: Any) -> None:
        del given

    monkeypatch.setattr(looking, "check_follows", careless)
    found = hypothesis.find(STEPS, lambda steps: not fit(signed_in(steps)))
    assert found


def test_without_the_check_of_signatures_another_key_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(encoded: str, *given: Any) -> Checkpoint:
        del given
        return read_text(read_note(encoded).text)

    monkeypatch.setattr(looking, "open_checkpoint", careless)
    service = Fake(LEAVES, 30, key=OTHER_KEY, named_key=LOG_KEY)
    assert sign(look(service, seen_at(20)).point, OTHER_KEY) == service.note()
