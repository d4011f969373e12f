"""`pbvote witness` against the service itself: what it says, what it keeps, and what it never signs."""

from __future__ import annotations

import http.server
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner, Result

from pbvote.app import create_app
from pbvote.ballotbox.checkpoints import Checkpoint, open_checkpoint, read_text, sign
from pbvote.ballotbox.notes import KeyType, SigningKey, read_key, read_note
from pbvote.commands import witness
from pbvote.commands.witness_key import command as key_command
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.settings import Settings
from pbvote.witness.keys import read_key_file, write_key
from pbvote.witness.memory import Memory
from tests.ballotlog.logged import SLUG, cast_all, open_a_vote, witness_key
from tests.conftest import SettableClock
from tests.house import let_in
from tests.witness.services import OTHER_KEY, WITNESS
from tests.witness.serving import on_a_port


def run(*given: object) -> Result:
    return CliRunner().invoke(witness.command, [str(one) for one in given])


class Vote:
    """A vote that is served: its address, its poll, and those who have not voted yet."""

    def __init__(self, base: str, poll: UUID, codes: list[str]) -> None:
        self.base, self.poll, self.codes = base, poll, codes
        self.url = f"{base}/en/r/{SLUG}/log"


@pytest.fixture
async def vote(settings: Settings, database: Database, keys: Keys, clock: SettableClock) -> AsyncIterator[Vote]:
    poll, codes = await open_a_vote(database, keys, clock, 44)
    with on_a_port(create_app(settings, clock, background=False, durable=False)) as base:
        yield Vote(base, poll, codes)


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    return tmp_path / "seen" / "log.txt"


@pytest.fixture(autouse=True)
def folder(keep: Path) -> None:
    keep.parent.mkdir()


@pytest.fixture
def answering() -> Iterator[dict[str, tuple[int, bytes]]]:
    """A service on this machine that answers what a test puts here, by path; `""` holds its address."""
    answers: dict[str, tuple[int, bytes]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the standard library calls it
            status, content = answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", "http://127.0.0.1:9/elsewhere")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *given: object) -> None:
            del given

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers[""] = (0, f"http://127.0.0.1:{server.server_port}".encode())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (["http://vote.example.org/en/r/x/log"], "begins with https://"),
        (["vote.example.org/en/r/x/log"], "begins with https://"),
        (["file:///etc/passwd"], "begins with https://"),
        (["https://vote.example.org/en/"], "leads to no log"),
        (["http://127.0.0.1:9/en/r/x/log"], "cannot be reached"),
        (["https://x.example", "--sign", "key"], "--sign needs --keep"),
        (["https://x.example", "--every", "9"], "--every"),
        (["https://x.example", "--every", "60", "--once"], "Either --once or --every"),
        (["https://x.example", "--pin", "nonsense"], "is not in base64"),
        (["https://x.example", "--pin", WITNESS.verify_key.text], "that of a witness"),
    ],
)
def test_refuses_what_cannot_be_done(given: list[str], what: str) -> None:
    result = run(*given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert what in result.stderr


def test_refuses_a_file_that_is_no_key(tmp_path: Path, keep: Path) -> None:
    file = tmp_path / "key"
    write_key(WITNESS, file)
    whole = file.read_text()
    for text in ("", "nonsense", whole[:-5], whole.replace("neighbour", "neighbor"), whole.replace("PRIVATE+KEY+", "")):
        file.write_text(text)
        result = run("https://x.example/en/r/x", "--keep", keep, "--sign", file)
        assert result.exit_code == 2
        assert whole.split("+")[-1].strip()[:20] not in result.stderr


@pytest.mark.parametrize(
    ("status", "content", "what"),
    [
        (200, b"no json", "cannot be read"),
        (200, b"[1]", "cannot be read"),
        (200, b"{" * 10_000, "cannot be read"),
        (200, b'{"pad": "' + b"x" * 1_000_000 + b'"}', "cannot be read"),
        (200, b'{"origin": 1, "log_key": "x", "checkpoint": "y"}', "is not a log"),
        (302, b"", "status 302"),
        (404, b'{"detail": "There is no log of it yet.\\u001b[2J"}', "There is no log of it yet.?[2J"),
        (429, b"{}", "gives no answer now"),
        (500, b"{}", "gives no answer now"),
        (409, b'{"detail": "The ballot log is damaged."}', "The ballot log is damaged."),
    ],
)
def test_an_answer_that_is_none_says_nothing_of_the_log(
    answering: dict[str, tuple[int, bytes]], keep: Path, status: int, content: bytes, what: str
) -> None:
    poll = "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f"
    answering[f"/api/polls/{poll}/log"] = (status, content)
    result = run(f"{answering[''][1].decode()}/api/polls/{poll}/log", "--keep", keep)
    assert (result.exit_code, result.stdout) == (2, "")
    assert what in result.stderr
    assert list(keep.parent.iterdir()) == []


def text_of(file: Path) -> str:
    return file.read_text()


def write(file: Path, text: str) -> None:
    file.write_text(text)


def remove(file: Path) -> None:
    file.unlink()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def shown(vote: Vote) -> dict[str, Any]:
    """The log as the service shows it."""
    answer: dict[str, Any] = httpx.get(f"{vote.base}/api/polls/{vote.poll}/log").json()
    return answer


async def test_the_log_is_followed_from_look_to_look(vote: Vote, database: Database, keys: Keys, keep: Path) -> None:
    first = run(vote.url, "--keep", keep)
    assert (first.exit_code, first.stderr) == (0, "")
    assert keys.sign.verify_key.text in first.stdout
    assert text_of(Path(f"{keep}.key")).strip() == keys.sign.verify_key.text
    assert "still has 2 entries" in run(f"{vote.base}/api/rounds/{SLUG}", "--keep", keep, "--once").stdout
    await cast_all(database, keys, vote.poll, vote.codes[:24])
    later = run(f"{vote.base}/api/polls/{vote.poll}/log", "--keep", keep, "--pin", keys.sign.verify_key.text)
    assert later.exit_code == 0
    assert "has 26 entries, and begins with the 2 seen before" in later.stdout
    assert open_checkpoint(text_of(keep), keys.sign.verify_key, f"vote.example.org/{vote.poll}").size == 26
    assert names_in(keep.parent) == ["log.txt", "log.txt.key"]


async def test_without_keeping_it_says_that_the_next_look_knows_nothing(vote: Vote, keep: Path) -> None:
    result = run(vote.url)
    assert result.exit_code == 0
    assert "Nothing was kept" in result.stdout
    assert names_in(keep.parent) == []


async def test_what_does_not_fit_is_kept_as_evidence_and_never_signed(
    vote: Vote, database: Database, keys: Keys, keep: Path, tmp_path: Path
) -> None:
    run(vote.url, "--keep", keep)
    origin = f"vote.example.org/{vote.poll}"
    other = sign(Checkpoint(origin, 2, b"\x01" * 32), keys.sign)  # as the service showed the log to somebody else
    write(keep, other)
    write_key(witness_key(), tmp_path / "key")
    await name_witness(vote, database, witness_key())
    for number in (1, 2):
        wrong = run(vote.url, "--keep", keep, "--sign", tmp_path / "key")
        assert (wrong.exit_code, wrong.stdout) == (1, "")
        assert "WRONG" in wrong.stderr
        evidence = text_of(Path(f"{keep}.evidence-{number}"))
        assert other in evidence
        assert shown(vote)["checkpoint"] in evidence
    assert text_of(keep) == other
    assert shown(vote)["witnesses"] == []


async def test_another_key_than_the_pinned_one_is_wrong(vote: Vote, keep: Path) -> None:
    wrong = run(vote.url, "--keep", keep, "--pin", OTHER_KEY.verify_key.text)
    assert wrong.exit_code == 1
    assert "another key" in wrong.stderr
    assert names_in(keep.parent) == ["log.txt.evidence-1"]


async def test_what_was_kept_must_be_whole(vote: Vote, keys: Keys, keep: Path) -> None:
    run(vote.url, "--keep", keep)
    note, key_file = text_of(keep), Path(f"{keep}.key")
    write(keep, note.replace("\n2\n", "\n1\n"))
    assert "is not a checkpoint that this key has signed" in run(vote.url, "--keep", keep).stderr
    write(keep, note)
    assert "is not the one that you gave" in run(vote.url, "--keep", keep, "--pin", OTHER_KEY.verify_key.text).stderr
    write(key_file, "nonsense")
    assert "cannot be read" in run(vote.url, "--keep", keep).stderr
    remove(key_file)
    assert "Give the key of the log with --pin" in run(vote.url, "--keep", keep).stderr
    assert run(vote.url, "--keep", keep, "--pin", keys.sign.verify_key.text).exit_code == 0
    assert names_in(keep.parent) == ["log.txt", "log.txt.key"]


async def test_two_at_once_with_the_same_memory_do_not_sign(vote: Vote, keep: Path) -> None:
    with Memory(keep).alone():
        result = run(vote.url, "--keep", keep)
    assert result.exit_code == 2
    assert "Somebody else is looking" in result.stderr
    assert run(vote.url, "--keep", keep).exit_code == 0


async def name_witness(vote: Vote, database: Database, key: SigningKey) -> None:
    async with httpx.AsyncClient(base_url=vote.base) as organiser:
        await let_in(database, organiser, "organiser@example.org")
        cookie = "; ".join(f"{name}={value}" for name, value in organiser.cookies.items())
        named = await organiser.post(
            f"/api/rounds/{SLUG}/witnesses", json={"key": key.verify_key.text}, headers={"cookie": cookie}
        )
        assert named.status_code == 201, named.text


async def test_a_witness_countersigns_what_it_has_checked_and_remembered(
    vote: Vote, database: Database, keep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_key(witness_key(), tmp_path / "key")
    unknown = run(vote.url, "--keep", keep, "--sign", tmp_path / "key")
    assert unknown.exit_code == 2
    assert witness_key().verify_key.text in unknown.stderr
    await name_witness(vote, database, witness_key())
    monkeypatch.setattr("pbvote.commands.witness.time.time", lambda: 1_772_000_000.9)
    signed = run(vote.url, "--keep", keep, "--sign", tmp_path / "key")
    assert signed.exit_code == 0, signed.stderr
    assert "Countersigned as example.org/witness" in signed.stdout
    [seen] = shown(vote)["witnesses"]
    assert (seen["size"], seen["seen"]["at"]) == (2, "2026-02-25T06:13:20Z")


async def test_nothing_is_signed_that_could_not_be_remembered(
    vote: Vote, database: Database, keep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_key(witness_key(), tmp_path / "key")
    await name_witness(vote, database, witness_key())

    def full(self: Memory, looked: object) -> None:
        del self, looked
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Memory, "keep", full)
    result = run(vote.url, "--keep", keep, "--sign", tmp_path / "key")
    assert isinstance(result.exception, OSError)
    assert shown(vote)["witnesses"] == []
    assert names_in(keep.parent) == []


async def test_looking_again_and_again_ends_with_what_is_wrong(
    vote: Vote, keys: Keys, keep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[int] = []
    lock = Path(f"{keep}.lock")

    def sleep(seconds: int) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            lock.touch()  # nothing can be checked for once
        else:
            lock.unlink()
            write(keep, sign(Checkpoint(f"vote.example.org/{vote.poll}", 2, bytes(32)), keys.sign))

    monkeypatch.setattr("pbvote.commands.witness.time.sleep", sleep)
    result = run(vote.url, "--keep", keep, "--every", 60)
    assert (result.exit_code, slept) == (1, [60, 60])
    assert result.stdout.splitlines()[0].startswith("20")
    assert "WRONG" in result.stderr


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "witness.key"
    made = CliRunner().invoke(key_command, ["neighbour.example.org/kim", str(file)])
    assert made.exit_code == 0
    public = read_key(made.stdout.split()[-1])
    assert (public.name, public.type) == ("neighbour.example.org/kim", KeyType.COSIGNATURE)
    assert read_key_file(file).verify_key == public
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = CliRunner().invoke(key_command, ["neighbour.example.org/kim", str(file)])
    assert again.exit_code == 2
    assert "never replaced" in again.stderr
    assert read_key_file(file).verify_key == public
    spaced = CliRunner().invoke(key_command, ["Kim Lee", str(tmp_path / "other")])
    assert (spaced.exit_code, (tmp_path / "other").exists()) == (2, False)


def test_what_is_kept_is_read_by_others(tmp_path: Path) -> None:
    """The format of a kept checkpoint is that of any note, without anything of ours."""
    note = sign(Checkpoint("vote.example.org/x", 5, bytes(32)), OTHER_KEY)
    (tmp_path / "log.txt").write_text(note)
    assert read_text(read_note((tmp_path / "log.txt").read_text()).text).size == 5
