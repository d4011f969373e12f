"""The page's verifier against ours: the same verdict on examples, good bundles, attacks and thousands of mutations."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pbvote.ballotbox import documents
from pbvote.ballotbox.archive import write_archive
from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.canonical import Form
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.receipts import promise
from pbvote.recount import NO_TERMS, Ballots, Cast, Entry, Fund, Terms, recount
from pbvote.tally import Ballot, Election, Project, VoteType
from pbvote.tally.pabulib import write_pabulib
from pbvote.verify import OK, UNREADABLE, WRONG, verify
from pbvote.web.assets import find_frontend
from pbvote.web.catalogue import SOURCE, read_catalogue
from tests.ballotbox import bundles
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, PROJECTS, WITNESS, made, make_bundle, opening_of
from tests.ballotbox.test_checking import ATTACKS, KEPT_CLOSE, RECEIPT, THIEF, written_anew
from tests.ballotbox.test_checking import BUNDLE as UNCOUNTED
from tests.ballotbox.vectors import FOLDER
from tests.verify.browser import Browser
from tests.verify.test_mutations import FILES, mutated
from tests.verify.test_verify import BUNDLE, DATA, TERMS, counted

MUTATIONS = 20_000 if os.environ.get("PBVOTE_HYPOTHESIS") == "nightly" else 1_500
RULE = documents.encode(TERMS["rule"])
WORDS = read_catalogue(find_frontend() / "i18n", SOURCE)
SENTENCES: dict[str, list[str]] = {}
for key, text in WORDS.items():
    if key.startswith("verify.say."):
        SENTENCES.setdefault(key.split(".")[2], []).append(text)
PLACEHOLDER = re.compile(r"\{([a-z_]+)")
PINS = (LOG_KEY.verify_key, WITNESS.verify_key)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def verdicts(browser: Browser, data: bytes, kept: Kept | None = None) -> tuple[int, int]:
    """Our verdict and the page's; each finding of both is marked alike, in the same order."""
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
        assert marks == [(finding.right, finding.note) for finding in ours.findings], (ours, theirs)
    return ours.code, theirs["code"]


def _have_words(findings: list[dict[str, Any]]) -> None:
    """Every finding, and every problem in one, has a sentence that its params fill."""
    for said in [*findings, *(problem for finding in findings for problem in finding["problems"])]:
        texts = SENTENCES[said["code"]]
        assert all(set(PLACEHOLDER.findall(text)) <= said["params"].keys() for text in texts), said


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


ODD_TERMS: list[dict[str, Any]] = [
    {"rule": {"id": "no-such-rule", "parameters": {}}},
    {"rule": {"id": "greedy"}},
    {"rule": {"id": "greedy", "parameters": {"whim": 1}}},
    {"rule": {"id": "greedy", "parameters": 7}},
    {"rule": {"id": [], "parameters": {}}},
    {"rule": 7},
    {"rule": None},
    {"ties": ["whim"]},
    {"ties": []},
    {"ties": 3},
    {"vote_type": "ordinal"},
    {"vote_type": "whim"},
    {"vote_type": None},
    {"projects": []},
    {"projects": [{}]},
    {"budget": None},
    {"budget": 2_000_001},
    {"currency": 5},
    {"title": 5},
    {"conditions": []},
    {"conditions": {}},
    {"conditions": {"pots": [{"id": "a"}]}},
    {"conditions": {"pots": [{"id": "a", "amount": 20_000, "categories": [], "projects": []}]}},
    {"conditions": {"pots": [{"id": "a", "amount": "20000.00", "categories": [], "projects": []}]}},
    {"conditions": {"pots": [{"id": "a", "amount": "2e4", "categories": [], "projects": []}]}},
    {"conditions": {"pots": [{"id": "a", "amount": 19_999, "categories": [], "projects": []}]}},
    {"conditions": {"smallest": {"P1": "much"}}},
    {"conditions": {"exclusions": "x"}},
    {"conditions": {"exclusions": [["P1", "P9"]]}},
    {"conditions": {"exclusions": [["P1", "P99"]]}},
    {"conditions": {"min_votes": "x"}},
    {"conditions": {"min_votes": 3}},
    {"conditions": {"reserve": 2}},
    {"conditions": {"prefunded": ["P9"]}},
]


@pytest.mark.parametrize("terms", ODD_TERMS, ids=str)
def test_odd_terms(browser: Browser, terms: dict[str, Any]) -> None:
    ours, theirs = verdicts(browser, write_bundle(make_bundle(count=counted, terms={**TERMS, **terms})))
    assert ours == theirs


@dataclass(frozen=True)
class Vote:
    """How people voted and how it is counted; `conditions` as they stand in the config, and `terms` what they mean."""

    vote_type: VoteType
    rule: str
    parameters: Mapping[str, Any]
    ties: tuple[str, ...] = ("cheapest", "most-votes")
    conditions: Mapping[str, Any] | None = None
    terms: Terms = NO_TERMS


POTS = {
    "pots": [
        {"id": "parks", "amount": "5000.50", "categories": ["parks"], "projects": []},
        {"id": "rest", "amount": "14999.5", "categories": [], "projects": []},
    ],
    "exclusions": [["P1", "P2"]],
    "smallest": {"P5": "1250.25"},
    "min_votes": 2,
    "reserve": 1,
}
FUNDS = (Fund("parks", 500_050, ("parks",)), Fund("rest", 1_499_950))
VOTES = [
    Vote(VoteType.APPROVAL, "greedy", {}),
    Vote(VoteType.APPROVAL, "equal-shares", {"completion": "add1u"}, ()),
    Vote(VoteType.APPROVAL, "phragmen", {}, ("lot:2026",)),
    Vote(VoteType.APPROVAL, "maximin-support", {}),
    Vote(VoteType.APPROVAL, "max-welfare", {}),
    Vote(VoteType.ORDINAL, "greedy", {"utility": "borda"}),
    Vote(VoteType.ORDINAL, "top", {"k": 3, "utility": "borda"}),
    Vote(VoteType.SCORING, "priorities", {"utility": "mean"}),
    Vote(VoteType.CUMULATIVE, "equal-shares", {"utility": "points", "completion": "add1"}),
    Vote(
        VoteType.APPROVAL,
        "greedy",
        {},
        conditions=POTS,
        terms=Terms(FUNDS, exclusions=(("P1", "P2"),), min_votes=2, smallest={"P5": 125_025}, reserve=1),
    ),
]
FORMS = {VoteType.ORDINAL: Form.RANKING, VoteType.SCORING: Form.POINTS, VoteType.CUMULATIVE: Form.POINTS}


def bundle_of(vote: Vote, monkeypatch: pytest.MonkeyPatch, lie: int = 0) -> bytes:
    """A bundle of a vote counted by our second count. With a lie, the first project gets more than it should."""
    form = FORMS.get(vote.vote_type, Form.SET)
    costs = {f"P{number}": 100_000 * number for number in range(1, PROJECTS + 1)}

    def count(openings: list[Opening]) -> tuple[bytes, Any]:
        ballots = [opening.ballot() for opening in openings]
        votes = Counter((tuple(f"P{n}" for n in ballot.projects), ballot.points) for ballot in ballots)
        entries = tuple(Entry(name, cost, ("parks",) if cost % 200_000 else ()) for name, cost in costs.items())
        cast = tuple(Cast(*chosen, times) for chosen, times in votes.items())
        ties = ",".join(vote.ties) or "ballot-order"
        again = recount(Ballots(entries, 2_000_000, vote.vote_type, cast), vote.rule, vote.parameters, ties, vote.terms)
        stream = io.BytesIO()
        election = Election.of(
            projects=[Project(name, cost, 'A project; with "quotes"') for name, cost in costs.items()],
            budget=2_000_000,
            vote_type=vote.vote_type,
            ballots=Counter({Ballot(*chosen): times for chosen, times in votes.items()}),
            currency="GBP",
            minor_units=100,
        )
        write_pabulib(election, stream)
        awarded = {step.project: step.amount for step in again.steps}
        projects = [{"awarded": awarded.get(name, 0), "number": int(name[1:])} for name in costs]
        projects[0]["awarded"] += lie
        return stream.getvalue(), {"projects": projects}

    projects = [
        {"cost": cost, "number": int(name[1:]), "reference": name} | ({"category": "parks"} if cost % 200_000 else {})
        for name, cost in costs.items()
    ]
    terms = {
        "rule": {"id": vote.rule, "parameters": vote.parameters},
        "ties": list(vote.ties),
        "vote_type": str(vote.vote_type),
        "projects": projects,
    }
    terms |= {"conditions": vote.conditions} if vote.conditions else {}
    monkeypatch.setattr(bundles, "opening_of", lambda number: opening_of(number, form))
    return write_bundle(make_bundle(voters=60, count=count, terms=terms))


@pytest.mark.parametrize("vote", VOTES, ids=lambda vote: f"{vote.rule}-{vote.vote_type}")
def test_every_kind_of_vote_is_counted_again(browser: Browser, monkeypatch: pytest.MonkeyPatch, vote: Vote) -> None:
    assert verdicts(browser, bundle_of(vote, monkeypatch)) == (OK, OK)
    assert verdicts(browser, bundle_of(vote, monkeypatch, lie=1)) == (WRONG, WRONG)
