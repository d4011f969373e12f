"""`pbvote verify` as somebody types it: what cannot be read, what is wrong, what is right, in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.receipts import Receipt, promise
from pbvote.commands.verify import command
from pbvote.verify.asked import LONGEST_BUNDLE, Asked
from pbvote.verify.program import answer, main
from pbvote.verify.words import printable
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, key_of, made
from tests.verify.test_verify import BUNDLE, DATA, TERMS

assert BUNDLE.ballots is not None
OPENING = BUNDLE.ballots.counted[3].opening
RECEIPT = promise(LOG_KEY, POLL, OPENING.commitment, OPENING.browser_random)
PIN, WITNESS_PIN = LOG_KEY.verify_key.text, WITNESS.verify_key.text


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "bundle.zip"
    file.write_bytes(DATA)
    return file


def run(*arguments: object) -> tuple[int, str, str]:
    """The command's exit code, standard output and standard error."""
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def receipt_file(folder: Path, receipt: Receipt, name: str = "receipt.txt") -> Path:
    file = folder / name
    file.write_text(receipt.text())
    return file


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.zip"], ["The bundle missing.zip cannot be read: No such file", "expected the zip file"]),
        (["."], ["The bundle . cannot be read: Is a directory", "expected the zip file"]),
        (["text"], ["The bundle text cannot be read: it is not a zip file"]),
        (["cut.zip"], ["The bundle cut.zip cannot be read: the zip file is not in its one form"]),
        (["odd.zip"], ["The bundle odd.zip cannot be read: roll.json: not JSON"]),
        (["bundle.zip", "--pin", "x"], ["The key 'x' cannot be read", "expected NAME+ID+BASE64"]),
        (["bundle.zip", "--pin", PIN[:-1] + "8"], [f"The key '{ORIGIN[:40]}", "its id is not that of its content"]),
        (["bundle.zip", "--checkpoint", "missing"], ["The checkpoint missing", "expected a signed checkpoint"]),
        (["bundle.zip", "--checkpoint", "text"], ["The checkpoint text cannot be read: a note is a text"]),
        (["bundle.zip", "--checkpoint", "cut.zip"], ["The checkpoint cut.zip cannot be read: not UTF-8 at byte"]),
        (["bundle.zip", "--receipt", "missing"], ["The receipt missing cannot be read: No such file"]),
        (
            ["bundle.zip", "--receipt", "text"],
            ["The receipt text cannot be read: the first line", "expected a receipt"],
        ),
        (["bundle.zip", "--receipt", "/dev/zero"], ["The receipt /dev/zero has more than 65536 bytes"]),
    ],
    ids=lambda value: "-".join(map(str, value))[:60],
)
def test_what_cannot_be_read_is_one_sentence(
    bundle: Path, arguments: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bundle.parent)
    Path("text").write_text("Some text.\n")
    Path("cut.zip").write_bytes(DATA[:-1])
    Path("odd.zip").write_bytes(write_archive({**read_archive(DATA), "roll.json": b"{"}))
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert error.startswith("pbvote: ")
    assert error.count("\n") == 1
    for word in words:
        assert word in error
    code, out, error = run(*arguments, "--format", "json")
    told = json.loads(out)
    assert (code, error, told["verdict"], told["findings"]) == (2, "", "unreadable", [])
    assert words[0] in told["error"]


def test_no_more_is_read_than_a_bundle_can_have(bundle: Path) -> None:
    with bundle.open("r+b") as file:
        file.truncate(LONGEST_BUNDLE + 1)
    assert run(bundle)[0] == 2


def test_what_is_wrong_is_marked_and_counted(bundle: Path) -> None:
    bundle.write_bytes(write_archive({**read_archive(DATA), "outcome.json": b"{}"}))
    code, out, error = run(bundle, "--pin", PIN)
    assert (code, error) == (1, "")
    assert "\n✗ A file was changed: outcome.json is not the file that the log names.\n" in out
    assert out.splitlines()[-1].startswith("WRONG: 1 thing does not hold, marked ✗.")
    told = json.loads(run(bundle, "--pin", PIN, "--format", "json")[1])
    assert told["verdict"] == "wrong"
    assert [finding["sentence"] for finding in told["findings"] if finding["is"] == "wrong"] == [
        line.removeprefix("✗ ") for line in out.splitlines() if line.startswith("✗ ")
    ]


def test_a_right_result_is_told_line_by_line(bundle: Path) -> None:
    checkpoint = bundle.with_name("checkpoint.txt")
    checkpoint.write_bytes(BUNDLE.checkpoints[-2].encode().replace("\n", "\r\n").encode())
    kept = ["--checkpoint", checkpoint, "--receipt", receipt_file(bundle.parent, RECEIPT)]
    code, out, error = run(bundle, "--pin", PIN, "--pin", WITNESS_PIN, *kept)
    assert (code, error) == (0, "")
    first, empty, *lines, blank, verdict = out.splitlines()
    assert (first, empty, blank) == (f"Harbourside: a budget for the quay, 2026, {POLL}", "", "")
    assert verdict == "CHECKED: nothing is wrong."
    assert all(line.startswith("✓ ") for line in lines)
    for sentence in (
        "The log is signed with the key that you trust.",
        f"The witness {WITNESS.name} saw the log of 49 entries.",
        "The log begins with the 49 entries of your checkpoint.",
        f"Receipt {RECEIPT.symbols} is in the box, and counted.",
    ):
        assert f"✓ {sentence}" in lines


def test_what_only_the_reader_can_judge_is_neither_right_nor_wrong(bundle: Path) -> None:
    replaced = receipt_file(bundle.parent, promise(LOG_KEY, POLL, BUNDLE.superseded[0], None))
    code, out, _ = run(bundle, "--receipt", replaced)
    assert code == 0
    notes = [line for line in out.splitlines() if line.startswith("! ")]
    assert f"It is {PIN}" in notes[0]
    assert "was replaced by a later vote, or voided. If you did not vote again, ask why." in notes[1]
    assert out.splitlines()[-1] == "CHECKED: nothing is wrong. What is marked ! only you can judge."
    told = json.loads(run(bundle, "--receipt", replaced, "--format", "json")[1])
    assert [finding["is"] for finding in told["findings"]].count("note") == 2


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (promise(LOG_KEY, POLL, made("never cast"), None), "its ballot is not in the box"),
        (promise(key_of("thief"), POLL, OPENING.commitment, None), "its signature is wrong"),
    ],
)
def test_a_receipt_that_does_not_hold_is_wrong(bundle: Path, receipt: Receipt, words: str) -> None:
    good = receipt_file(bundle.parent, RECEIPT, "good.txt")
    code, out, _ = run(bundle, "--receipt", good, "--receipt", receipt_file(bundle.parent, receipt))
    assert code == 1
    assert [words in line for line in out.splitlines() if line.startswith("✗")] == [True]


def test_a_terminal_is_told_in_letters_that_it_has(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = answer(Asked(bundle), "text", "ascii")
    assert plain.out.isascii()
    assert "\nok    The log has" in plain.out
    assert "\n!     You named no key" in plain.out
    assert main([str(bundle), "--pin", PIN]) == 0
    assert capsys.readouterr().out == run(bundle, "--pin", PIN)[1]
    assert main([str(bundle.with_name("missing.zip"))]) == 2
    assert capsys.readouterr().err.startswith("pbvote-verify: The bundle ")


def test_a_bundle_cannot_steer_the_terminal(tmp_path: Path) -> None:
    assert printable("a\x1b[31m\u202eb\nc\udcff") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b c\ufffd"
    config: dict[str, Any] = {**BUNDLE.config, **TERMS, "title": "\x1b[2JResult\u202e", "currency": "\x9b31m"}
    file = tmp_path / "\udcff.zip"
    file.write_bytes(write_bundle(replace(BUNDLE, config=config)))
    code, out, _ = run(file)
    assert code == 1
    assert out.replace("\n", "").isprintable()
    assert run(file, "--format", "json")[1].isascii()
