"""`pbvote check`, as somebody at a terminal meets it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pbvote.commands.check import command
from pbvote.commands.tally import command as tally_command
from tests.tally.elections import needs_real_files, real_files

FOLDER = Path(__file__).parent / "data"
WOLDS = FOLDER / "wolds.pb"
DIRTY = (
    "META\nkey;value\ndescription;Dirty\nunit;Wolds\ninstance;1\nnum_projects;2\nnum_votes;9\nbudget;10\n"
    "vote_type;approval\nrule;greedy\ndate_begin;1st May\ndate_end;2026\nlanguage;english\ncountry;UK\n"
    "Currency;GBP\nmood;good\nmax_length;1\n"
    "PROJECTS\nproject_id;cost;votes;selected\na;4;5;1\nb;7;1;0\nVOTES\nvoter_id;vote\n1;a\n2;a,b\n3;c\n4;\n"
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], env={"COLUMNS": "140"})


def text_of(result: Result) -> str:
    return " ".join(result.stdout.split())


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    file = tmp_path / "dirty.pb"
    file.write_text(DIRTY)
    return file


def test_a_proper_file_is_reported_in_a_few_lines() -> None:
    result = run(WOLDS)
    assert result.exit_code == 0
    text = text_of(result)
    assert "Wolds Area Forum UK · Wolds · 2013" in text
    assert "approval, 11 different ones" in text
    assert "37, 1 blank ballot among them" in text
    assert "2,500 GBP" in text
    assert "1 to 3 projects, 1.8 on average" in text
    assert "It can be read strictly." in text
    assert "Everything is as the format has it." in text


def test_a_dirty_file_is_reported_line_by_line(dirty: Path) -> None:
    result = run(dirty)
    assert result.exit_code == 2
    text = text_of(result)
    assert "It cannot be read strictly: " in text
    assert "dirty.pb:25: the number of projects voted for is 2; expected at most 1 (max_length)" in text
    for line, found, done in [
        (7, "num_votes is 9", "the file lists 4"),
        (11, "date_begin is '1st May'", "the format has a day such as 31.12.2026, or a year"),
        (13, "language is 'english'", "the format has two small letters of ISO 639-1"),
        (15, "META says 'Currency'", "no key of the format; currency is one"),
        (16, "META says 'mood'", "no key of the format"),
        (20, "votes of project 'a' is '5'", "the ballots give 2"),
        (25, "the number of projects voted for is 2", "counted; max_length is 1"),
        (26, "vote lists 'c'", "left out of the ballot"),
    ]:
        assert f"{line} {found} {done}" in text
    assert "8 things were found" in text
    assert "The published result comes out: 1 project." in text


def test_a_dirty_file_is_readable_leniently(dirty: Path) -> None:
    assert run(dirty, "--lenient").exit_code == 1


def test_gives_json(dirty: Path) -> None:
    report = json.loads(run(dirty, "--format", "json").stdout)
    assert report["readable"] == "leniently"
    assert report["election"]["blank_ballots"] == 2
    assert report["election"]["mean_length"] == 1.5
    assert report["findings"][0] == {
        "kind": "total", "line": 7, "found": "num_votes is 9", "done": "the file lists 4", "times": 1,
    }  # fmt: skip
    assert report["result"] == {
        "rule": "greedy",
        "parameters": {"utility": "votes"},
        "reproduced": True,
        "funded": ["a"],
        "only_funded": [],
        "only_selected": [],
        "explained": [],
        "problem": "",
    }


def test_says_where_the_result_differs(dirty: Path) -> None:
    dirty.write_text(DIRTY.replace("a;4;5;1\nb;7;1;0", "a;4;2;0\nb;7;1;1").replace("mood;", "comment;#1: "))
    text = text_of(run(dirty, "--lenient"))
    assert "The published result does not come out." in text
    assert "Selected, and not funded here: b" in text
    assert "Funded here, and not selected: a" in text
    assert "The file's comment: #1: good" in text


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("rule;unknown\n", "The file says that its rule is unknown"),
        ("rule;greedy-custom\n", "The rule greedy-custom is not described well enough"),
        ("", "The file does not say by which rule it was counted"),
    ],
)
def test_says_why_it_cannot_count_again(dirty: Path, rule: str, said: str) -> None:
    dirty.write_text(DIRTY.replace("rule;greedy\n", rule))
    assert said in text_of(run(dirty))
    assert json.loads(run(dirty, "--format", "json").stdout)["result"] is None


def test_a_project_that_a_comment_explains_is_not_compared(dirty: Path) -> None:
    dirty.write_text(DIRTY.replace("a;4;5;1", "a;4;2;2"))
    result = json.loads(run(dirty, "--format", "json").stdout)["result"]
    assert (result["reproduced"], result["explained"]) == (True, ["a"])


def test_a_proper_file_with_another_result_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "wolds.pb"
    text = (
        WOLDS.read_text()
        .replace("rule;unknown", "rule;greedy")
        .replace("\nproject_id;cost;", "\nproject_id;selected;cost;")
    )
    lines = text.split("\n")
    first, last = lines.index("PROJECTS") + 2, lines.index("VOTES")
    lines[first:last] = [line.replace(";", ";1;", 1) for line in lines[first:last]]
    file.write_text("\n".join(lines))
    result = run(file)
    assert result.exit_code == 1
    assert "Selected, and not funded here: " in result.stdout


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "commas.pb"
    file.write_text("META\nkey,value\n")
    result = run(file, "--lenient")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.endswith(
        "commas.pb:2: META has its columns separated by commas; expected cells separated by ;\n"
    )
    report = json.loads(run(file, "--format", "json").stdout)
    assert report["readable"] == "no"
    assert report["error"].endswith("expected cells separated by ;")


def test_texts_are_never_markup_or_control_codes(dirty: Path) -> None:
    dirty.write_text(DIRTY.replace("Dirty", "[red]Dirty[/] \x1b[31m"))
    text = run(dirty).stdout
    assert "[red]Dirty[/]" in text
    assert "\x1b" not in text


@needs_real_files
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.stem)
def test_real_files_are_as_the_format_has_it(path: Path) -> None:
    report = json.loads(run(path, "--format", "json").stdout)
    assert report["readable"] == "strictly"
    assert {finding["kind"] for finding in report["findings"]} <= {
        "twice",
        "votes",
        "score",
        "missing-key",
        "unknown-key",
    }


def test_tally_reads_leniently_if_asked(dirty: Path) -> None:
    strict = CliRunner().invoke(tally_command, [str(dirty), "--rule", "greedy"])
    assert strict.exit_code == 2
    lenient = CliRunner().invoke(tally_command, [str(dirty), "--rule", "greedy", "--lenient", "--format", "json"])
    assert lenient.exit_code == 0
    assert json.loads(lenient.stdout)["funded"] == ["a"]
    assert lenient.stderr == "pbvote: 4 things were mended in dirty.pb; pbvote check lists them.\n"
