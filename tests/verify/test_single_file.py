"""The program of one file: no pbvote on disk, nothing but the standard library and cryptography, the same verdicts."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import cryptography
import pytest

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.verify.asked import Asked
from pbvote.verify.program import answer
from pbvote.verify.single_file import NAME, single_file
from tests.ballotbox.bundles import LOG_KEY
from tests.verify.test_verify import DATA

# What `cryptography` needs to run, itself among it; found beside it.
NEEDED = ("cryptography", "_cffi_backend", "cffi", "pycparser")
# Runs the file as Python does, with a path of nothing but itself, the standard library and cryptography's folder.
ALONE = """
import json, runpy, sys
program, folder, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
assert not any("site-packages" in entry for entry in sys.path), sys.path
sys.path[:] = [*(entry for entry in sys.path if entry), folder]
sys.argv = [program, *arguments]
try:
    runpy.run_path(program, run_name="__main__")
except SystemExit as end:
    code = end.code
ours = {name: module.__spec__.origin for name, module in sys.modules.items() if name.split(".")[0] == "pbvote"}
others = {name.split(".")[0] for name in sys.modules if name[0] != "_"} - sys.stdlib_module_names - {"pbvote"}
sys.stderr.write("\\n" + json.dumps([code, ours, sorted(others)]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with links to cryptography and what it needs, and to nothing else that is installed."""
    made = tmp_path_factory.mktemp("only-cryptography")
    for name in NEEDED:
        spec = find_spec(name)
        if spec and spec.origin:
            there = Path(spec.origin)
            there = there.parent if there.name == "__init__.py" else there
            (made / there.name).symlink_to(there)
    return made


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("program") / NAME
    file.write_bytes(single_file())
    return file


def run(program: Path, folder: Path, *arguments: str) -> tuple[int, str, dict[str, str], list[str]]:
    """Exit code and standard output; where each of our modules came from, and whose else were loaded."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", ALONE, str(program), str(folder), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    code, ours, others = json.loads(done.stderr.splitlines()[-1])
    return code, done.stdout, ours, others


def test_it_gives_the_library_s_verdicts_and_words_and_loads_nothing_from_disk(
    program: Path, folder: Path, tmp_path: Path
) -> None:
    files = read_archive(DATA)
    bundles = {"right": DATA, "wrong": write_archive({**files, "outcome.json": b"{}"}), "unreadable": DATA[:-1]}
    for expected, (name, data) in enumerate(bundles.items()):
        bundle = tmp_path / f"{name}.zip"
        bundle.write_bytes(data)
        library = answer(Asked(bundle, (LOG_KEY.verify_key.text,)), "text")
        code, out, ours, others = run(program, folder, str(bundle), "--pin", LOG_KEY.verify_key.text)
        assert (code, out) == (library.code, library.out)
        assert code == expected
        assert {"pbvote", "pbvote.verify.report", "pbvote.recount.count"} <= ours.keys()
        assert all(origin.startswith(f"{program}/pbvote/") for origin in ours.values()), ours
        assert set(others) <= set(NEEDED)


def test_the_isolation_would_notice_a_pbvote_on_disk(program: Path, folder: Path, tmp_path: Path) -> None:
    """The negative control: with a program that lacks a module, the one on disk is not there to fill in."""
    poorer = tmp_path / NAME
    with zipfile.ZipFile(program) as whole, zipfile.ZipFile(poorer, "w") as archive:
        for name in whole.namelist():
            if name != "pbvote/recount/ties.py":
                archive.writestr(name, whole.read(name))
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(poorer), str(folder), "x.zip"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "ModuleNotFoundError: No module named 'pbvote.recount.ties'" in done.stderr


def test_it_holds_the_verifier_alone() -> None:
    names = zipfile.ZipFile(io.BytesIO(single_file())).namelist()
    assert names == sorted(names)
    parts = {name.rpartition("/")[0] for name in names}
    assert parts == {"", "pbvote", "pbvote/ballotbox", "pbvote/recount", "pbvote/verify"}
    assert {"pbvote/recount/adapter.py", "pbvote/ballotbox/sealing.py", "pbvote/verify/single_file.py"}.isdisjoint(
        names
    )
    assert {name for name in names if name.count("/") == 1} == {"pbvote/__init__.py", "pbvote/symbols.py"}


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    """From another process, folder, time zone, hash seed and mask."""
    target = tmp_path / "dist" / NAME
    command = [sys.executable, "-m", "pbvote.verify.single_file", str(target)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
    }
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment, umask=0o077
    )
    assert target.read_bytes() == single_file()
    assert done.stdout == f"{hashlib.sha256(single_file()).hexdigest()}  {target}\n"
    assert os.access(target, os.X_OK)


def test_without_cryptography_it_says_what_is_missing(program: Path) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(program), "x"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pbvote-verify: the Python package cryptography is missing")
    assert done.stderr.count("\n") == 1


def test_an_old_python_is_told_which_one_is_needed(program: Path) -> None:
    """Its first lines must compile on any Python; the version is told before anything else is imported."""
    text = zipfile.ZipFile(program).read("__main__.py").decode()
    told = text.replace("sys.version_info", "(3, 6, 15)")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", told], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "pbvote-verify: this is Python 3.6; expected Python 3.11 or newer.\n")
    assert "f'" not in text
    assert 'f"' not in text


def test_the_folder_holds_cryptography_itself(folder: Path) -> None:
    assert (folder / "cryptography").resolve() == Path(cryptography.__file__).parent.resolve()
