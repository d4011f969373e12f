from __future__ import annotations

import json
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pbvote.ballotbox.bundle_files import read_bundle
from pbvote.ballotbox.checking import Kept, check
from pbvote.ballotbox.sealing import OVERHEAD, unseal, unseal_ballot
from tests.ballotbox.bundles import LOG_KEY
from tests.ballotbox.vectors import FOLDER, vectors

MADE = vectors()


@pytest.mark.parametrize("name", sorted(MADE))
def test_the_published_examples_still_come_out(name: str) -> None:
    assert (FOLDER / name).read_bytes() == MADE[name], "run .venv/bin/python -m tests.ballotbox.vectors, if you mean it"


def test_there_are_no_other_examples() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {*MADE, "sealed.json"}


def test_the_published_envelopes_are_opened() -> None:
    data = json.loads((FOLDER / "sealed.json").read_bytes())
    key, poll = X25519PrivateKey.from_private_bytes(bytes.fromhex(data["private_key"])), UUID(data["poll"])
    assert key.public_key().public_bytes_raw().hex() == data["public_key"]
    for item in data["envelopes"]:
        envelope, committed = bytes.fromhex(item["envelope"]), bytes.fromhex(item["commitment"])
        assert len(envelope) == data["padded_size"] + OVERHEAD
        assert unseal(key, poll, committed, envelope).hex() == item["opening"]
        assert unseal_ballot(key, poll, committed, envelope).commitment == committed


@pytest.mark.parametrize("name", ["bundle.zip", "bundle-totals.zip"])
def test_the_published_bundles_are_right(name: str) -> None:
    findings = check(read_bundle((FOLDER / name).read_bytes()), Kept(pins=(LOG_KEY.verify_key,)))
    assert all(finding.right for finding in findings)
