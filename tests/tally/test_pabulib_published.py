"""The rule that a file names, as one of ours, and whether counting by it gives what the city published."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from pbvote.tally import Ballot, Conditions, PabulibFile, VoteType, read_pabulib, tally
from pbvote.tally.pabulib.published import EQUAL_SHARES, GREEDY, in_points, published_count, selected
from tests.tally.elections import needs_real_files, real_files
from tests.tally.test_pabulib import FILE

RIVALS = "poland_warszawa_2024"  # its comment says that rival projects make the result differ


@cache
def read(path: Path) -> PabulibFile:
    return read_pabulib(path)


def file_with(rule: str, vote_type: str = "approval", *more: str) -> PabulibFile:
    text = "\n".join(["META", "key;value", "num_projects;2", "num_votes;2", "budget;9", f"vote_type;{vote_type}"])
    text += "\n" + "\n".join([f"rule;{rule}", *more, "PROJECTS", "project_id;cost;selected", "1;4;1.0", "2;5;None"])
    points = {"cumulative": ("2,1", "1"), "scoring": ("2,1", "1")}.get(vote_type, ("", ""))
    text += f"\nVOTES\nvoter_id;vote;points\na;1,2;{points[0]}\nb;2;{points[1]}\n"
    return read_pabulib(BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("file", "rule", "parameters"),
    [
        (file_with("greedy"), "greedy", {"utility": "votes"}),
        (file_with("Greedy ", "cumulative"), "greedy", {"utility": "points"}),
        (file_with("greedy", "ordinal"), "greedy", {"utility": "points"}),
        (file_with("greedy-no-skip", "scoring"), "greedy", {"utility": "points", "skip": False}),
        (file_with("greedy-threshold"), "greedy", {"utility": "votes"}),
        (
            file_with("greedy-threshold", "approval", "min_project_score_threshold;20"),
            "greedy",
            {"utility": "votes", "threshold": 20},
        ),
        (
            file_with("greedy-threshold", "approval", "min_project_score_threshold;19.5"),
            "greedy",
            {"utility": "votes", "threshold": 20},
        ),
        (file_with("greedy", "approval", "min_project_score_threshold;20"), "greedy", {"utility": "votes"}),
        (file_with("equalshares"), "equal-shares", {"utility": "cost"}),
        (file_with("equalshares/add1"), "equal-shares", {"utility": "cost", "completion": "add1"}),
        (
            file_with("equalshares/add1-comparison", "cumulative"),
            "equal-shares",
            {"utility": "points", "completion": "add1", "comparison": True},
        ),
        (file_with("equalshares-comparison"), "equal-shares", {"utility": "cost", "comparison": True}),
    ],
)
def test_a_rule_of_pabulibs_is_one_of_ours(file: PabulibFile, rule: str, parameters: dict[str, Any]) -> None:
    count = published_count(file)
    assert count is not None
    assert (count.rule, count.parameters) == (rule, parameters)
    for ways in (count.parameters, *count.others):
        assert tally(count.election, count.rule, ways).rule == rule


@pytest.mark.parametrize("rule", ["greedy-exclusive", "greedy-custom", "unknown", "", "lottery"])
def test_rules_that_only_words_describe_are_none_of_ours(rule: str) -> None:
    assert published_count(file_with(rule)) is None


def test_rankings_give_points_down_to_one() -> None:
    election = in_points(file_with("greedy", "ordinal").election)
    assert election.vote_type is VoteType.CUMULATIVE
    assert dict(election.ballots()) == {Ballot(("1", "2"), (2, 1)): 1, Ballot(("2",), (1,)): 1}


def test_selected_is_what_the_file_says() -> None:
    assert selected(file_with("greedy")) == {"1": "1"}
    assert selected(read_pabulib(BytesIO(FILE.encode()))) == {"1": "1", "2": "0", "3": "0"}


def counted() -> list[Path]:
    """The real files that say by which of our rules they were counted, and with what result."""
    known = {*GREEDY, *EQUAL_SHARES}
    return [path for path in real_files() if read(path).meta["rule"] in known and selected(read(path))]


@needs_real_files
@pytest.mark.parametrize("path", counted(), ids=lambda path: path.stem)
def test_counting_again_gives_the_published_result(path: Path) -> None:
    file = read(path)
    count = published_count(file)
    assert count is not None
    won = {project for project, cell in selected(file).items() if cell == "1"}
    found = [set(tally(count.election, count.rule, ways).funded) for ways in (count.parameters, *count.others)]
    assert (won in found) == (path.stem != RIVALS)


@needs_real_files
def test_the_one_result_that_differs_comes_of_rival_projects() -> None:
    file = read(next(path for path in real_files() if path.stem == RIVALS))
    assert "mutually exclusive" in file.meta["comment"]
    rivals = Conditions(exclusions=(("191", "1498"), ("194", "1018")))
    won = {project for project, cell in selected(file).items() if cell == "1"}
    assert set(tally(file.election, "greedy", conditions=rivals).funded) == won


@needs_real_files
def test_enough_real_results_are_counted_again() -> None:
    assert len(counted()) >= 8
