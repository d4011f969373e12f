"""Votes are read in blocks; whatever the blocks, the election is the one that is read row by row."""

import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Election, PabulibError, VoteType, read_pabulib, write_pabulib
from pbvote.tally.pabulib import source, votes
from pbvote.tally.pabulib.blocks import Layout, Part, votes_in
from tests.tally.elections import elections, needs_real_files, real_files
from tests.tally.test_pabulib import FILE, REFUSED

FEW = settings(max_examples=100, deadline=None)

HEAD = "META\nkey;value\nnum_projects;3\nnum_votes;{voters}\nbudget;9\nvote_type;{kind}\n{limit}PROJECTS\n"
HEAD += "project_id;cost\na;1\nb;2.5\nc;4\nVOTES\nvoter_id;vote{points}\n"
ROWS = {
    "approval": ["a", "b,a", "", "a,b", '"c, a"', "a, b", " b", "None", "a,a", "c"],
    "choose-1": ["a", "", '"b"', "c,c", "None", " a "],
    "ordinal": ["a", "b,a", "", "a,b", '"c, a"', "a, b", "a,b,a", "c,b,a", "b,c,a"],
    "cumulative": ["a;3", "b,a;2,2", "a,b;2,2", ";", "a,c;0,-1", '"a, b";"2, 1"', "a,a;1,2", "b;3.0", "c;None;", "c;7"],
    "scoring": ["a;1", "b,a;1,2", "a,b;2,1", "None;None", "a,b,c;1,2,3"],
}


WRONG = ["v0;a", "x;zebra", "x", ";a", "x;a;1;2;3", 'x;"a', "x\0;a", "\n", "x;a\r"]


def row_by_row(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Election | str:
    with monkeypatch.context() as patch:
        patch.setattr(votes, "votes_in", lambda *_: None)
        return read(data)


def read(data: bytes) -> Election | str:
    try:
        return read_pabulib(BytesIO(data), name="ward.pb").election
    except PabulibError as error:
        return str(error)


@pytest.mark.parametrize("size", [1, 20, 40, 10_000])
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_blocks_and_rows_give_the_same(size: int, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ROWS)))
    rows: list[str] = data.draw(st.lists(st.sampled_from(ROWS[kind]), max_size=9))
    limit = data.draw(st.sampled_from(["", "", "max_length;1\n", "min_length;2\n", "max_sum_cost;3.5\n"]))
    limit += data.draw(st.sampled_from(["", "", "max_points;2\n", "max_sum_points;3\n", "default_score;1\n"]))
    head = HEAD.format(voters=len(rows), kind=kind, limit=limit, points=";points" if ";" in ROWS[kind][0] else "")
    lines = [f"v{number};{row}" for number, row in enumerate(rows)]
    spoil: bool = data.draw(st.booleans())
    if lines and spoil:
        lines[-1] = data.draw(st.sampled_from(WRONG))
    text = (head + data.draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(lines)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "BLOCK", size)
        assert read(text) == row_by_row(text, patch)


@pytest.mark.parametrize("size", [1, 5, 30])
@pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: wrong[1])
def test_the_line_of_an_error_does_not_depend_on_the_blocks(
    wrong: tuple[str, str, int, str, str], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, line, found, expected = wrong
    monkeypatch.setattr(source, "BLOCK", size)
    assert read(FILE.replace(old, new, 1).encode()) == f"ward.pb:{line}: {found}; expected {expected}"


@FEW
@given(st.one_of(*(elections(kind) for kind in VoteType if kind is not VoteType.CHOOSE_1)), st.integers(1, 60))
def test_any_election_read_in_blocks_is_the_same_as_by_rows(election: Election, size: int) -> None:
    stream = BytesIO()
    write_pabulib(election, stream)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "BLOCK", size)
        found = read(stream.getvalue())
        assert found == row_by_row(stream.getvalue(), patch)
    assert isinstance(found, Election)
    assert found.profile == election.profile


@needs_real_files
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.stem)
def test_real_files_are_the_same_in_blocks_as_with_each_voter(path: Path) -> None:
    by_rows = read_pabulib(path, keep_voters=True)
    assert read_pabulib(path).election == by_rows.election
    assert by_rows.voters is not None
    assert len(by_rows.voters) == by_rows.election.voters


@needs_real_files
def test_no_real_file_needs_to_be_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def watched(block: bytes, layout: Layout) -> tuple[list[str], Part] | None:
        found.append(votes_in(block, layout))
        return found[-1]

    monkeypatch.setattr(votes, "votes_in", watched)
    for path in real_files():
        read_pabulib(path)
    assert len(found) > 100
    assert None not in found


@pytest.mark.parametrize("quoted", [False, True])
def test_many_voters_take_little_memory(quoted: bool) -> None:  # noqa: FBT001
    voters = 40_000
    vote = '"a,c"' if quoted else "a,c"
    rows = "".join(f"{number:08};{vote};{'x' * 80}\n" for number in range(voters))
    head = HEAD.format(voters=voters, kind="approval", limit="", points=";note")
    data = (head + rows).encode()
    stream = BytesIO(data)
    tracemalloc.start()
    try:
        assert read_pabulib(stream).election.voters == voters
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    ids = voters * 110  # the voters' ids are kept, so that none counts twice
    assert peak < ids + 20 * source.BLOCK
    assert len(data) > 3_500_000
