"""The modules that the voting page shares with the verifying page agree with ours."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox import documents, receipts
from pbvote.ballotbox.canonical import Form
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.log import ballot_leaf
from pbvote.ballotbox.merkle import Tree, is_consistent, is_included, leaf_hash
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, made, opening_of
from tests.ballotbox.vectors import FOLDER
from tests.verify.browser import Browser, Refused

OTHER_POLL = str(UUID(int=5))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def vector(name: str) -> Any:
    return json.loads((FOLDER / name).read_bytes())


def test_hashes_of_every_length_and_in_pieces(browser: Browser) -> None:
    for length in [*range(200), 1_000, 65_536]:
        data = (made("hash") * (length // 32 + 1))[:length]
        digest = hashlib.sha256(data).hexdigest()
        assert browser.ask("sha256", parts=[data.hex()]) == digest
        cut = length // 3
        assert (
            browser.ask("sha256", parts=[data[:cut].hex(), data[cut : 2 * cut].hex(), data[2 * cut :].hex()]) == digest
        )


def test_from_a_choice_to_its_receipt(browser: Browser) -> None:
    for case in vector("commitments.json"):
        random = {"server": case["server_random"], "browser": case["browser_random"]}
        told = browser.ask("ballot", **{key: case[key] for key in ("poll", "form", "projects", "points")}, **random)
        assert told == {key: case[key] for key in ("canonical", "offer", "nonce", "commitment", "symbols")}
        ballot = browser.ask("read_ballot", canonical=case["canonical"], poll=case["poll"])
        assert sorted(ballot["projects"]) == sorted(case["projects"])
        with pytest.raises(Refused, match="another vote"):
            browser.ask("read_ballot", canonical=case["canonical"], poll=OTHER_POLL)


@pytest.mark.parametrize("form", Form)
def test_a_ballot_has_one_form(browser: Browser, form: Form) -> None:
    canonical = opening_of(8, form).canonical
    assert browser.ask("read_ballot", canonical=canonical.hex(), poll=str(POLL))["form"] == form
    width = 8 if form is Form.POINTS else 4
    head, entries = canonical[:22], canonical[22:]
    swapped = head + entries[width : 2 * width] + entries[:width] + entries[2 * width :]
    twice = head + entries[:width] + entries[:width] + entries[2 * width :]
    wrong = [
        b"",
        canonical[:21],
        canonical[:-1],
        canonical + b"\0",
        b"\x02" + canonical[1:],
        canonical[:17] + b"\0" + canonical[18:],
        twice,
    ]
    wrong += [canonical[:17] + b"\x04" + canonical[18:]]
    if form is not Form.RANKING:
        wrong.append(swapped)
    for data in wrong:
        with pytest.raises(Refused):
            browser.ask("read_ballot", canonical=data.hex(), poll=str(POLL))


@pytest.mark.parametrize(
    "change",
    [
        {"projects": [1, 1]},
        {"projects": [-1]},
        {"projects": [2**32]},
        {"projects": [1.5]},
        {"poll": "x"},
        {"server": "00"},
    ],
)
def test_what_is_no_ballot_gets_no_commitment(browser: Browser, change: dict[str, Any]) -> None:
    whole = {
        "poll": str(POLL),
        "form": 1,
        "projects": [1],
        "points": [],
        "server": made("a").hex(),
        "browser": made("b").hex(),
    }
    assert browser.ask("ballot", **whole)
    with pytest.raises(Refused):
        browser.ask("ballot", **{**whole, **change})


ODD = [
    b"",
    b" 1",
    b"1 ",
    b"1.0",
    b"-0",
    b"1e2",
    b"01",
    b"9007199254740992",
    b"-9007199254740993",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"tru",
    b"\xff",
]
ODD += [
    b'{"b":1,"a":2}',
    b'{"a":1,"a":1}',
    b'{"a": 1}',
    b"[1, 2]",
    b'"\\u0041"',
    b'"\\/"',
    b'"\\ud800"',
    b'"\\U0041"',
    b'"\x1f"',
    b'"\\u000A"',
]
ODD += [
    b"\xef\xbb\xbf1",
    b"[" * 34 + b"]" * 34,
    b"[" * 5_000 + b"]" * 5_000,
    b'"\xed\xa0\x80"',
    b'{"\\u00e9":1}',
    b'{"2":1,"10":1}',
    b"'a'",
    b"1,",
]
RIGHT = [
    b"null",
    b'{"10":1,"2":1}',
    b'{"__proto__":1,"a":{}}',
    b"9007199254740991",
    b"-9007199254740991",
    b"[" * 33 + b"]" * 33,
]
RIGHT += [
    '"\u2028\x7f\U0001f600"'.encode(),
    b'"\\b\\f\\n\\r\\t\\u001f\\"\\\\/"',
    '{"\U0001f600":1,"\ufb33":2}'.encode(),
]


def test_documents_are_read_as_strictly_as_by_us(browser: Browser) -> None:
    for case in vector("documents.json"):
        assert bytes.fromhex(browser.ask("document", bytes=case["encoded"].encode().hex())).decode() == case["encoded"]
    for data in ODD:
        with pytest.raises(MalformedError):
            documents.decode(data)
        with pytest.raises(Refused):
            browser.ask("document", bytes=data.hex())
    for data in RIGHT:
        assert documents.encode(documents.decode(data)) == data
        assert bytes.fromhex(browser.ask("document", bytes=data.hex())) == data


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(VALUES, st.integers(0, 50), st.binary(max_size=2))
def test_any_document_however_changed(browser: Browser, value: Any, place: int, more: bytes) -> None:
    whole = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    changed = whole[:place] + more + whole[place + len(more) :]
    for data in (whole, changed):
        try:
            expected: bytes | None = documents.encode(documents.decode(data))
        except MalformedError:
            expected = None
        [answer] = browser.ask_all([{"call": "document", "bytes": data.hex()}])
        assert ("answer" in answer) == (expected is not None), data


def trees() -> tuple[list[str], Tree, list[bytes]]:
    hashes = vector("merkle.json")["leaf_hashes"]
    tree = Tree(bytes.fromhex(leaf) for leaf in hashes)
    return hashes, tree, [tree.root(size) for size in range(len(tree) + 1)]


def broken(proof: list[bytes], roots: list[bytes]) -> list[list[bytes]]:
    shorter = [proof[1:], [roots[0], *proof[1:]], [proof[0][:-1], *proof[1:]]] if proof else []
    return [proof, [*proof, roots[1]], *shorter]


def test_roots(browser: Browser) -> None:
    hashes, tree, roots = trees()
    for size in range(len(tree) + 1):
        assert browser.ask("root", leaves=hashes[:size]) == roots[size].hex()


def test_proofs_of_inclusion(browser: Browser) -> None:
    hashes, tree, roots = trees()
    answers = Counter[bool]()
    for size in range(1, len(tree) + 1):
        for index in range(size):
            for proof in broken(tree.inclusion(index, size), roots):
                for place, root in ((index, roots[size]), (index + 1, roots[size]), (index, roots[size - 1])):
                    leaf = bytes.fromhex(hashes[index])
                    claim = {"leaf": leaf.hex(), "index": place, "size": size, "root": root.hex()}
                    answer = browser.ask("included", proof=[node.hex() for node in proof], **claim)
                    assert answer == is_included(leaf, place, size, proof, root)
                    answers[answer] += 1
    assert answers[True] == len(tree) * (len(tree) + 1) // 2
    assert answers[False] > 1_000


def test_proofs_of_consistency(browser: Browser) -> None:
    _, tree, roots = trees()
    answers = Counter[bool]()
    for second in range(len(tree) + 1):
        for first in range(second + 1):
            for proof in broken(tree.consistency(first, second), roots):
                for pair in ((first, second), (second, first), (first, second - 1), (first - 1, second)):
                    claimed = (roots[pair[0]], roots[pair[1]])
                    claim = {"first": first, "second": second, "roots": [root.hex() for root in claimed]}
                    answer = browser.ask("consistent", proof=[node.hex() for node in proof], **claim)
                    assert answer == is_consistent(first, second, claimed, proof)
                    answers[answer] += 1
    assert answers[True] > 100
    assert answers[False] > 1_000


def test_signatures_of_logs_and_witnesses(browser: Browser) -> None:
    assert browser.ask("able") is True
    data = vector("signatures.json")
    both = [data["log_key"], data["witness_key"]]
    assert browser.ask("note", note=data["cosigned_checkpoint"], keys=both) == both
    assert browser.ask("note", note=data["cosigned_checkpoint"], keys=both[:1]) == both[:1]
    with pytest.raises(Refused, match="not signed by any key"):
        browser.ask("note", note=data["checkpoint"], keys=both[1:])
    for wrong in (
        data["cosigned_checkpoint"].replace("\n13\n", "\n14\n"),
        data["cosigned_checkpoint"].replace("OQHbnAAAAABp", "OQHbnAAAAABq"),
    ):
        with pytest.raises(Refused, match="is wrong"):
            browser.ask("note", note=wrong, keys=both)
    opened = browser.ask("checkpoint", note=data["checkpoint"], key=both[0], origin=ORIGIN)
    assert opened == {"size": 13, "root": vector("merkle.json")["roots"][-1]["root"]}
    with pytest.raises(Refused, match="another log"):
        browser.ask("checkpoint", note=data["checkpoint"], key=both[0], origin="vote.example.org/other")
    for key in (both[0].replace("+fe", "+ff"), both[0][:-1], both[0].replace("+A", "+B"), "", "a b+00000000+AAAA"):
        with pytest.raises(Refused):
            browser.ask("key", key=key)


def test_a_leaf_in_a_signed_log(browser: Browser) -> None:
    leaves = [ballot_leaf(made(f"leaf {number}")) for number in range(7)]
    tree = Tree(map(leaf_hash, leaves))
    note = cosign(sign(Checkpoint(ORIGIN, len(tree), tree.root()), LOG_KEY), WITNESS, 1_772_442_000)
    claim = {
        "note": note,
        "key": LOG_KEY.verify_key.text,
        "index": 4,
        "proof": [node.hex() for node in tree.inclusion(4)],
    }
    assert browser.ask("has_leaf", leaf=leaves[4].decode(), **claim)
    assert not browser.ask("has_leaf", leaf=leaves[3].decode(), **claim)


@pytest.mark.parametrize("form", ["text", "json"])
def test_receipts_in_both_forms(browser: Browser, form: str) -> None:
    data = vector("signatures.json")
    for case in data["receipts"]:
        encoded = case[form].encode()
        assert browser.ask("receipt", bytes=encoded.hex(), key=data["log_key"]) == case["text"]
        with pytest.raises(Refused, match="not signed by this key"):
            browser.ask("receipt", bytes=encoded.hex(), key=data["witness_key"])
    windows = data["receipts"][0]["text"].replace("\n", "\r\n").encode()
    assert browser.ask("receipt", bytes=windows.hex(), key=data["log_key"]) == data["receipts"][0]["text"]


@given(st.integers(0, 600), st.sampled_from([b"", b"0", b"\n", b" ", b"A", b"\r\n", b"\xc3\xa9"]), st.booleans())
def test_a_changed_receipt_is_read_as_by_us(browser: Browser, place: int, more: bytes, keep: bool) -> None:  # noqa: FBT001  # drawn
    text = vector("signatures.json")["receipts"][0]["text"].encode()
    changed = text[:place] + more + text[place + (0 if keep else 1) :]
    try:
        receipts.verify(receipts.read_receipt(changed), LOG_KEY.verify_key)
        expected = True
    except (MalformedError, documents.NotAuthenticError):
        expected = False
    [answer] = browser.ask_all([{"call": "receipt", "bytes": changed.hex(), "key": LOG_KEY.verify_key.text}])
    assert ("answer" in answer) == expected
