"""The page's verifier against ours: the same verdict on examples, good bundles, attacks and thousands of mutations."""

from __future__ import annotations

import base64
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from pbvote.ballotbox import documents
from pbvote.ballotbox.archive import write_archive
from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import Checkpoint, sign
from pbvote.ballotbox.receipts import promise
from pbvote.verify import OK, UNREADABLE, WRONG
from pbvote.web.assets import find_frontend
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, made
from tests.ballotbox.test_checking import ATTACKS, KEPT_CLOSE, RECEIPT, THIEF, written_anew
from tests.ballotbox.test_checking import BUNDLE as UNCOUNTED
from tests.ballotbox.vectors import FOLDER
from tests.verify.agreement import PINS, SENTENCES, signed_anew, verdicts
from tests.verify.browser import Browser
from tests.verify.test_mutations import FILES, mutated
from tests.verify.test_verify import BUNDLE, DATA, TERMS

MUTATIONS = 20_000 if os.environ.get("PBVOTE_HYPOTHESIS") == "nightly" else 1_500
RULE = documents.encode(TERMS["rule"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.mark.parametrize("name", ["bundle.zip", "bundle-totals.zip"])
def test_the_published_bundles(browser: Browser, name: str) -> None:
    ours, theirs = verdicts(browser, (FOLDER / name).read_bytes(), Kept(PINS))
    assert ours == theirs


def test_a_right_result(browser: Browser) -> None:
    assert verdicts(browser, DATA, Kept(PINS)) == (OK, OK)
    assert verdicts(browser, DATA) == (OK, OK)
    totals = write_bundle(replace(BUNDLE, ballots=None, election=None))
    assert verdicts(browser, totals, Kept(PINS, KEPT_CLOSE)) == (WRONG, WRONG)  # a checkpoint of another vote's log
    assert verdicts(browser, totals, Kept(PINS)) == (OK, OK)


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    modules = (find_frontend() / "js" / "verify").glob("*.js")
    text = "\n".join(path.read_text() for path in modules if path.name != "verify.js")
    both = {f"{name}_{kind}" for name in re.findall(r"verdict\('(\w+)'", text) for kind in ("right", "wrong")}
    said = set(re.findall(r"\b(?:said|right|wrong|note|some|return) ?\(?'(\w+)'", text))
    assert both | said - {"unreadable"} == SENTENCES.keys()


def test_it_says_what_is_wrong(browser: Browser) -> None:
    """The codes that the page's sentences are made of."""
    bundle = base64.b64encode(write_archive({**FILES, "outcome.json": b"{}"})).decode()
    answer = browser.ask("verify", bundle=bundle, pins=[LOG_KEY.verify_key.text])
    told = [finding for finding in answer["findings"] if not finding["right"] or finding["note"]]
    assert [finding["code"] for finding in told] == ["files_wrong", "not_counted"]
    assert [(problem["code"], problem["params"]) for problem in told[0]["problems"]] == [
        ("file_changed", {"file": "outcome.json"})
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(browser: Browser, attack: Callable[[Bundle], Bundle]) -> None:
    """With and without the key; what the reader kept; totals only."""
    attacked = attack(UNCOUNTED)
    for bundle in (attacked, written_anew(attacked), written_anew(attacked, THIEF)):
        data = write_bundle(bundle)
        for kept in (Kept(), Kept(PINS), Kept(checkpoint=KEPT_CLOSE), Kept(receipts=(RECEIPT,))):
            for each in (data, write_bundle(bundle.totals_only())):
                ours, theirs = verdicts(browser, each, kept)
                assert ours == theirs


def test_what_readers_bring_along(browser: Browser) -> None:
    victim = next(iter(UNCOUNTED.ballots.counted)) if UNCOUNTED.ballots else None
    assert victim is not None
    data, other = write_bundle(UNCOUNTED.totals_only()), replace(WITNESS, name="absent.example.net/w").verify_key
    checkpoints = [note.encode() for note in UNCOUNTED.checkpoints]
    edge = [sign(Checkpoint(ORIGIN, size, made("root")), LOG_KEY) for size in (0, 1, 50, 51, 10**18)]
    strange = [sign(Checkpoint(ORIGIN + "x", 1, bytes(32)), LOG_KEY), sign(Checkpoint(ORIGIN, 1, bytes(32)), THIEF)]
    for text in (*checkpoints, *edge, *strange, "", "\n\n", KEPT_CLOSE[:-1], KEPT_CLOSE.replace("\n", "\r\n")):
        ours, theirs = verdicts(browser, data, Kept(PINS, text))
        assert ours == theirs
    promises = [
        (LOG_KEY, POLL, made("never cast"), None),
        (LOG_KEY, POLL, UNCOUNTED.superseded[0], made("whatever")),
        (LOG_KEY, UUID(int=1), victim.commitment, None),
        (THIEF, POLL, victim.commitment, None),
        (LOG_KEY, POLL, victim.commitment, made("other")),
        (LOG_KEY, POLL, victim.commitment, victim.opening.browser_random),
        (LOG_KEY, POLL, victim.commitment, None),
    ]
    for bundle in (UNCOUNTED, UNCOUNTED.totals_only()):
        kept = Kept((other, THIEF.verify_key), receipts=tuple(promise(*one) for one in promises))
        assert verdicts(browser, write_bundle(bundle), kept) == (WRONG, WRONG)


def test_mutations_of_files(browser: Browser) -> None:
    chance = random.Random(20260303)  # noqa: S311  # the same changes each time
    kept, names = Kept(PINS, receipts=(RECEIPT,)), sorted(FILES)
    codes = Counter[int]()
    for _ in range(MUTATIONS):
        name = chance.choice(names)
        content = mutated(FILES[name], chance)
        ours, theirs = verdicts(browser, write_archive({**FILES, name: content}), kept)
        assert ours == theirs, (name, content)
        codes[ours] += 1
    assert min(codes[WRONG], codes[UNREADABLE]) > MUTATIONS // 10


def test_mutations_of_the_zip_file(browser: Browser) -> None:
    chance = random.Random(20260304)  # noqa: S311  # the same changes each time
    headers = [
        place for place in range(len(DATA)) if DATA.startswith((b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"), place)
    ]
    places = [place + offset for place in headers for offset in range(60) if place + offset < len(DATA)]
    for place in chance.sample(places, min(len(places), MUTATIONS // 5)):
        for changed in (bytes([DATA[place] ^ 1 << chance.randrange(8)]), b"", DATA[place : place + 1] * 2):
            ours, theirs = verdicts(browser, DATA[:place] + changed + DATA[place + 1 :])
            assert ours == theirs == UNREADABLE or changed == DATA[place : place + 1]
    for data in (b"", b"PK", DATA + b"\0", DATA[:-1], DATA + DATA, write_archive({}), b"PK\x05\x06" + bytes(18)):
        assert verdicts(browser, data) == (UNREADABLE, UNREADABLE)


def test_mutations_by_whoever_holds_the_key(browser: Browser) -> None:
    """So that what is judged is what stands in the files: a changed hash hides nothing."""
    assert verdicts(browser, signed_anew(FILES), Kept(PINS, receipts=(RECEIPT,))) == (OK, OK)
    chance = random.Random(20260305)  # noqa: S311  # the same changes each time
    names = sorted(FILES.keys() - {"checkpoints.txt"})
    codes = Counter[int]()
    for _ in range(MUTATIONS):
        name = chance.choice(names)
        content = mutated(FILES[name], chance)
        if name == "config.json" and RULE not in content:
            continue  # odd rules have a test of their own; the page alone refuses what a parameter cannot be
        ours, theirs = verdicts(browser, signed_anew({**FILES, name: content}), Kept(PINS, receipts=(RECEIPT,)))
        assert ours == theirs, (name, content)
        codes[ours] += 1
    assert min(codes[OK], codes[WRONG], codes[UNREADABLE]) > MUTATIONS // 20
