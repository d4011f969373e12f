"""docs/bundle-format.md as a contract: it names all there is, and a program written from it alone agrees with ours."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pbvote.ballotbox import opening, randomness, receipts, sealing
from pbvote.ballotbox.bundle import ALWAYS, BALLOTS_FORMAT, CONFIG_FORMAT, WITH_BALLOTS
from pbvote.ballotbox.canonical import DOMAIN
from pbvote.ballotbox.log import ALLOWED, EVENTS
from tests.ballotbox.vectors import FOLDER, vectors

PAGE = (Path(__file__).parents[2] / "docs" / "bundle-format.md").read_text(encoding="utf-8")


def test_the_page_names_every_leaf_and_its_fields() -> None:
    table = PAGE.partition("| type | fields |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (`.*`) \|$", table, re.MULTILINE))
    assert {name: re.findall(r"`(\w+)`", fields) for name, fields in rows.items()} == {
        name: sorted(fields) for name, fields in EVENTS.items()
    }


def test_the_page_says_what_may_follow_what() -> None:
    table = PAGE.partition("| after | may stand |")[2].partition("\n\n")[0]
    rows = {
        stage: set(re.findall(r"`([a-z-]+)`", after))
        for stages, after in re.findall(r"^\| (.*?) \| (.*) \|$", table, re.MULTILINE)
        for stage in re.findall(r"`([a-z-]+)`", stages) or ["start"]
    }
    rows["pause"] = rows["open"] - {"pause"} | {"resume"}
    assert rows.pop("resume") == rows["open"]
    assert rows == ALLOWED


def test_the_page_names_every_file_domain_and_example() -> None:
    for name in ALWAYS | WITH_BALLOTS:
        assert f"| `{name}` | " in PAGE
    for name in [*vectors(), "sealed.json"]:
        assert f"`{name}`" in PAGE
    for domain in (DOMAIN, randomness._NONCE, randomness._OFFER, sealing._INFO, receipts._DOMAIN):
        assert f'"{domain.decode()[:-1]}"` || `00`' in PAGE
    for text in (CONFIG_FORMAT, BALLOTS_FORMAT, receipts.NONE):
        assert f"`{text}`" in PAGE
    assert opening._FIXED == 68
    assert "The size is 68 + 22 + 4" in PAGE


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def unzip(data: bytes) -> dict[str, bytes]:
    """The page's section 5: header after header."""
    files, place = {}, 0
    while data[place : place + 4] == b"PK\x03\x04":
        (size,) = struct.unpack_from("<I", data, place + 18)
        (length,) = struct.unpack_from("<H", data, place + 26)
        start = place + 30 + length
        files[data[place + 30 : start].decode()] = data[start : start + size]
        place = start + size
    return files


def root(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\x01" + root(hashes[:half]) + root(hashes[half:]))


def test_a_stranger_s_program_checks_the_published_bundle() -> None:
    """Written from the page, without a line of ours."""
    files = unzip((FOLDER / "bundle.zip").read_bytes())
    config = json.loads(files["config.json"])
    leaves = files["log.txt"].split(b"\n")[:-1]
    events = {name: json.loads(body) for name, body in (leaf.split(b" ", 1) for leaf in leaves) if name != b"ballot"}
    result = events[b"result"]
    named = {f"{name}.json": result[f"{name}_sha256"] for name in ("approvals", "outcome", "roll")}
    named |= {f"{name}.txt": result[f"{name}_sha256"] for name in ("ballots", "superseded", "witnesses")}
    named["config.json"] = events[b"config"]["config_sha256"]
    assert all(sha(files[name]).hex() == digest for name, digest in named.items())

    texts = files["checkpoints.txt"].decode().split("\n\n")
    key = base64.b64decode(config["log_key"].split("+", 2)[2])
    public = Ed25519PublicKey.from_public_bytes(key[1:])
    key_id = sha(config["origin"].encode() + b"\n" + key)[:4]
    for text, signatures in zip(texts[::2], texts[1::2], strict=True):
        origin, size, encoded = text.split("\n")
        data = base64.b64decode(signatures.split("\n")[0].split(" ")[2])
        assert (origin, data[:4]) == (config["origin"], key_id)
        public.verify(data[4:], f"{text}\n".encode())
        assert base64.b64decode(encoded) == root([sha(b"\x00" + leaf) for leaf in leaves[: int(size)]])
    assert int(size) == len(leaves)

    in_log = {leaf[7:].decode() for leaf in leaves if leaf.startswith(b"ballot ")}
    superseded = set(files["superseded.txt"].decode().split())
    head, election, *lines = files["ballots.txt"].decode().splitlines()
    assert (head, election) == ("pbvote ballots 1", f"election {sha(files['election.pb']).hex()}")
    poll = bytes.fromhex(config["poll"].replace("-", ""))
    counted = []
    for line in lines:
        commitment, server, browser, canonical = map(bytes.fromhex, line.split(" "))
        nonce = sha(b"pbvote nonce 1\x00" + poll + server + browser)
        assert commitment == sha(b"pbvote ballot 1\x00" + canonical + nonce)
        assert canonical[:17] == b"\x01" + poll
        counted.append(commitment)
    assert in_log == superseded | {commitment.hex() for commitment in counted}
    assert events[b"close"]["counted_sha256"] == sha(b"".join(sorted(counted))).hex()
