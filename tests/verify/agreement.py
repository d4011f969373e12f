"""Our verifier and the page's, asked about the same bundle."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pbvote.ballotbox import documents
from pbvote.ballotbox.archive import write_archive
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.verify import UNREADABLE, WRONG, verify
from pbvote.web.assets import find_frontend
from pbvote.web.catalogue import SOURCE, read_catalogue
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, WITNESS
from tests.verify.browser import Browser

SENTENCES: dict[str, list[str]] = {}  # by code, every plural form
for key, text in read_catalogue(find_frontend() / "i18n", SOURCE).items():
    if key.startswith("verify.say."):
        SENTENCES.setdefault(key.split(".")[2], []).append(text)
PLACEHOLDER = re.compile(r"\{([a-z_]+)")
PINS = (LOG_KEY.verify_key, WITNESS.verify_key)


def verdicts(browser: Browser, data: bytes, kept: Kept | None = None) -> tuple[int, int]:
    """Our verdict and the page's; each finding of both is marked alike, in order, up to a count that is impossible."""
    kept = kept or Kept()
    ours = verify(data, kept)
    theirs = browser.ask(
        "verify",
        bundle=base64.b64encode(data).decode(),
        pins=[pin.text for pin in kept.pins],
        checkpoint=kept.checkpoint,
        receipts=[receipt.text() for receipt in kept.receipts],
    )
    assert [finding["detail"] != "" for finding in theirs["findings"]] == [True] or theirs["code"] != UNREADABLE
    if ours.code == theirs["code"] != UNREADABLE:
        _have_words(theirs["findings"])
        marks = [(finding["right"], finding["note"]) for finding in theirs["findings"]]
        impossible = (
            theirs["findings"][-1]["code"] == "count_impossible"
        )  # the page gives up on some odd configs sooner
        compared = len(marks) - 1 if impossible else None
        assert marks[:compared] == [(finding.right, finding.note) for finding in ours.findings][:compared], (
            ours,
            theirs,
        )
    return ours.code, theirs["code"]


def _have_words(findings: list[dict[str, Any]]) -> None:
    """Every finding, and every problem in one, has a sentence that its params fill."""
    for said in [*findings, *(problem for finding in findings for problem in finding["problems"])]:
        texts = SENTENCES[said["code"]]
        assert all(set(PLACEHOLDER.findall(text)) <= said["params"].keys() for text in texts), said


def told(browser: Browser, data: bytes) -> list[str]:
    """The codes of what the page finds wrong, after seeing that we find as much."""
    assert verdicts(browser, data) == (WRONG, WRONG)
    findings = browser.ask("verify", bundle=base64.b64encode(data).decode())["findings"]
    problems = [problem["code"] for finding in findings for problem in finding["problems"]]
    return problems or [finding["code"] for finding in findings if not finding["right"]]


def signed_anew(files: Mapping[str, bytes]) -> bytes:
    """These files with hashes, roots and signatures that fit, as whoever holds the log's key could publish them."""
    files = dict(files)
    head, _, ballots = files["ballots.txt"].split(b"\n", 2)
    election = hashlib.sha256(files["election.pb"]).hexdigest().encode()
    files["ballots.txt"] = b"\n".join([head, b"election " + election, ballots])
    leaves = [_with_hashes(leaf, files) for leaf in files["log.txt"].split(b"\n")[:-1]]
    tree = Tree(map(leaf_hash, leaves))
    sizes = sorted({min(size, len(leaves)) for size in (3, 28, 48, 49)} | {len(leaves)})
    notes = [cosign(sign(Checkpoint(ORIGIN, size, tree.root(size)), LOG_KEY), WITNESS, 9) for size in sizes]
    files |= {"log.txt": b"".join(leaf + b"\n" for leaf in leaves), "checkpoints.txt": "\n".join(notes).encode()}
    return write_archive(files)


def _with_hashes(leaf: bytes, files: Mapping[str, bytes]) -> bytes:
    """A leaf that names the hashes of these files, if it is one that names any and can be read."""
    type_, _, body = leaf.partition(b" ")
    if type_ not in {b"config", b"result"}:
        return leaf
    try:
        fields = documents.decode(body)
    except MalformedError:
        return leaf
    named = {name.partition(".")[0] + "_sha256": hashlib.sha256(content).hexdigest() for name, content in files.items()}
    fields = {key: named.get(key, value) for key, value in fields.items()} if isinstance(fields, dict) else fields
    return type_ + b" " + documents.encode(fields)
