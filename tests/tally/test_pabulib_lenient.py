"""Lenient reading: what is mended and listed, and what stays an error because mending it would be guessing."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Election, PabulibError, PabulibFile, VoteType, read_pabulib, write_pabulib
from pbvote.tally.pabulib import Mended
from pbvote.tally.pabulib.mends import LISTED
from tests.tally.elections import elections, needs_real_files, real_files
from tests.tally.test_pabulib import DATA, FILE, REFUSED

POINTS = (DATA / "points.pb").read_text()


def lenient(text: str | bytes, *, keep_voters: bool = False) -> PabulibFile:
    data = text.encode() if isinstance(text, str) else text
    return read_pabulib(BytesIO(data), name="ward.pb", keep_voters=keep_voters, lenient=True)


def strict(text: str) -> PabulibFile:
    return read_pabulib(BytesIO(text.encode()), name="ward.pb")


MENDED = [
    ("META\n", "", "title", 1, "the file begins with 'key'", "read as META's columns"),
    ("key;value", "Key;VALUE ", "name", 2, "META has the columns 'Key;VALUE'", "'Key' read as key"),
    ("budget;", "Budget ;", "name", 6, "META says 'Budget'", "read as budget"),
    ("num_votes;", "num votes;", "name", 5, "META says 'num votes'", "read as num_votes"),
    ("budget;5000", "budget;5000,00", "number", 6, "budget is '5000,00'", "read as 5000.00"),
    ("budget;5000\n", "budget;5000\nbudget;5000\n", "twice", 7, "budget a second time", "the same value, so left out"),
    ("approval", "Approval", "value", 7, "vote_type is 'Approval'", "read as approval"),
    ("num_projects;3", "num_projects;4", "total", 4, "num_projects is 4", "the file lists 3"),
    ("num_votes;4", "num_votes;many", "total", 5, "num_votes is 'many'", "the file lists 4"),
    ("num_votes;4\n", "", "total", 1, "META says no num_votes", "the file lists 4"),
    ("max_length;2", "max_length;two", "unreadable-limit", 8, "max_length is 'two'", "no such limit"),
    ("max_length;2", "min_length;2", "limit", 20, "the number of projects voted for is 1", "counted; min_length is 2"),
    ("Market ward", "Market ward; north", "value", 3, "a row of 3 cells", "'Market ward; north' read as one text"),
    ("project_id;cost", "Project ID;cost", "name", 11, None, "'Project ID' read as project_id"),
    ("1;1200;", "1;1200,0;", "number", 12, "cost of project '1' is '1200,0'", "read as 1200.0"),
    ("green,play", "green,,play,", "list", 12, "category 'green,,play,' has an empty item", "left out"),
    ("voter_id;vote", "Voter-ID;vote", "name", 16, None, "'Voter-ID' read as voter_id"),
    ("a;1,2;34", "a;1,2,9;34", "unknown-project", 17, "vote lists '9'", "left out of the ballot"),
    ("a;1,2;34", "a;1,2,;34", "list", 17, "vote '1,2,' has an empty item", "left out"),
    ("a;1,2;34", "a;2,1, 2;34", "twice", 17, "vote lists '2' again", "counted once, where it stands first"),
    ("a;1,2;34", ";1,2;34", "voter", 17, "a vote without a voter_id", "counted as a ballot of voter 'line 17'"),
    ("b;2,1", "a;2,1", "voter", 18, "voter 'a' a second time", "counted as a ballot of voter 'a (2)'"),
    ("META", "\ufeffMETA", "byte-order-mark", 1, "a byte order mark", "left out"),
]


@pytest.mark.parametrize(("old", "new", "kind", "line", "found", "done"), MENDED)
def test_mends_and_says_so(old: str, new: str, kind: str, line: int, found: str | None, done: str) -> None:
    assert old in FILE
    file = lenient(FILE.replace(old, new, 1))
    first = file.mended[0]
    assert (first.kind, first.line, first.done) == (kind, line, done)
    assert found is None or first.found == found
    whole = strict(FILE).election
    assert (file.election.projects, file.election.budget) == (whole.projects, whole.budget)
    assert file.election.profile == whole.profile


def test_each_row_of_a_voter_is_a_ballot_under_an_id_that_nobody_has() -> None:
    file = lenient(FILE.replace("b;2,1", "a (2);2,1").replace("c;;", "a;;").replace("d;3", "a;3"), keep_voters=True)
    assert file.voters is not None
    assert [voter for voter, _ in file.voters] == ["a", "a (2)", "a (3)", "a (4)"]


def test_counts_ballots_that_break_a_limit_as_officials_did() -> None:
    file = lenient(FILE.replace("max_length;2", "max_length;1"))
    assert file.election.profile == strict(FILE).election.profile
    assert [(mended.line, mended.done) for mended in file.mended] == [
        (17, "counted; max_length is 1"),
        (18, "counted; max_length is 1"),
    ]


def test_lists_columns_that_the_ballots_do_not_bear_out_and_goes_by_the_ballots() -> None:
    text = POINTS.replace("library;1250;3", "library;1250;5")
    file = lenient(text)
    assert file.election == strict(POINTS).election
    assert [mended.found for mended in file.mended] == ["votes of project 'library' is '5'"]


def test_bytes_that_are_no_utf8_are_replaced_in_names_and_never_in_ids() -> None:
    file = lenient(FILE.encode().replace(b"Hall", b"Sal\xe3o"))
    assert file.election.projects[2].name == "Sal\N{REPLACEMENT CHARACTER}o"
    assert [(mended.kind, mended.line) for mended in file.mended] == [("encoding", 14)]
    with pytest.raises(PabulibError, match=r"ward\.pb:14: project_id is"):
        lenient(FILE.encode().replace(b"3;5000", b"\xe3;5000"))


def test_an_id_in_other_capitals_is_known_if_only_one_project_can_be_meant() -> None:
    text = FILE.replace("3;5000", "l3;5000").replace("d;3;71", "d;L3;71")
    file = lenient(text)
    assert dict(file.election.ballots())[Ballot(("l3",))] == 1
    assert file.mended[0].done == "read as 'l3'"
    both = text.replace("2;1500", "L3;1500").replace("d;L3", "d;l3").replace("1,2", "1,L3").replace("2,1", "L3,1")
    assert lenient(both).mended == ()


@pytest.mark.parametrize(
    ("vote", "given"),
    [
        ("x;pond,library,;4,1,", {"pond": 4, "library": 1}),
        ("x;pond,,library;4,,1", {"pond": 4, "library": 1}),
        ("x;pond,nowhere;4,1", {"pond": 4}),
        ("x;pond,pond;4,1", {"pond": 4}),
    ],
)
def test_points_stay_with_their_projects(vote: str, given: dict[str, int]) -> None:
    file = lenient(POINTS.replace("1;library;3", vote), keep_voters=True)
    assert file.voters is not None
    ballot = file.voters[0][1]
    assert dict(zip(ballot.projects, ballot.points, strict=True)) == given


@pytest.mark.parametrize(
    "vote", ["x;pond,library;4", "x;pond,,library;,4,1", "x;pond;4.5", "x;pond;four", "x;pond;", "x;pond,library;4,,1"]
)
def test_points_that_could_be_anybodys_stay_an_error(vote: str) -> None:
    with pytest.raises(PabulibError, match=r"ward\.pb:20"):
        lenient(POINTS.replace("1;library;3", vote))


GUESSES = [
    ("budget;5000", "budget;5,000", "ward.pb:6: budget is '5,000'"),
    ("budget;5000", "budget;5 000", "ward.pb:6: budget is '5 000'"),
    ("budget;5000", "budget;5000\nbudget;6000", "ward.pb:7: budget a second time"),
    ("budget;5000", "budget;5000;more", "ward.pb:6: a row of 3 cells"),
    ("budget;5000\n", "", "ward.pb:1: META says no budget"),
    ("approval", "veto", "ward.pb:7: vote_type is 'veto'"),
    ("approval", "choose-1", "ward.pb:17: vote lists 2 projects"),
    ("1;1200;", "1;;", "ward.pb:12: cost of project '1' is ''"),
    ("3;5000;", "1;5000;", "ward.pb:14: project '1' a second time"),
    ("Benches", "Benches; new", "ward.pb:12: a row of 6 cells"),
    ("a;1,2;34", "a", "ward.pb:17: a row of 1 cells"),
    ("a;1,2;34", "a;1;2;34;5", "ward.pb:17: a row of 5 cells"),
    ("Hall", '"Hall', "ward.pb:14: a quotation mark that is never closed"),
    ("key;value", "key,value", "ward.pb:2: META has its columns separated by commas; expected cells separated by ;"),
    ("voter_id;vote;age", "voter_id\tvote", "ward.pb:16: VOTES has its columns separated by tabs"),
]


@pytest.mark.parametrize(("old", "new", "message"), GUESSES)
def test_what_would_be_guessing_stays_an_error(old: str, new: str, message: str) -> None:
    with pytest.raises(PabulibError) as caught:
        lenient(FILE.replace(old, new, 1))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("old", "new", "line", "found", "expected"), REFUSED)
def test_what_it_does_not_mend_it_refuses_in_the_same_words(
    old: str, new: str, line: int, found: str, expected: str
) -> None:
    try:
        lines = {mended.line for mended in lenient(FILE.replace(old, new, 1)).mended}
        refusal = ""
    except PabulibError as error:
        lines, refusal = set(), str(error)
    assert line in lines or refusal == f"ward.pb:{line}: {found}; expected {expected}"


def test_many_mends_of_a_kind_are_counted() -> None:
    rows = "".join(f"v{number};1,9;\n" for number in range(1000))
    mended = lenient(FILE.replace("num_votes;4", "num_votes;1004") + rows).mended
    assert len(mended) == LISTED + 1
    assert sum(one.times for one in mended) == 1000
    assert mended[-1] == Mended(
        mended[0].kind, 0, "900 more of the kind unknown-project", "mended in the same way", 900
    )


@settings(max_examples=100, deadline=None)
@given(st.one_of(*(elections(kind) for kind in VoteType if kind is not VoteType.CHOOSE_1)))
def test_a_clean_file_is_the_same_either_way(election: Election) -> None:
    stream = BytesIO()
    write_pabulib(election, stream)
    file = lenient(stream.getvalue())
    assert file == read_pabulib(BytesIO(stream.getvalue()))
    assert file.mended == ()


@needs_real_files
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.stem)
def test_real_files_are_the_same_either_way(path: object) -> None:
    assert read_pabulib(str(path), lenient=True).election == read_pabulib(str(path)).election
