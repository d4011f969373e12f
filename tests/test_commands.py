"""The commands as somebody types them: what is wrong is one sentence and exit code 2, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from pbvote.cli import main
from pbvote.commands.imported_text import ids_of
from pbvote.commands.mistakes import sentence_of
from pbvote.errors import InputIsWrong, Reason, SettingsError
from pbvote.keys import make_keys, read_keys
from pbvote.settings import PUBLISHED, read_settings
from pbvote.web.catalogue import PSEUDO

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = ("account", "add", "kim@example.org", "--name", "Kim", "--password", "a long enough password")
NOBODY_ANSWERS = "postgresql+psycopg://pbvote:secret@127.0.0.1:1/pbvote"


def run(folder: Path, *arguments: str | bytes, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """`pbvote` with a folder of its own; variables are settings without their prefix."""
    command = [sys.executable, "-m", "pbvote", *arguments]
    environment = environment_of(folder, variables)
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)


def environment_of(folder: Path, variables: Mapping[str, str | Path]) -> dict[str, str]:
    dirs = {"DATA_DIR": folder / "data", "KEYS_DIR": folder / "keys"}
    settings = {f"PBVOTE_{name}": str(value) for name, value in {**dirs, **variables}.items()}
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **settings}


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, and one sentence with these words."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("pbvote: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_the_demo_touches_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "precious"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "thesis.txt").write_text("years of work")
    refused(run(tmp_path, "demo", "--no-serve", "--folder", str(folder)), str(folder), "expected an empty or new one")
    assert [path.name for path in folder.rglob("*")] == ["data", "thesis.txt"]
    (folder / "data" / "thesis.txt").rename(tmp_path / "file")
    refused(run(tmp_path, "demo", "--no-serve", "--folder", str(tmp_path / "file")), "file")
    assert (tmp_path / "file").read_text() == "years of work"


def test_the_demo_begins_anew_where_a_first_start_did_not_end(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    (folder / "data").mkdir(parents=True)
    (folder / ".pbvote-demo").touch()
    (folder / "data" / "pbvote.db").write_text("half a database")
    (folder / "notes.txt").write_text("mine")
    for _ in range(2):  # the second start goes on with what the first one made
        done = run(tmp_path, "demo", "--no-serve", "--folder", str(folder))
        assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "ready").exists()


@pytest.mark.parametrize("custom", [False, True])
def test_no_new_keys_are_made_for_a_database_that_is_there(tmp_path: Path, *, custom: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / ("elsewhere/own.db" if custom else "data/pbvote.db")
    variables = {"DATABASE_URL": f"sqlite+aiosqlite:///{file}"} if custom else {}
    assert run(tmp_path, *ACCOUNT, **variables).returncode == 0
    made = files_in(tmp_path / "keys")
    (tmp_path / "keys").rename(tmp_path / "lost")
    for command in (ACCOUNT, ("serve",)):
        refused(run(tmp_path, *command, **variables), str(file), "keys", str(tmp_path / "keys"))
    assert not (tmp_path / "keys").exists()
    (tmp_path / "lost").rename(tmp_path / "keys")
    read_keys(tmp_path / "keys")
    assert files_in(tmp_path / "keys") == made


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("keys", ["own", "own/keys"])
def test_the_keys_lie_outside_the_folder_of_any_database_file(tmp_path: Path, keys: str) -> None:
    variables = {
        "PBVOTE_DATA_DIR": str(tmp_path / "data"),
        "PBVOTE_KEYS_DIR": str(tmp_path / keys),
        "PBVOTE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/%6Fwn/pbvote.db",
    }
    with pytest.raises(SettingsError, match=r"PBVOTE_KEYS_DIR .* PBVOTE_DATABASE_URL.* outside"):
        read_settings(variables)


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1"
    settings = read_settings({"PBVOTE_DATA_DIR": str(folder)})
    assert settings.database_file == folder / "pbvote.db"
    assert run(tmp_path, "migrate", DATA_DIR=folder).returncode == 0
    assert (folder / "pbvote.db").exists()


def test_reasons_that_the_sentence_has_are_not_repeated(tmp_path: Path) -> None:
    done = run(tmp_path, "account", "add", "nobody", "--name", " ", "--password", "a long enough password")
    refused(done, "'nobody' is not an e-mail address", "A name is needed.")


def test_every_other_reason_has_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [Reason("a", "The first.\nStill it."), Reason("b", "The second."), Reason("b", "The second.")]

    def fail(**_: object) -> None:
        raise InputIsWrong("There is a problem.", [*reasons, Reason("c", "a problem")])

    monkeypatch.setattr("pbvote.cli.cli", fail)
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err == "pbvote: There is a problem.\n  The first. Still it.\n  The second.\n"


def test_what_was_sent_to_the_database_is_never_said() -> None:
    class ColumnError(psycopg.errors.DataError):
        """A driver's mistake whose text has a value in it."""

    error = DBAPIError("INSERT INTO elector ...", {"code": "secret"}, ColumnError('bad value: "secret"'))
    assert sentence_of(error) == "The database cannot be used: ColumnError."


def test_a_mistake_of_our_own_keeps_its_traceback() -> None:
    assert sentence_of(KeyError("x")) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "postgresql+psycopg", "postgresql+psycopg://..."),
        ("DATABASE_URL", "postgresql+psycopg://kim:secret@host:port/pbvote", "expected postgresql+psycopg://"),
        ("DATABASE_URL", "sqlite+aiosqlite://", "expected sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "sqlite+aiosqlite:///:memory:", "expected sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "sqlite+aiosqlite:///x.db?mode=1", "expected sqlite+aiosqlite:///FILE"),
        ("BASE_URL", "http://[", "https://vote.example.org"),
        ("BASE_URL", "http://example.org:eighty", "https://vote.example.org"),
        ("BASE_URL", "http://:80", "https://vote.example.org"),
        ("LOCALES", ",", "en, qps"),
        ("LOCALES", "en,xx", "en, qps"),
        ("PARTNERSHIP", "\udcff", "UTF-8"),
        ("PORT", "1" * 5_000, "1 to 65535"),
        ("KEYS_DIR", __file__, "no folder"),
        ("DATA_DIR", __file__, "no folder"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(tmp_path: Path, name: str, value: str, words: str) -> None:
    done = run(tmp_path, *ACCOUNT, **{name: value})
    refused(done, f"PBVOTE_{name}", words)
    assert "secret" not in done.stderr


@pytest.mark.parametrize("command", [ACCOUNT, ("migrate",), ("serve",)], ids=lambda command: command[0])
def test_a_database_that_cannot_be_used_is_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    make_keys(tmp_path / "keys", "127.0.0.1:8000")
    unreachable = run(tmp_path, *command, DATABASE_URL=NOBODY_ANSWERS, PORT=str(free_port()))
    refused(unreachable, "database cannot be used", "127.0.0.1")
    assert "secret" not in unreachable.stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pbvote.db").write_text("no database at all, but long enough to be looked at" * 99)
    refused(run(tmp_path, *command, PORT=str(free_port())), "database cannot be used", "not a database")


def test_postgresql_without_the_schema_asks_for_migrate(tmp_path: Path, postgres_database_url: str) -> None:
    assert run(tmp_path, *ACCOUNT, DATABASE_URL=postgres_database_url).returncode == 0
    start, _, query = postgres_database_url.partition("?")
    without_schema = f"{start.rpartition('/')[0]}/postgres?{query}"
    refused(run(tmp_path, *ACCOUNT, DATABASE_URL=without_schema), "pbvote migrate")


@pytest.mark.parametrize("name", ["DATA_DIR", "KEYS_DIR"])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, name: str) -> None:
    refused(run(tmp_path, *ACCOUNT, **{name: "/proc/x"}), "/proc/x")


def test_a_demo_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    refused(run(tmp_path, "demo", "--no-serve", "--folder", "/proc/x"), "/proc/x")


@pytest.mark.parametrize(
    "arguments",
    [
        ("role", "grant", b"a\xff@x.org", "harbourside", "organiser"),
        ("role", "grant", "a@x.org", b"\xff", "organiser"),
        ("account", "add", "a@x.org", "--name", b"\xff", "--password", "a long enough password"),
        ("account", "add", "a@x.org", "--name", "Kim", "--password", b"a long enough password \xff"),
        ("forum", "add", "harbourside", "--name", b"\xff"),
        ("import", b"\xff.pb", "--forum", "harbourside"),
        ("tally", b"\xff.pb", "--rule", "greedy"),
        ("demo", "--no-serve", "--folder", b"\xff"),
    ],
    ids=lambda arguments: f"{arguments[0]}-{arguments[-1]!r}",
)
def test_undecodable_arguments_leave_no_traceback(tmp_path: Path, arguments: tuple[str | bytes, ...]) -> None:
    make_keys(tmp_path / "keys", "127.0.0.1:8000")
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("pbvote: ")
    assert "Traceback" not in done.stderr


def test_a_port_in_use_or_a_host_of_others_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(run(tmp_path, "serve", PORT=port), f"Port {port}", "in use")
        refused(run(tmp_path, "demo", "--folder", "demo", "--port", port), f"Port {port}", "in use")
    assert not list(tmp_path.iterdir())
    for host in ("192.0.2.1", "no such host", "x" * 300):
        refused(run(tmp_path, "serve", HOST=host), "PBVOTE_HOST", "address of this machine")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_ctrl_c_ends_the_server_without_a_traceback(tmp_path: Path, host: str) -> None:
    port = free_port()
    command = [sys.executable, "-m", "pbvote", "serve"]
    environment = environment_of(tmp_path, {"HOST": host, "PORT": str(port)})
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        wait_until_it_answers(port, process)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert (process.returncode, *said) == (0, "", "")


def wait_until_it_answers(port: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert b"200 OK" in connection.recv(100)
                return
        except ConnectionRefusedError:
            os.sched_yield()
    raise AssertionError(process.communicate())


def test_the_published_languages_are_those_that_have_words() -> None:
    files = {path.stem for path in (ROOT / "frontend" / "i18n").glob("*.json")}
    assert {name for name in files if "." not in name} | {PSEUDO} == set(PUBLISHED)


ELECTION = """META
key;value
description;A small\x07 election
country;United Kingdom
unit;Harbour\u202eside
instance;2026
num_projects;4
num_votes;2
budget;1000
vote_type;approval
currency;EUR
rule;greedy
date_begin;2026
date_end;2026
PROJECTS
project_id;cost;votes;name;category;description
a;600;2;Trees\u202e gnp.exe;公園;\x1b[31mMany trees
b;500;1;LONG;道路;A bench\u2028for two
c;400;0;Zebra crossing;Streets!,公園;
d;300;0;Nothing;;
VOTES
voter_id;vote
1;a,b
2;a
""".replace("LONG", "Bench " * 100)


def run_import(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    file = folder / "election.pb"
    file.write_text(text)
    return run(folder, "import", str(file), "--forum", "harbourside", *options)


@pytest.fixture
def forum(tmp_path: Path) -> Path:
    """The folder of an installation with one forum."""
    new = ("forum", "add", "harbourside", "--name", "Harbourside", "--email", "forum@example.org")
    assert run(tmp_path, *new).returncode == 0
    return tmp_path


def rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "data" / "pbvote.db")) as database:
        return database.execute(query).fetchall()


def test_a_forum_is_changed_and_drawn_and_gets_money_by_its_population(forum: Path) -> None:
    file = forum / "area.geojson"
    file.write_text('{"type": "Point", "coordinates": [0, 0]}')
    refused(run(forum, "forum", "boundary", "harbourside", str(file)), "expected a Polygon or MultiPolygon")
    refused(run(forum, "forum", "change", "nowhere", "--name", "X"), "There is no forum 'nowhere'")
    refused(run(forum, "forum", "bands", "0:12500", "0:15000", "--funder", "County"), "begin at the same number")
    assert run(forum, "forum", "bands", "lots", "--funder", "County").returncode == 2
    file.write_text('{"type": "Polygon", "coordinates": [[[-1, 54], [-0.9, 54], [-0.9, 54.1], [-1, 54]]]}')
    changes = ("--population", "12000", "--postcode", "TS1 2 = Harbour", "--ward", "Market")
    for command in (
        ("boundary", "harbourside", str(file)),
        ("change", "harbourside", *changes),
        ("change", "harbourside", "--phone", "01632 960 123"),
        ("bands", "0:12500", "10000:15000", "--funder", "County"),
    ):
        done = run(forum, "forum", *command)
        assert done.returncode == 0, done.stderr
    texts = "name, wards, contact_phone, CAST(population AS TEXT), CAST(version AS TEXT)"
    kept = rows(forum, f"SELECT {texts} FROM forums WHERE outline IS NOT NULL")  # noqa: S608  # our own names
    assert kept == [("Harbourside", '["Market", "Harbour"]', "01632 960 123", "12000", "4")]
    assert rows(forum, "SELECT prefix, ward FROM forum_areas") == [("TS1 2", "Harbour")]
    bands = rows(forum, "SELECT CAST(least AS TEXT), CAST(amount AS TEXT) FROM population_bands")
    assert bands == [("0", "1250000"), ("10000", "1500000")]


def test_an_imported_text_is_plain_and_of_a_bearable_length(forum: Path) -> None:
    done = run_import(forum, ELECTION)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("harbour-side-2026: 4 projects, 2 ballots")
    assert rows(forum, "SELECT title, description, eligibility FROM rounds") == [
        ("Harbour side 2026", "A small election", "Voters of Harbour side")
    ]
    proposals = rows(forum, "SELECT title, summary, description FROM proposals ORDER BY number")
    assert proposals[0] == ("Trees gnp.exe", "[31mMany trees", "[31mMany trees")
    assert proposals[1] == ("Bench " * 41 + "Ben…", "A bench for two", "A bench for two")
    assert len(proposals[1][0]) == 250


def test_imported_categories_are_kept_apart_whatever_their_script(forum: Path) -> None:
    assert run_import(forum, ELECTION).returncode == 0
    ((stored,),) = rows(forum, "SELECT categories FROM rounds")
    assert [(category["id"], category["name"]) for category in json.loads(stored)] == [
        ("category", "公園"),
        ("category-2", "道路"),
        ("streets", "Streets!"),
        ("projects", "Projects"),
    ]
    of_proposals = rows(forum, "SELECT category FROM proposals ORDER BY number")
    assert of_proposals == [("category",), ("category-2",), ("streets",), ("projects",)]


def test_category_ids_stay_apart_when_names_read_alike_or_are_long() -> None:
    names = ["Streets!", "Streets?", "Streets 2", "x" * 90, "x" * 91, "Streets!"]
    assert list(ids_of(names).values()) == ["streets", "streets-2", "streets-2-2", "x" * 52, f"{'x' * 52}-2"]


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (("currency;EUR", "currency;euro"), (), "'euro'; expected three capital letters"),
        (("currency;EUR", "currency;E\x1b["), (), "expected three capital letters"),
        (("budget;1000", f"budget;{10**11}"), (), "the most that a round can hold"),
        (("a;600", f"a;{10**11}"), (), "the most that a round can hold"),
        (("d;300", "d\u202e;300"), (), "project id"),
        (("rule;greedy", "rule;greedy\nmin_length;\u00b2"), (), "expected a number"),
        (("", ""), ("--title", "x" * 91), "at most 90"),
        (("", ""), ("--title", "a\u202eb"), "U+202E"),
    ],
)
def test_refuses_what_a_round_cannot_hold_and_imports_nothing(
    forum: Path, change: tuple[str, str], options: tuple[str, ...], words: str
) -> None:
    refused(run_import(forum, ELECTION.replace(*change), *options), words)
    assert rows(forum, "SELECT id FROM rounds") == []


def test_why_voting_cannot_open_is_said_from_the_first_reason_on(tmp_path: Path) -> None:
    assert run(tmp_path, "forum", "add", "harbourside", "--name", "Harbourside").returncode == 0
    done = run_import(tmp_path, ELECTION)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first == "pbvote: Voting cannot open."
    assert "no e-mail address" in second
