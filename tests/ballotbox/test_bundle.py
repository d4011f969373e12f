from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.archive import MOST_FILES, read_archive, write_archive
from pbvote.ballotbox.bundle import ALWAYS, BALLOTS, CHECKPOINTS, CONFIG, ELECTION, LOG, SUPERSEDED, Bundle
from pbvote.ballotbox.bundle_files import read_bundle, write_bundle
from pbvote.ballotbox.checking import Kept, check
from pbvote.ballotbox.documents import MalformedError
from tests.ballotbox.bundles import LOG_KEY, make_bundle

BUNDLE = make_bundle()
DATA = write_bundle(BUNDLE)
FILES = read_archive(DATA)
names = st.from_regex(r"[a-z][a-z0-9-]{0,8}\.[a-z]{1,4}", fullmatch=True)


def accepted(data: bytes) -> bool:
    """Whether a bundle is read and every check of it is right, for somebody who knows the log's key."""
    try:
        bundle = read_bundle(data)
    except MalformedError:
        return False
    return all(finding.right for finding in check(bundle, Kept(pins=(LOG_KEY.verify_key,))))


@given(st.dictionaries(names, st.binary(max_size=200), max_size=8))
def test_an_archive_has_one_form_and_every_zip_program_reads_it(files: dict[str, bytes]) -> None:
    data = write_archive(files)
    assert read_archive(data) == files
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(files)
        assert {name: archive.read(name) for name in archive.namelist()} == files


@given(st.dictionaries(names, st.binary(max_size=60), max_size=4), st.data())
def test_no_flipped_bit_of_an_archive_gives_the_same_files(files: dict[str, bytes], data: st.DataObject) -> None:
    changed = bytearray(write_archive(files))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(MalformedError):
        read_archive(bytes(changed))


@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_an_archive_is_read_or_refused_and_nothing_else(junk: bytes, place: int) -> None:
    place %= len(DATA)
    for data in (junk, DATA[:place], DATA[:place] + junk, DATA[:place] + junk + DATA[place:], b"PK\x03\x04" + junk):
        if data != DATA:
            with pytest.raises(MalformedError):
                read_archive(data)


def zipped(files: list[tuple[str, bytes]], *, deflated: bool = False) -> bytes:
    """The files, as other programs zip them."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def test_refuses_zip_files_of_other_programs_and_bombs() -> None:
    for data in (zipped([("a.txt", b"a")]), zipped([("a.txt", bytes(10**6))], deflated=True), zipped([])[:-1]):
        with pytest.raises(MalformedError):
            read_archive(data)
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped([("a.txt", b"a"), ("a.txt", b"b")])
    with pytest.raises(MalformedError):
        read_archive(twice)
    huge = bytearray(write_archive({"a.txt": b"a"}))
    struct.pack_into("<I", huge, 18, 2**32 - 1)
    with pytest.raises(MalformedError, match="cut short"):
        read_archive(bytes(huge))
    for names_ in (["../a.txt"], ["A.txt"], ["a"], ["a/b.txt"], [f"a{n}.txt" for n in range(MOST_FILES + 1)]):
        with pytest.raises(MalformedError):
            write_archive(dict.fromkeys(names_, b""))


def test_a_bundle_is_reproducible_byte_by_byte() -> None:
    assert write_bundle(make_bundle()) == DATA
    assert write_bundle(read_bundle(DATA)) == DATA
    assert read_bundle(DATA) == BUNDLE


@given(st.integers(0, 60), st.integers(0, 9))
def test_every_bundle_is_read_back_and_found_right(voters: int, replaced: int) -> None:
    data = write_bundle(make_bundle(voters, min(voters, replaced)))
    assert write_bundle(read_bundle(data)) == data
    assert accepted(data)


def test_a_bundle_without_ballots_holds_none_of_them() -> None:
    totals = write_bundle(BUNDLE.totals_only())
    files = read_archive(totals)
    assert files.keys() == ALWAYS
    assert BUNDLE.ballots is not None
    for ballot in BUNDLE.ballots.counted:
        assert ballot.opening.canonical.hex().encode() not in totals
        assert ballot.opening.server_random.hex().encode() not in totals
    assert accepted(totals)
    assert {name: FILES[name] for name in ALWAYS} == files


@given(st.sampled_from(sorted(FILES)), st.data())
def test_no_flipped_bit_of_any_file_is_accepted(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not accepted(write_archive({**FILES, name: bytes(content)}))


@given(st.sampled_from(sorted(FILES)), st.data())
def test_no_line_can_be_left_out_doubled_or_moved(name: str, data: st.DataObject) -> None:
    lines = FILES[name].splitlines(keepends=True)
    if (
        name == CHECKPOINTS
    ):  # all but the last checkpoint may be left out, and cosignatures: they only ever add to proof
        lines = lines[-6:]
    place, to = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    without = [*lines[:place], *lines[place + 1 :]]
    for changed in (
        without,
        [*lines[:place], *lines[place:], lines[place]],
        [*without[:to], lines[place], *without[to:]],
    ):
        if changed != lines:
            left_out = FILES[name][: -len(b"".join(lines))]
            assert not accepted(write_archive({**FILES, name: left_out + b"".join(changed)}))


def test_no_file_can_be_missing_added_or_renamed() -> None:
    for name in FILES:
        fewer = {other: content for other, content in FILES.items() if other != name}
        for files in (fewer, {**FILES, "more.txt": b""}, {**fewer, f"a{name}": FILES[name]}):
            with pytest.raises(MalformedError, match="lacks a file or has one too many"):
                read_bundle(write_archive(files))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (CONFIG, b'"format":"pbvote config 1"', b'"format":"pbvote config 2"', "config.json: the format"),
        (CONFIG, b'"origin"', b'"origim"', "config.json: it is an object"),
        (CONFIG, b'"poll":"6f1f', b'"poll":"6F1F', "config.json: the poll's id"),
        (LOG, b"ballot ", b"ballut ", "log.txt, line 4: no leaf"),
        (BALLOTS, b"ballots 1", b"ballots 2", "ballots.txt: it begins with"),
        (BALLOTS, b" ", b"  ", "ballots.txt: it begins with"),
        (CHECKPOINTS, b"\n\n", b"\n", "checkpoints.txt: it is not a row"),
        (CHECKPOINTS, b"\n2\n", b"\n02\n", "checkpoints.txt: checkpoint 2"),
        ("roll.json", b'"electors":1201', b'"electors":-1', "roll.json: electors and channels"),
        ("roll.json", b'"electors"', b'"electora"', "roll.json: not in the one|roll.json: it has"),
        ("witnesses.txt", b"+", b"-", "witnesses.txt, line 1"),
        ("outcome.json", b":", b": ", "outcome.json: not in the one canonical form"),
        (SUPERSEDED, b"\n", b" \n", "superseded.txt, line 1: not 64"),
    ],
)
def test_an_error_names_file_and_place(name: str, old: bytes, new: bytes, message: str) -> None:
    changed = FILES[name].replace(old, new, 1)
    assert changed != FILES[name]
    with pytest.raises(MalformedError, match=message):
        read_bundle(write_archive({**FILES, name: changed}))


def test_refuses_to_write_what_cannot_be_read() -> None:
    broken: list[Bundle] = [
        replace(BUNDLE, config={}),
        replace(BUNDLE, roll={"electors": 1.5, "channels": {}}),
        replace(BUNDLE, superseded=(*BUNDLE.superseded, BUNDLE.superseded[0])),
        replace(BUNDLE, checkpoints=()),
    ]
    for bundle in broken:
        with pytest.raises(MalformedError):
            write_bundle(bundle)
    assert ELECTION not in replace(BUNDLE, ballots=None).files()
