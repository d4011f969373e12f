"""Reading and writing Pabulib files: what is refused and where, and that what is written reads back the same."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import (
    Ballot,
    Election,
    PabulibError,
    PabulibFile,
    Project,
    VoteType,
    read_pabulib,
    write_pabulib,
)
from tests.tally.elections import elections

DATA = Path(__file__).parent / "data"
FEW = settings(max_examples=100, deadline=None)

FILE = """META
key;value
description;Market ward
num_projects;3
num_votes;4
budget;5000
vote_type;approval
max_length;2
currency;GBP
PROJECTS
project_id;cost;name;category;selected
1;1200;Benches;green,play;1
2;1500.50;"Crossing; the ""zebra\""";;0
3;5000;Hall;None;0
VOTES
voter_id;vote;age
a;1,2;34
b;2,1;None
c;;
d;3;71
"""


def read(text: str | bytes, *, keep_voters: bool = False) -> PabulibFile:
    data = text.encode() if isinstance(text, str) else text
    return read_pabulib(BytesIO(data), name="ward.pb", keep_voters=keep_voters)


def written(what: PabulibFile | Election) -> bytes:
    stream = BytesIO()
    write_pabulib(what, stream)
    return stream.getvalue()


def test_reads_an_election() -> None:
    file = read(FILE, keep_voters=True)
    election = file.election
    assert election.projects == (
        Project("1", 120000, "Benches", ("green", "play")),
        Project("2", 150050, 'Crossing; the "zebra"'),
        Project("3", 500000, "Hall"),
    )
    assert (election.budget, election.currency, election.voters) == (500000, "GBP", 4)
    assert dict(election.ballots()) == {Ballot(("1", "2")): 2, Ballot(("3",)): 1, Ballot(): 1}
    assert election.meta == {"description": "Market ward", "max_length": "2"}
    assert file.details["1"] == {"selected": "1"}
    assert file.voters is not None
    assert file.voters[1] == ("b", Ballot(("2", "1")))
    assert read(FILE).voters is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("budget;5000", "budget;5000.0"),
        lambda text: text.replace("META\n", "META;\n").replace("VOTES\n", "VOTES;;\n"),
        lambda text: text.replace("a;1,2;34", "a;1, 2, 1;34"),
        lambda text: text.replace("c;;", "c;None;None"),
        lambda text: text.removesuffix("\n"),
    ],
)
def test_harmless_differences_give_the_same_election(change) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert read(change(FILE)).election == read(FILE).election


def test_more_decimals_make_smaller_minor_units() -> None:
    election = read(FILE.replace("1500.50", "1500.125")).election
    assert election.minor_units == 1000
    assert [project.cost for project in election.projects] == [1200000, 1500125, 5000000]
    assert read(written(election)).election == election


def test_points_belong_to_their_projects_whatever_the_order() -> None:
    file = read_pabulib(DATA / "points.pb")
    assert dict(file.election.ballots()) == {
        Ballot(("library", "pond"), (4, 1)): 2,
        Ballot(("pond",), (5,)): 1,
        Ballot(("library",), (3,)): 1,
    }


def test_a_default_score_goes_to_the_projects_that_are_not_listed() -> None:
    text = "META\nkey;value\nnum_projects;2\nnum_votes;1\nbudget;9\nvote_type;scoring\ndefault_score;2\n"
    text += "PROJECTS\nproject_id;cost\n1;1\n2;1\nVOTES\nvoter_id;vote;points\nv;2;5\n"
    assert dict(read(text).election.ballots()) == {Ballot(("2", "1"), (5, 2)): 1}


REFUSED = [
    ("META\n", "", 1, "the file begins with 'key'", "the section title META"),
    ("key;value", "key;valeur", 2, "META has the columns 'key;valeur'", "a column value"),
    ("budget;5000\n", "", 1, "META says no budget", "a line budget;VALUE"),
    ("budget;5000", "budget;", 6, "META says no budget", "a line budget;VALUE"),
    ("budget;5000", "budget;5,000", 6, "budget is '5,000'", "a number such as 1200 or 1200.50"),
    ("budget;5000", "budget;5e3", 6, "budget is '5e3'", "a number such as 1200 or 1200.50"),
    ("budget;5000", "budget;-1", 6, "budget is '-1'", "an amount of at least 0"),
    ("budget;5000", "budget;٣", 6, "budget is '٣'", "a number such as 1200 or 1200.50"),
    ("budget;5000", "budget;5000\nbudget;6000", 7, "budget a second time", "each key once"),
    ("budget;5000", "budget;5000;more", 6, "a row of 3 cells", "2, as many as columns"),
    ("approval", "veto", 7, "vote_type is 'veto'", "one of approval, choose-1, ordinal, cumulative, scoring"),
    ("num_projects;3", "num_projects;4", 4, "num_projects is 4", "3, as many as the file lists"),
    ("num_votes;4", "num_votes;5", 5, "num_votes is 5", "4, as many as the file lists"),
    ("num_votes;4", "num_votes;many", 5, "num_votes is 'many'", "a number such as 1200 or 1200.50"),
    ("max_length;2", "max_length;two", 8, "max_length is 'two'", "a number such as 1200 or 1200.50"),
    ("max_length;2", "max_length;1", 17, "the number of projects voted for is 2", "at most 1 (max_length)"),
    ("max_length;2", "min_length;2", 20, "the number of projects voted for is 1", "at least 2 (min_length)"),
    ("max_length;2", "max_sum_cost;4999", 20, "the projects voted for cost 5000", "at most 4999 (max_sum_cost)"),
    (
        "project_id;cost;name",
        "id;cost",
        11,
        "PROJECTS has the columns 'id;cost;category;selected'",
        "a column project_id",
    ),
    ("name;category", "name;name", 11, "PROJECTS has 2 columns 'name'", "each column once"),
    ("1;1200;", "1;;", 12, "cost of project '1' is ''", "a number such as 1200 or 1200.50"),
    ("1;1200;", "1;None;", 12, "cost of project '1' is 'None'", "a number such as 1200 or 1200.50"),
    ("1;1200;", ";1200;", 12, "project_id is ''", "an id without commas"),
    ("1;1200;", '"1,2";1200;', 12, "project_id is '1,2'", "an id without commas"),
    ("3;5000;", "1;5000;", 14, "project '1' a second time", "each project once"),
    ("green,play", "green,,play", 12, "category 'green,,play' has an empty item", "items separated by single commas"),
    ("voter_id;vote;age", "voter_id;ballot", 16, "VOTES has the columns 'voter_id;ballot'", "a column vote"),
    ("a;1,2;34", "a;1,9;34", 17, "vote lists '9'", "the id of a project in PROJECTS"),
    ("a;1,2;34", "a;1,,2;34", 17, "vote '1,,2' has an empty item", "items separated by single commas"),
    ("a;1,2;34", "a", 17, "a row of 1 cells", "at least 2: voter_id;vote"),
    ("a;1,2;34", ";1,2;34", 17, "a vote without a voter_id", "an id for each voter"),
    ("b;2,1", "a;2,1", 18, "voter 'a' a second time", "each voter once"),
    ("a;1,2;34", "a;1;2;34;5", 17, "a row of 5 cells", "3, as many as columns"),
    ("approval", "choose-1", 17, "vote lists 2 projects", "one, for vote_type is choose-1"),
    ("approval", "cumulative", 16, "VOTES has the columns 'voter_id;vote;age'", "a column points"),
    ("Hall", "Ha\0ll", 14, "a NUL character", "text"),
    ("Hall", '"Hall', 14, "a quotation mark that is never closed", "a second one at the end of the cell"),
]


@pytest.mark.parametrize(("old", "new", "line", "found", "expected"), REFUSED)
def test_says_in_one_line_what_is_wrong_and_where(old: str, new: str, line: int, found: str, expected: str) -> None:
    assert old in FILE
    with pytest.raises(PabulibError) as caught:
        read(FILE.replace(old, new, 1))
    error = caught.value
    assert str(error) == f"ward.pb:{line}: {found}; expected {expected}"
    assert (error.file, error.line, error.found, error.expected) == ("ward.pb", line, found, expected)


@pytest.mark.parametrize(
    ("vote", "found", "expected"),
    [
        ("x;pond,library;4", "1 points for 2 projects", "as many points as projects"),
        ("x;pond;4.5", "points of 'pond' is '4.5'", "a whole number of at most 1,000,000,000"),
        ("x;pond;four", "points of 'pond' is 'four'", "a number such as 1200 or 1200.50"),
        ("x;pond;6", "the points of 'pond' are 6", "at most 5 (max_points)"),
        ("x;pond,library;4,3", "the points of a ballot add up to 7", "at most 5 (max_sum_points)"),
    ],
)
def test_refuses_wrong_points(vote: str, found: str, expected: str) -> None:
    text = (DATA / "points.pb").read_text().replace("1;library;3", vote)
    with pytest.raises(PabulibError) as error:
        read(text)
    assert str(error.value) == f"ward.pb:20: {found}; expected {expected}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ward.pb:1: the file is empty; expected a META section"),
        (b"META", "ward.pb:1: the file ends after the title META; expected columns key;value"),
        (FILE.split("PROJECTS", maxsplit=1)[0].encode(), "ward.pb:9: the file ends here; expected a PROJECTS section"),
        (
            (FILE.split("PROJECTS", maxsplit=1)[0] + "VOTES" + FILE.split("VOTES", maxsplit=1)[1]).encode(),
            "ward.pb:10: the section title VOTES; expected a PROJECTS section first",
        ),
        (FILE.split("VOTES", maxsplit=1)[0].encode(), "ward.pb:14: the file ends here; expected a VOTES section"),
        (b"META\nkey;value\n\xff;1\n", "ward.pb:3: byte 0xff is not UTF-8; expected text in UTF-8"),
        (b"META\nkey;value\nk;" + b"x" * 200_000, "ward.pb:3: a very long cell; expected at most 131,072 characters"),
        (b"META\rkey;value\r", "ward.pb:1: a carriage return inside a line; expected lines that end with a line feed"),
        (b"META\nkey;value\nk;" + b"x" * 1_000_001, "ward.pb:3: a very long line; expected at most 1,000,000 bytes"),
    ],
)
def test_refuses_what_is_no_such_file(data: bytes, message: str) -> None:
    with pytest.raises(PabulibError) as error:
        read(data)
    assert str(error.value) == message


@pytest.mark.parametrize("path", [DATA, DATA / "missing.pb", "\0"])
def test_refuses_what_cannot_be_opened(path: Path | str) -> None:
    with pytest.raises(PabulibError, match="expected a Pabulib file that can be read"):
        read_pabulib(path)


def test_says_how_far_it_is() -> None:
    seen: list[int] = []
    read_pabulib(BytesIO(FILE.encode()), progress=seen.append)
    assert seen[-1] == len(FILE.encode())


def test_writes_voters_in_an_order_that_tells_nothing() -> None:
    rows = written(read(FILE).election).decode().split("VOTES\n")[1]
    assert rows == "voter_id;vote\n1;\n2;1,2\n3;1,2\n4;3\n"


def test_keeps_voters_if_they_were_kept() -> None:
    again = read(written(read(FILE, keep_voters=True)), keep_voters=True)
    assert again.voters == read(FILE, keep_voters=True).voters


def test_derived_columns_are_counted_and_further_ones_kept() -> None:
    rows = written(read(FILE)).decode().split("PROJECTS\n")[1].split("VOTES\n")[0]
    assert rows == (
        "project_id;cost;votes;name;category;selected\n"
        '1;1200;2;Benches;green,play;1\n2;1500.50;2;"Crossing; the ""zebra""";;0\n3;5000;1;Hall;;0\n'
    )


@pytest.mark.parametrize("file", sorted(DATA.glob("*.pb")), ids=lambda file: file.stem)
def test_our_own_files_read_back_byte_for_byte(file: Path) -> None:
    assert written(read_pabulib(file)) == file.read_bytes()


@FEW
@given(st.one_of(*(elections(kind) for kind in VoteType if kind is not VoteType.CHOOSE_1)))
def test_any_election_reads_back_the_same(election: Election) -> None:
    first = written(election)
    again = read(first)
    assert list(again.election.ballots()) == list(election.ballots())
    assert [project.cost for project in again.election.projects] == [100 * p.cost for p in election.projects]
    assert written(again) == first


PIECES = st.sampled_from(["META", "PROJECTS", "VOTES", ";", '"', "None", "1e999", "-0", "NaN", *FILE.splitlines()])
NOISE = st.sampled_from(["\r", "\n", "\0", "\ufeff"])


def refusal(data: bytes) -> str:
    """What the reader says about the data; nothing if it reads them."""
    try:
        read(data)
    except PabulibError as error:
        return str(error)
    return ""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, NOISE, st.text(max_size=4)), max_size=14), st.sampled_from(["\n", ";", ""]))
def test_nothing_but_its_own_error_comes_out_of_nonsense(pieces: list[str], glue: str) -> None:
    assert refusal(glue.join(pieces).encode(errors="surrogatepass")).startswith("ward.pb:")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(FILE) - 1), st.integers(0, 12), st.binary(max_size=4))
def test_nothing_but_its_own_error_comes_out_of_a_damaged_file(place: int, length: int, noise: bytes) -> None:
    data = FILE.encode()
    assert "\n" not in refusal(data[:place] + noise + data[place + length :])
