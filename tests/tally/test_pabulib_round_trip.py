"""What is written reads back the same, whatever stands in the texts and whatever a ballot says."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Election, ElectionError, Project, VoteType, read_pabulib, write_pabulib
from tests.tally.elections import needs_real_files, real_files
from tests.tally.pabulib_invariants import hold_for, reads_back, written

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(str.strip)
HARD = st.sampled_from(
    ['"', '""', 'a "b" c', ";", "a;b", "a\nb", "a\r\nb", "a\rb", "żółć", "שלום", "🌳", "VOTES", "None", "#"]
)
NAMES = TEXT | HARD
IDS = NAMES.map(lambda text: text.replace(",", "")).map(str.strip).filter(bool)
CATEGORIES = st.lists(IDS.filter(lambda text: text != "None"), max_size=3, unique=True)
LARGE = 1_000_000  # bytes
COSTS = st.integers(0, 10**15 - 1)


@st.composite
def any_elections(draw: st.DrawFn) -> Election:
    """Every vote type, hard texts everywhere, costs with and without decimals, negative points, blank ballots."""
    vote_type = draw(st.sampled_from(list(VoteType)))
    ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    longest = 1 if vote_type is VoteType.CHOOSE_1 else 6
    ballots = []
    for chosen in draw(st.lists(st.lists(st.sampled_from(ids), max_size=longest), max_size=8)):
        points = draw(st.lists(st.integers(-(10**9), 10**9), min_size=len(chosen), max_size=len(chosen)))
        ballots.append(Ballot(tuple(chosen), tuple(points) if vote_type.has_points else ()))
    keys = IDS.map("note {}".format)  # not one that means something
    return Election.of(
        projects=[Project(name, draw(COSTS), draw(NAMES), tuple(draw(CATEGORIES))) for name in ids],
        budget=draw(COSTS),
        vote_type=vote_type,
        ballots=ballots,
        currency=draw(NAMES),
        minor_units=draw(st.sampled_from([1, 10, 100, 1000, 10**6])),
        meta=draw(st.dictionaries(keys, NAMES, max_size=3)),
    )


@settings(max_examples=300, deadline=None)
@given(any_elections())
def test_any_election_reads_back_the_same(election: Election) -> None:
    stream = BytesIO()
    write_pabulib(election, stream)
    file = read_pabulib(BytesIO(stream.getvalue()))
    found = file.election
    units = election.minor_units, found.minor_units  # hundredths, or what is needed
    assert found.profile == election.profile
    assert [(p.id, p.cost * units[0], p.name, p.categories) for p in found.projects] == [
        (p.id, p.cost * units[1], p.name, p.categories) for p in election.projects
    ]
    assert (found.budget * units[0], found.currency) == (election.budget * units[1], election.currency)
    assert found.meta == election.meta
    assert written(file) == stream.getvalue()
    assert hold_for(stream.getvalue())


@needs_real_files
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.stem)
def test_real_files_read_back_the_same(path: Path) -> None:
    reads_back(read_pabulib(path), lenient=False)


@needs_real_files
@pytest.mark.parametrize(
    "path", [path for path in real_files() if path.stat().st_size < LARGE], ids=lambda path: path.stem
)
def test_real_files_with_their_voters_read_back_the_same(path: Path) -> None:
    reads_back(read_pabulib(path, keep_voters=True), lenient=False)


@pytest.mark.parametrize(
    ("project", "problem"),
    [
        (Project("a,b", 1), "has a comma"),
        (Project(" a", 1), "is empty or has spaces around it"),
        (Project("", 1), "is empty or has spaces around it"),
        (Project("a", 1, "A\0"), "cannot be in a Pabulib file"),
        (Project("a", 1, "A\ud800"), "cannot be in a Pabulib file"),
    ],
)
def test_what_would_not_read_back_is_not_written(project: Project, problem: str) -> None:
    election = Election.of(projects=[project], budget=1, vote_type=VoteType.APPROVAL, ballots=[])
    with pytest.raises(ElectionError, match=problem):
        write_pabulib(election, BytesIO())


def test_a_default_score_is_not_written_out_for_each_project() -> None:
    text = "META\nkey;value\nnum_projects;3\nnum_votes;2\nbudget;9\nvote_type;scoring\nmax_length;1\ndefault_score;2\n"
    text += "PROJECTS\nproject_id;cost\n1;1\n2;1\n3;1\nVOTES\nvoter_id;vote;points\nv;2,3;5,2\nw;;\n"
    file = read_pabulib(BytesIO(text.encode()))
    assert dict(file.election.ballots()) == {
        Ballot(("2", "1", "3"), (5, 2, 2)): 1,
        Ballot(("1", "2", "3"), (2, 2, 2)): 1,
    }
    assert b"2;2;5\n" in written(file)
    assert hold_for(text.encode())


def test_more_digits_than_a_decimal_context_has_are_exact() -> None:
    text = "META\nkey;value\nnum_projects;1\nnum_votes;0\nbudget;999999999999999.000000000000001\nvote_type;approval\n"
    text += "PROJECTS\nproject_id;cost\n1;123456789012345.123456789012345\nVOTES\nvoter_id;vote\n"
    election = read_pabulib(BytesIO(text.encode())).election
    assert election.projects[0].cost == 123456789012345123456789012345
    assert election.budget == 999999999999999000000000000001
    assert hold_for(text.encode())
