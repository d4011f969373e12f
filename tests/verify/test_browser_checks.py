"""Each rule broken alone, terms that cannot be counted, and every kind of vote: the page finds what we find."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pbvote.ballotbox import archive
from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import KeyType
from pbvote.ballotbox.opening import Opening
from pbvote.recount import NO_TERMS, Ballots, Cast, Entry, Fund, Terms, recount
from pbvote.tally import Ballot, Election, Project, VoteType
from pbvote.tally.pabulib import write_pabulib
from pbvote.verify import OK, UNREADABLE, WRONG
from tests.ballotbox import bundles
from tests.ballotbox.bundles import CLOSED, LOG_KEY, ORIGIN, POLL, PROJECTS, WITNESS, make_bundle, opening_of
from tests.ballotbox.test_checking import BUNDLE as UNCOUNTED
from tests.ballotbox.test_checking import THIEF, written_anew
from tests.verify.agreement import signed_anew, told, verdicts
from tests.verify.browser import Browser
from tests.verify.test_mutations import FILES
from tests.verify.test_verify import BUNDLE, TERMS, counted


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def test_the_files_of_a_bundle_are_in_order(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(archive, "sorted", lambda names: list(names)[::-1], raising=False)
        data = archive.write_archive(FILES)
    assert verdicts(browser, data) == (UNREADABLE, UNREADABLE)


def test_checkpoints_are_the_log_s_own_and_grow(browser: Browser) -> None:
    notes = [note.encode() for note in BUNDLE.checkpoints]
    *head, last = notes
    size, root = BUNDLE.log, Tree(leaf_hash(leaf.encode()) for leaf in BUNDLE.log).root()
    by_witness = cosign(last, WITNESS, 9).replace(last.split("\n\n")[1], "")
    lies = {
        "checkpoint_missing": [head],
        "checkpoints_shrink": [[*notes, last]],
        "checkpoint_origin": [[*head, sign(Checkpoint(ORIGIN + "x", len(size), root), LOG_KEY)]],
        "checkpoint_signature": [[*head, last.replace(last[-9:-5], "AAAA")]],
        "checkpoint_signers": [
            [*head, by_witness],
            [*head, last + last.split("\n\n")[1]],
            [*head, last + sign(Checkpoint(ORIGIN, len(size), root), THIEF).split("\n\n")[1]],
        ],
        "checkpoint_root": [[*head, sign(Checkpoint(ORIGIN, len(size), bytes(32)), LOG_KEY)]],
    }
    for code, rows in lies.items():
        for row in rows:
            data = write_archive({**FILES, "checkpoints.txt": "\n".join(row).encode()})
            assert told(browser, data) == [code]


def test_leaves_stand_only_where_they_can(browser: Browser) -> None:
    log = FILES["log.txt"]
    late = b'paper-batch {"at":"2026-03-02T09:00:00Z","ballots":0,"batch":"x","by":[]}\n'
    assert told(browser, signed_anew({**FILES, "log.txt": log + late})) == ["order_wrong"]
    unfinished = log[: log.index(b"result ")]
    assert told(browser, signed_anew({**FILES, "log.txt": unfinished})) == ["order_no_result"]


def test_a_leaf_is_not_too_long(browser: Browser) -> None:
    for length, code in ((65_000, OK), (66_000, UNREADABLE)):
        log = FILES["log.txt"].replace(b"Moved in", b"x" * length)
        assert verdicts(browser, signed_anew({**FILES, "log.txt": log})) == (code, code)


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2024-02-29T23:59:59Z", OK),
        ("2000-02-29T00:00:00Z", OK),
        ("1900-02-29T00:00:00Z", UNREADABLE),
        ("2026-02-29T00:00:00Z", UNREADABLE),
        ("2026-04-31T00:00:00Z", UNREADABLE),
        ("2026-13-01T00:00:00Z", UNREADABLE),
        ("2026-00-01T00:00:00Z", UNREADABLE),
        ("2026-01-00T00:00:00Z", UNREADABLE),
        ("0000-01-01T00:00:00Z", UNREADABLE),
        ("2026-01-01T24:00:00Z", UNREADABLE),
        ("2026-01-01T00:60:00Z", UNREADABLE),
        ("2026-01-01T00:00:60Z", UNREADABLE),
        ("2026-01-01T00:00:00+00:00", UNREADABLE),
        ("2026-01-01 00:00:00Z", UNREADABLE),
    ],
)
def test_times_are_of_the_calendar(browser: Browser, time: str, code: int) -> None:
    log = FILES["log.txt"].replace(b"2026-03-02T09:00:00Z", time.encode(), 1)
    assert verdicts(browser, signed_anew({**FILES, "log.txt": log})) == (code, code)


def test_more_votes_than_electors(browser: Browser) -> None:
    log = FILES["log.txt"].replace(b'"electors":1200', b'"electors":30')
    roll = FILES["roll.json"].replace(b"1201", b"31")
    assert told(browser, signed_anew({**FILES, "log.txt": log, "roll.json": roll})) == ["roll_too_many"]


def test_every_vote_is_in_the_log_once_and_has_its_own_receipt(browser: Browser) -> None:
    first = next(
        leaf for leaf in UNCOUNTED.log if leaf.type == "ballot" and leaf.commitment not in UNCOUNTED.superseded
    )
    place = UNCOUNTED.log.index(first)
    alike = replace(first, commitment=first.commitment[:8] + bytes(24))
    for other, codes in ((first, ["box_twice", "box_symbols"]), (alike, ["box_symbols"])):
        log = (*UNCOUNTED.log[:place], other, *UNCOUNTED.log[place:])
        assert told(browser, write_bundle(written_anew(replace(UNCOUNTED, log=log)).totals_only())) == codes


def test_lines_stand_in_order(browser: Browser) -> None:
    head, election, first, second, rest = FILES["ballots.txt"].split(b"\n", 4)
    swapped = b"\n".join([head, election, second, first, rest])
    assert verdicts(browser, signed_anew({**FILES, "ballots.txt": swapped})) == (UNREADABLE, UNREADABLE)
    other = replace(WITNESS, name="a.example.net/w").verify_key.text.encode() + b"\n"
    for witnesses, code in ((FILES["witnesses.txt"] + other, UNREADABLE), (other + FILES["witnesses.txt"], OK)):
        assert verdicts(browser, signed_anew({**FILES, "witnesses.txt": witnesses})) == (code, code)


def test_keys_are_of_their_own_type(browser: Browser) -> None:
    """What the format's page says, and the page checks."""
    log_s = LOG_KEY.verify_key.text.encode()
    config = FILES["config.json"].replace(log_s, replace(LOG_KEY, type=KeyType.COSIGNATURE).verify_key.text.encode())
    for files in ({"witnesses.txt": log_s + b"\n"}, {"config.json": config}):
        bundle = base64.b64encode(signed_anew({**FILES, **files})).decode()
        assert browser.ask("verify", bundle=bundle)["code"] == UNREADABLE


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
    """How people voted and how it is counted; `conditions` as they stand in the config, and `terms` what they mean.

    With `dice` everybody chose everything and all costs the same: only the lot of these digits tells projects apart.
    """

    vote_type: VoteType
    rule: str
    parameters: Mapping[str, Any]
    ties: tuple[str, ...] = ("cheapest", "most-votes")
    conditions: Mapping[str, Any] | None = None
    terms: Terms = NO_TERMS
    dice: str = ""


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
    Vote(VoteType.APPROVAL, "greedy", {}, dice="31642"),
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
    """A bundle of a vote counted by our second count. With a lie, the first project gets more, or a later place."""
    form = FORMS.get(vote.vote_type, Form.SET)
    costs = {f"P{number}": 900_000 if vote.dice else 100_000 * number for number in range(1, PROJECTS + 1)}

    def count(openings: list[Opening]) -> tuple[bytes, Any]:
        ballots = [opening.ballot() for opening in openings]
        votes = Counter((tuple(f"P{n}" for n in ballot.projects), ballot.points) for ballot in ballots)
        entries = tuple(Entry(name, cost, ("parks",) if cost % 200_000 else ()) for name, cost in costs.items())
        cast = tuple(Cast(*chosen, times) for chosen, times in votes.items())
        ties = ",".join([*vote.ties, *([f"lot:{vote.dice}"] if vote.dice else [])]) or "ballot-order"
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
        told = {step.project: (place, step.amount) for place, step in enumerate(again.steps, start=1)}
        projects: list[dict[str, Any]] = [
            {"awarded": told.get(name, (0, 0))[1], "number": int(name[1:]), "step": told.get(name, (None, 0))[0]}
            for name in costs
        ]
        if vote.rule in {"top", "priorities"}:
            projects = [{**project, "awarded": 0} for project in projects]
            projects[0]["step"] = (projects[0]["step"] or 0) + lie or None
        else:
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
    everything = CanonicalBallot(POLL, Form.SET, tuple(range(1, PROJECTS + 1))).encode()

    def opening(number: int) -> Opening:
        return replace(opening_of(number), canonical=everything) if vote.dice else opening_of(number, form)

    monkeypatch.setattr(bundles, "opening_of", opening)
    data = write_bundle(make_bundle(voters=45, count=count, terms=terms))
    return _with_dice(read_archive(data), vote.dice) if vote.dice else data


def _with_dice(files: dict[str, bytes], digits: str) -> bytes:
    log, rolls = files["log.txt"], ("00000", digits)  # the last roll counts
    leaves = [event_leaf("dice", at=CLOSED, by=[], digits=roll, purpose="ties") for roll in rolls]
    at_the_close, result = log.split(b"result ")
    log = at_the_close + b"".join(leaf + b"\n" for leaf in leaves) + b"result " + result
    return signed_anew({**files, "log.txt": log})


@pytest.mark.parametrize("vote", VOTES, ids=lambda vote: f"{vote.rule}-{vote.vote_type}")
def test_every_kind_of_vote_is_counted_again(browser: Browser, monkeypatch: pytest.MonkeyPatch, vote: Vote) -> None:
    assert verdicts(browser, bundle_of(vote, monkeypatch)) == (OK, OK)
    assert verdicts(browser, bundle_of(vote, monkeypatch, lie=1)) == (WRONG, WRONG)
    if vote.dice:
        files = read_archive(bundle_of(vote, monkeypatch))
        other = files["log.txt"].replace(vote.dice.encode(), b"11111")
        assert set(told(browser, signed_anew({**files, "log.txt": other}))) == {"outcome_project"}
