"""What holds for every input of the Pabulib reader, sense or nonsense. The fuzzer and the tests both go by it."""

from __future__ import annotations

from io import BytesIO
from unittest import mock

from pbvote.tally import PabulibError, PabulibFile, read_pabulib, write_pabulib
from pbvote.tally.pabulib import source

SMALL = 11  # bytes of a block, so that every line is at the edge of one

Found = PabulibFile | str


def hold_for(data: bytes) -> bool:
    """Raise AssertionError, or whatever error comes through, if an invariant is broken; else say if it was read."""
    strict, lenient = read(data), read(data, lenient=True)
    if isinstance(strict, PabulibFile):
        assert isinstance(lenient, PabulibFile), f"read strictly, but not leniently: {lenient}"
        assert_same(strict, lenient)
        reads_back(strict, lenient=False)
    elif isinstance(lenient, PabulibFile):
        assert lenient.mended, f"nothing was mended, but strictly it is an error: {strict}"
    if isinstance(lenient, PabulibFile):
        reads_back(lenient, lenient=True)
    for way in (False, True):
        in_one = lenient if way else strict
        with_voters = read(data, lenient=way, keep_voters=True)
        with mock.patch.object(source, "BLOCK", SMALL):
            in_blocks = read(data, lenient=way)
        if isinstance(in_one, str):
            assert in_one == with_voters == in_blocks, f"{in_one} / {with_voters} / {in_blocks}"
            continue
        for other in (with_voters, in_blocks):
            assert isinstance(other, PabulibFile), f"read another way, an error: {other}"
            assert_same(in_one, other)
        assert isinstance(with_voters, PabulibFile)
        reads_back(with_voters, lenient=way)
    return isinstance(lenient, PabulibFile)


def read(data: bytes, *, lenient: bool = False, keep_voters: bool = False) -> Found:
    """The file, or what is said instead, on one line."""
    try:
        return read_pabulib(BytesIO(data), name="x.pb", lenient=lenient, keep_voters=keep_voters)
    except PabulibError as error:
        text = str(error)
        assert text.isprintable(), text
        assert text.startswith("x.pb:"), text
        return text


def assert_same(one: PabulibFile, other: PabulibFile) -> None:
    """Both hold the same election and the same further columns."""
    assert one.election == other.election
    assert one.details == other.details


def reads_back(file: PabulibFile, *, lenient: bool) -> None:
    """What is written reads back the same, and is written as the same bytes again."""
    first = written(file)
    again = read(first, lenient=lenient, keep_voters=file.voters is not None)
    assert isinstance(again, PabulibFile), f"written, but not to be read back: {again}"
    assert_same(file, again)
    assert written(again) == first
    if file.voters is not None and again.voters is not None:
        assert [voter for voter, _ in again.voters] == [voter for voter, _ in file.voters]
    if not lenient:
        assert read(first, lenient=True, keep_voters=file.voters is not None) == again, "what we write needs no mending"


def written(file: PabulibFile) -> bytes:
    """The file as we write it."""
    stream = BytesIO()
    write_pabulib(file, stream)
    return stream.getvalue()
