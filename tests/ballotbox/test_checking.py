"""What a check of a bundle finds, by what was done to it and by what its reader brought along."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from pbvote.ballotbox.bundle import Ballots, Bundle, CountedBallot, counted_sha256, superseded_file
from pbvote.ballotbox.bundle import ballots_file as file_of
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.checking import Kept, check
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, read_text, sign
from pbvote.ballotbox.findings import Finding, verdict
from pbvote.ballotbox.log import Leaf, order_problem
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import SigningKey, read_note
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.receipts import Receipt, promise
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, key_of, made, make_bundle, opening_of

BUNDLE = make_bundle()
THIEF = key_of(ORIGIN + "/thief")


def wrongs(bundle: Bundle, kept: Kept | None = None) -> list[str]:
    return [finding.sentence for finding in check(bundle, kept) if not finding.right]


def counted(bundle: Bundle) -> tuple[CountedBallot, ...]:
    assert bundle.ballots is not None
    return bundle.ballots.counted


def with_counted(bundle: Bundle, ballots: tuple[CountedBallot, ...]) -> Bundle:
    assert bundle.ballots is not None
    return replace(bundle, ballots=Ballots(bundle.ballots.election_sha256, ballots))


def written_anew(bundle: Bundle, key: SigningKey = LOG_KEY) -> Bundle:
    """The same bundle with every number, hash, root and signature in it made to fit, by somebody who has this key."""
    in_log = [leaf.commitment for leaf in bundle.log if not leaf.fields]
    counting = [commitment for commitment in in_log if commitment not in bundle.superseded]
    ballots = bundle.ballots
    assert ballots is not None
    fields: dict[str, dict[str, object]] = {
        "close": {
            "ballots": len(in_log),
            "counted": len(counting),
            "counted_sha256": counted_sha256(counting),
        },
        "result": {
            "ballots_sha256": hashlib.sha256(file_of(ballots)).hexdigest(),
            "superseded_sha256": hashlib.sha256(superseded_file(bundle.superseded)).hexdigest(),
        },
    }
    roll = {**bundle.roll, "channels": {"online": len(counting)}}
    bundle = replace(bundle, roll=roll, config={**bundle.config, "log_key": key.verify_key.text})
    files = bundle.files()
    fields["config"] = {"config_sha256": hashlib.sha256(files["config.json"]).hexdigest()}
    fields["result"]["roll_sha256"] = hashlib.sha256(files["roll.json"]).hexdigest()
    log = tuple(
        replace(leaf, fields={**leaf.fields, **fields.get(leaf.type, {})}) if leaf.fields else leaf
        for leaf in bundle.log
    )
    tree = Tree(leaf_hash(leaf.encode()) for leaf in log)
    sizes = [place for place in range(1, len(log)) if _breaks(log, place)] + [len(log)]
    notes = tuple(read_note(sign(Checkpoint(ORIGIN, size, tree.root(size)), key)) for size in sizes)
    return replace(bundle, log=log, checkpoints=notes)


def _breaks(log: tuple[Leaf, ...], place: int) -> bool:
    """Whether a new batch begins there."""
    both = not log[place].fields and not log[place - 1].fields
    return both and log[place - 1].commitment >= log[place].commitment


# What an insider does to the box, before writing everything anew that they can.


def drop(bundle: Bundle) -> Bundle:
    victim = counted(bundle)[3]
    log = tuple(leaf for leaf in bundle.log if leaf.commitment != victim.commitment)
    return replace(with_counted(bundle, tuple(b for b in counted(bundle) if b != victim)), log=log)


def change(bundle: Bundle) -> Bundle:
    """Another choice under the old commitment."""
    victim = counted(bundle)[3]
    canonical = CanonicalBallot(POLL, Form.SET, (9,)).encode()
    forged = CountedBallot(victim.commitment, replace(victim.opening, canonical=canonical))
    return with_counted(bundle, tuple(forged if b == victim else b for b in counted(bundle)))


def change_and_commit_anew(bundle: Bundle) -> Bundle:
    victim = counted(bundle)[3]
    opening = replace(victim.opening, canonical=CanonicalBallot(POLL, Form.SET, (9,)).encode())
    return _swap(bundle, victim.commitment, opening)


def clash(bundle: Bundle) -> Bundle:
    """The same choice, with a nonce that the server made alone."""
    victim = counted(bundle)[3]
    return _swap(bundle, victim.commitment, replace(victim.opening, browser_random=bytes(32)))


def mark_as_superseded(bundle: Bundle) -> Bundle:
    victim = counted(bundle)[3]
    superseded = tuple(sorted((*bundle.superseded, victim.commitment)))
    return replace(with_counted(bundle, tuple(b for b in counted(bundle) if b != victim)), superseded=superseded)


def revive(bundle: Bundle) -> Bundle:
    back = next(opening for opening in map(opening_of, range(5)) if opening.commitment == bundle.superseded[0])
    ballots = sorted((*counted(bundle), CountedBallot(back.commitment, back)), key=lambda ballot: ballot.commitment)
    return replace(with_counted(bundle, tuple(ballots)), superseded=bundle.superseded[1:])


def stuff(bundle: Bundle) -> Bundle:
    return _swap(bundle, None, opening_of(1_000))


def _swap(bundle: Bundle, old: bytes | None, opening: Opening) -> Bundle:
    """Another ballot instead of one, at a place in the last batch where its commitment is in order."""
    last = [leaf for leaf in bundle.log if not leaf.fields and leaf.commitment != old]
    batches: list[list[bytes]] = [[]]
    for leaf in last:
        if batches[-1] and leaf.commitment < batches[-1][-1]:
            batches.append([])
        batches[-1].append(leaf.commitment)
    batches[-1] = sorted((*batches[-1], opening.commitment))
    head = tuple(leaf for leaf in bundle.log if leaf.type in {"config", "open", "roll-change"})
    tail = tuple(leaf for leaf in bundle.log if leaf.type in {"close", "result"})
    log = (*head, *(Leaf("ballot", commitment) for batch in batches for commitment in batch), *tail)
    kept = (*(b for b in counted(bundle) if b.commitment != old), CountedBallot(opening.commitment, opening))
    return replace(with_counted(bundle, tuple(sorted(kept, key=lambda ballot: ballot.commitment))), log=log)


ATTACKS: list[Callable[[Bundle], Bundle]] = [
    drop,
    change,
    change_and_commit_anew,
    clash,
    mark_as_superseded,
    revive,
    stuff,
]
VICTIM = counted(BUNDLE)[3].opening
RECEIPT = promise(LOG_KEY, POLL, VICTIM.commitment, VICTIM.browser_random)
KEPT_CLOSE = BUNDLE.checkpoints[-2].encode()


def test_a_whole_bundle_is_found_right_in_plain_sentences() -> None:
    findings = check(BUNDLE, Kept((LOG_KEY.verify_key, WITNESS.verify_key), KEPT_CLOSE, (RECEIPT,)))
    assert [finding.sentence for finding in findings if finding.right] == [
        "The log has 50 entries, and 7 signed checkpoints show that it only ever grew.",
        "The log is signed with the key that you trust.",
        f"The witness {WITNESS.name} saw the log of 49 entries.",
        "The log begins with the 49 entries of your checkpoint.",
        "Every file is the one that the log names.",
        "40 of 1201 electors voted.",
        "45 ballots are in the box: 40 count, 5 were replaced or voided.",
        "Each of the 40 ballots is what was committed to when it was cast.",
        f"Receipt {RECEIPT.symbols} is in the box, and counted.",
    ]
    assert all(finding.right for finding in findings)


@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_has_no_key_is_always_found_out(attack: Callable[[Bundle], Bundle]) -> None:
    assert wrongs(attack(BUNDLE))
    forged = written_anew(attack(BUNDLE), THIEF)
    assert wrongs(forged, Kept(pins=(LOG_KEY.verify_key,)))


@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_has_the_key_is_found_out_by_a_checkpoint_kept_after_the_close(
    attack: Callable[[Bundle], Bundle],
) -> None:
    assert wrongs(written_anew(attack(BUNDLE)), Kept(checkpoint=KEPT_CLOSE))


@pytest.mark.parametrize("attack", [drop, change, change_and_commit_anew, clash])
def test_whoever_has_the_key_is_found_out_by_the_victim_s_receipt(attack: Callable[[Bundle], Bundle]) -> None:
    assert wrongs(written_anew(attack(BUNDLE)), Kept(receipts=(RECEIPT,)))


def test_what_the_key_s_holder_can_do_while_nobody_watches() -> None:
    """The negative control: without a witness, a kept checkpoint or a receipt these stay unseen (docs/security.md)."""
    for attack in (drop, change_and_commit_anew, clash, mark_as_superseded, revive, stuff):
        assert wrongs(written_anew(attack(BUNDLE)), Kept(pins=(LOG_KEY.verify_key,))) == []
    # Voters are told that their ballot was replaced, which only they can know to be false.
    findings = check(written_anew(mark_as_superseded(BUNDLE)), Kept(receipts=(RECEIPT,)))
    assert findings[-1].note
    assert "was replaced by a later vote, or voided. If you did not vote again" in findings[-1].sentence
    assert wrongs(written_anew(change(BUNDLE)))


def test_more_ballots_than_electors_are_found() -> None:
    bundle = replace(BUNDLE, roll={"channels": {"online": 2_000}, "electors": 1_201})
    assert any("2000 ballots count, of 1201 electors" in sentence for sentence in wrongs(bundle))
    bundle = replace(BUNDLE, roll={**BUNDLE.roll, "electors": 2_000})
    assert any("the roll names 2000 electors, the log 1201" in sentence for sentence in wrongs(bundle))


def test_checkpoints_are_the_log_s_own_and_grow() -> None:
    other = read_note(sign(Checkpoint("vote.example.org/another", 50, bytes(32)), LOG_KEY))
    last = BUNDLE.checkpoints[-1]
    unsigned = replace(last, signatures=(read_note(cosign(last.encode(), WITNESS, 9)).signatures[-1],))
    stranger = replace(
        last, signatures=(*last.signatures, read_note(sign(Checkpoint("x", 1, bytes(32)), THIEF)).signatures[0])
    )
    for notes in (
        BUNDLE.checkpoints[:-1],
        (),
        (*BUNDLE.checkpoints, last),
        BUNDLE.checkpoints[::-1],
        (*BUNDLE.checkpoints[:-1], other),
        (*BUNDLE.checkpoints[:-1], unsigned),
        (*BUNDLE.checkpoints[:-1], stranger),
    ):
        assert wrongs(replace(BUNDLE, checkpoints=notes))


def test_ballots_in_a_batch_stand_in_the_order_of_commitments() -> None:
    log = list(BUNDLE.log)
    log[5], log[6] = log[6], log[5]
    tree = Tree(leaf_hash(leaf.encode()) for leaf in log)
    notes = (read_note(sign(Checkpoint(ORIGIN, size, tree.root(size)), LOG_KEY)) for size in (28, 50))
    [sentence] = wrongs(replace(BUNDLE, log=tuple(log), checkpoints=tuple(notes)))
    assert "stands out of order in its batch" in sentence


def test_a_witness_that_never_signed_is_missed() -> None:
    absent = replace(WITNESS, name="absent.example.net/w").verify_key
    assert wrongs(BUNDLE, Kept(pins=(absent,))) == ["The witness absent.example.net/w signed no checkpoint."]


def test_a_witness_that_did_not_see_the_close_vouches_for_nothing() -> None:
    notes = tuple(
        replace(note, signatures=note.signatures[:1]) if read_text(note.text).size >= 49 else note
        for note in BUNDLE.checkpoints
    )
    [sentence] = wrongs(replace(BUNDLE, checkpoints=notes), Kept(pins=(WITNESS.verify_key,)))
    assert sentence.startswith(f"The witness {WITNESS.name} saw the log of 28 entries only, and not the close")


@pytest.mark.parametrize(
    ("receipt", "sentence"),
    [
        (promise(LOG_KEY, POLL, made("never cast"), None), "its ballot is not in the box"),
        (promise(LOG_KEY, UUID(int=1), VICTIM.commitment, None), "is one of another vote"),
        (promise(THIEF, POLL, VICTIM.commitment, None), "its signature is wrong"),
        (promise(LOG_KEY, POLL, VICTIM.commitment, made("other")), "not made with the voter's randomness"),
    ],
)
def test_a_receipt_that_does_not_hold_is_told(receipt: Receipt, sentence: str) -> None:
    assert any(sentence in wrong for wrong in wrongs(BUNDLE, Kept(receipts=(receipt,))))


def test_a_receipt_of_a_replaced_ballot_says_so() -> None:
    old = promise(LOG_KEY, POLL, BUNDLE.superseded[0], None)
    assert "was replaced by a later vote, or voided." in check(BUNDLE, Kept(receipts=(old,)))[-1].sentence
    assert check(BUNDLE.totals_only(), Kept(receipts=(RECEIPT,)))[-1].sentence.endswith("in the box, and counted.")


@pytest.mark.parametrize(
    "types",
    [
        ["open"],
        ["config", "config"],
        ["config", "ballot"],
        ["config", "open", "result"],
        ["config", "open", "close", "ballot"],
        ["config", "open", "resume"],
        ["config", "open", "pause", "pause"],
        ["config", "open", "close", "certify"],
        ["config", "open", "close", "result", "key-destroyed"],
    ],
)
def test_leaves_stand_only_where_they_can(types: list[str]) -> None:
    problem = order_problem([Leaf(type_, fields={}) for type_ in types])
    assert problem == f"leaf {len(types)} is of type {types[-1]}, which cannot stand there"


def test_a_pause_ends_and_a_log_may_go_on_to_the_destroyed_key() -> None:
    types = "config roll-change open ballot pause ballot resume ballot close dice result result certify key-destroyed"
    assert order_problem([Leaf(type_, fields={}) for type_ in types.split()]) is None
    unfinished = replace(BUNDLE, log=BUNDLE.log[:-1])
    assert wrongs(unfinished) == ["The log is not one of a whole vote: it has no result."]


def test_a_verdict_names_three_examples() -> None:
    assert verdict([], "Fine.", "Bad") == Finding(True, "Fine.")
    assert verdict(list("abcde"), "Fine.", "Bad") == Finding(False, "Bad: a; b; c; and 2 more.")
