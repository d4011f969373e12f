from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.opening import Opening
from pbvote.tally import Ballot, Election, Project, VoteType, tally
from pbvote.tally.pabulib import write_pabulib
from pbvote.verify import OK, UNREADABLE, WRONG, Report, verify
from tests.ballotbox.bundles import LOG_KEY, PROJECTS, make_bundle

RULE = {"id": "equal-shares", "parameters": {"completion": "add1u", "utility": "cost"}}
TERMS: dict[str, Any] = {"rule": RULE, "ties": ["cheapest", "most-votes"], "vote_type": "approval"}


def election_of(openings: list[Opening]) -> Election:
    votes = Counter(Ballot(tuple(f"P{n}" for n in opening.ballot().projects)) for opening in openings)
    projects = [Project(id=f"P{n}", cost=100_000 * n, name=f"Project; {n}") for n in range(1, PROJECTS + 1)]
    return Election.of(
        projects=projects,
        budget=2_000_000,
        vote_type=VoteType.APPROVAL,
        ballots=votes,
        currency="GBP",
        minor_units=100,
        meta={"description": "Harbourside", "country": "United Kingdom", "unit": "Quay", "instance": "2026"},
    )


def counted(openings: list[Opening]) -> tuple[bytes, Any]:
    """The file and the outcome as the server makes them: with the tally."""
    election, stream = election_of(openings), io.BytesIO()
    write_pabulib(election, stream)
    outcome = tally(election, "equal-shares", RULE["parameters"])  # type: ignore[arg-type]  # a mapping as in JSON
    awarded = {step.project: step.cost for step in outcome.steps}
    projects = [{"awarded": awarded.get(f"P{n}", 0), "number": n} for n in range(1, PROJECTS + 1)]
    return stream.getvalue(), {"projects": projects}


BUNDLE = make_bundle(count=counted, terms=TERMS)
DATA = write_bundle(BUNDLE)


def of(change: Mapping[str, Any], terms: Mapping[str, Any] | None = None) -> Report:
    """The report on a whole bundle whose outcome or config was another from the start."""

    def lie(openings: list[Opening]) -> tuple[bytes, Any]:
        election, outcome = counted(openings)
        return change.get("election", election), {**outcome, **change.get("outcome", {})}

    return verify(write_bundle(make_bundle(count=lie, terms={**TERMS, **(terms or {})})))


def test_a_right_result_is_counted_again() -> None:
    report = verify(DATA, Kept(pins=(LOG_KEY.verify_key,)))
    assert (report.code, report.wrong) == (OK, ())
    assert report.findings[-2].sentence == "election.pb lists these 40 ballots, and no others."
    assert report.findings[-1].sentence.startswith("Counted again by the rule equal-shares: ")


def test_a_wrong_outcome_is_found_although_everything_fits_it() -> None:
    _, outcome = counted([ballot.opening for ballot in BUNDLE.ballots.counted] if BUNDLE.ballots else [])
    lies = [dict(project) for project in outcome["projects"]]
    lies[0]["awarded"] += 1
    report = of({"outcome": {"projects": lies}})
    assert report.code == WRONG
    [sentence] = report.wrong
    assert "project 1 gets" in sentence
    assert of({"outcome": {"projects": [*lies[1:], {"awarded": 5, "number": 77}]}}).code == WRONG


def test_an_election_file_with_other_votes_is_found() -> None:
    file = read_archive(DATA)["election.pb"]
    fewer = file.rsplit(b"\n", 2)[0] + b"\n"
    assert of({"election": fewer}).wrong == ("election.pb is not this election: its votes are others.",)
    dearer = file.replace(b"P1;1000;", b"P1;1001;")
    assert of({"election": dearer}).wrong == (
        "election.pb is not this election: its budget, projects or costs are others.",
    )
    twice = file.replace(b"P1;1000;", b"P2;2000;13;twice\nP1;1000;", 1)
    assert "(ValueError: a project is there twice)" in of({"election": twice}).wrong[0]
    for broken in (b"", b"META\n", file.replace(b"VOTES", b"VOTE"), b"\xff", file.replace(b"P1;1000", b"P1;x")):
        assert of({"election": broken}).code == WRONG


def test_no_tie_rules_mean_the_order_of_the_ballot_paper() -> None:
    assert "ballot-order" not in TERMS["ties"]
    assert not [sentence for sentence in of({}, {"ties": []}).wrong if "cannot be repeated" in sentence]


@pytest.mark.parametrize(
    "terms",
    [
        {"rule": {"id": "no-such-rule", "parameters": {}}},
        {"rule": {"id": "greedy"}},
        {"rule": 7},
        {"ties": ["whim"]},
        {"vote_type": "ordinal"},
        {"vote_type": "whim"},
        {"projects": []},
        {"budget": None},
        {"conditions": {"pots": [{"id": "a"}]}},
        {"conditions": {"smallest": {"P1": "much"}}},
        {"conditions": []},
        {"conditions": {"exclusions": "x"}},
        {"conditions": {"min_votes": "x"}},
        {"rule": {"id": "greedy", "parameters": 7}},
        {"rule": {"id": "greedy", "parameters": {"threshold": []}}},
        {"rule": {"id": [], "parameters": {}}},
        {"projects": [{"cost": "x", "number": n, "reference": f"P{n}"} for n in range(1, PROJECTS + 1)]},
    ],
)
def test_a_config_that_cannot_be_counted_is_wrong_and_not_a_crash(terms: dict[str, Any]) -> None:
    report = of({}, terms)
    assert report.code == WRONG
    assert "The count cannot be repeated" in report.wrong[-1]


def test_what_cannot_be_read_and_what_is_wrong_are_told_apart() -> None:
    assert verify(b"").code == UNREADABLE
    assert verify(DATA[:-1]).code == UNREADABLE
    files = read_archive(DATA)
    report = verify(write_archive({**files, "outcome.json": b"{}"}))
    assert report.code == WRONG
    assert report.findings[-1].note
    assert report.findings[-1].sentence == "The ballots were not counted again, because of what is wrong."


def test_totals_alone_are_not_counted_again() -> None:
    bundle: Bundle = replace(BUNDLE, ballots=None, election=None)
    report = verify(write_bundle(bundle))
    assert report.code == OK
    assert report.findings[-1].sentence == "Without ballots the count cannot be repeated here; scrutineers can."


def test_verifying_needs_the_standard_library_and_cryptography_alone() -> None:
    program = "import sys, pbvote.verify; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split()) - sys.stdlib_module_names
    assert {name for name in loaded if not name.startswith("_")} <= {"pbvote", "cryptography", "cffi", "sitecustomize"}
    assert "numpy" not in loaded
