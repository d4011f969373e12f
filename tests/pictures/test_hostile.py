"""Hostile uploads: none is kept as it came, none takes much time or memory, and each refusal says what was expected.

Memory is not measured file by file: the limit on the address space is the kernel's, and has a test of its own.
"""

from __future__ import annotations

import asyncio
import io
import resource
import time
from pathlib import Path

import pytest
from PIL import Image

from pbvote.pictures import Picture, PictureRefused, Workshop
from pbvote.pictures.child import CPU_SECONDS
from tests.pictures.hostile import CORPUS, KEPT, SCRIPT, SECRET, saved, with_exif

PICTURES = {b"VP8 ", b"VP8L"}  # what a WebP without metadata is made of
CHILD = Path("pbvote/pictures/child.py").read_text()


def parts_of(webp: bytes) -> set[bytes]:
    """The names of the chunks of a WebP file."""
    assert (webp[:4], webp[8:12], int.from_bytes(webp[4:8], "little")) == (b"RIFF", b"WEBP", len(webp) - 8)
    names, at = set(), 12
    while at < len(webp):
        names.add(webp[at : at + 4])
        length = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return names


def is_clean(picture: Picture) -> bool:
    """Whether nothing but pixels is there."""
    both = picture.large + picture.small
    return parts_of(picture.large) | parts_of(picture.small) <= PICTURES and SECRET not in both and SCRIPT not in both


def test_the_corpus_is_large_enough() -> None:
    assert len({name for name, _, _ in CORPUS}) == len(CORPUS) >= 50


@pytest.mark.parametrize(("name", "content", "expected"), CORPUS, ids=[name for name, _, _ in CORPUS])
async def test_a_hostile_file(name: str, content: bytes, expected: str) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        picture = await Workshop().draw(content)
    except PictureRefused as refused:
        [reason] = refused.reasons
        assert reason.code == expected, name
        assert "expected a photo as a JPEG, PNG or WebP file" in reason.detail
    else:
        assert expected == KEPT
        assert is_clean(picture)
        assert max(picture.width, 320) <= 1280
        assert [Image.open(io.BytesIO(one)).format for one in (picture.large, picture.small)] == ["WEBP", "WEBP"]
        assert Image.open(io.BytesIO(picture.small)).width <= 320
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_SECONDS
    assert time.monotonic() - begun < 3 * CPU_SECONDS


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_photo_comes_out_upright(orientation: int) -> None:
    picture = await Workshop().draw(with_exif(orientation))
    image = Image.open(io.BytesIO(picture.large))
    assert image.size == ((640, 480) if orientation < 5 else (480, 640)) == (picture.width, picture.height)
    corners = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    across, down = corners[orientation]
    at = (20 + across * (image.width - 40), 20 + down * (image.height - 40))
    red, green, _ = image.convert("RGB").getpixel(at)  # type: ignore[misc]  # a pixel of RGB is three numbers
    assert red > 180
    assert green < 90


PROGRAMS = {
    "time": "end = time.monotonic() + 8\n    while time.monotonic() < end: pass",
    "memory": "bytearray(400 * 1024 * 1024)",
    "network": "socket.socket()",
    "files": "open('/etc/passwd')",
    "writing": "open('/dev/shm/pbvote-taken', 'w').write('x')",
}


async def draw_with(folder: Path, program: str, *, limits: bool) -> str:
    """The code of the refusal by a decoder that runs `program`, and says `picture_moves` if that gets anywhere."""
    said = """sys.stdout.write('{"problem": "picture_moves"}\\n'); sys.stdout.flush(); os._exit(0)"""
    reading = "    content = sys.stdin.buffer.read()\n"
    source = CHILD.replace("import io\n", "import io, socket, time\n", 1).replace("CPU_SECONDS = 5", "CPU_SECONDS = 1")
    source = source.replace(reading, f"    {program}\n    {said}\n")
    child = folder / "child.py"
    child.write_text(source if limits else source.replace("    limit()\n", ""))
    with pytest.raises(PictureRefused) as refused:
        await Workshop(child).draw(b"a photo")
    return refused.value.reasons[0].code


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
async def test_a_decoder_that_is_taken_over_gets_nowhere(tmp_path: Path, program: str) -> None:
    assert await draw_with(tmp_path, program, limits=True) == "picture_too_hard"


@pytest.mark.parametrize("name", ["memory", "network", "files"])
async def test_without_its_limits_a_decoder_would_get_there(tmp_path: Path, name: str) -> None:
    # the negative control: with the limits off the same programs do what they like
    assert await draw_with(tmp_path, PROGRAMS[name], limits=False) == "picture_moves"


def test_a_file_that_is_kept_as_it_came_is_found() -> None:
    # the negative control of `is_clean`
    image = Image.new("RGB", (64, 64))
    kept = saved(image, "WEBP", exif=b"Exif\x00\x00MM\x00*" + SECRET)
    assert not is_clean(Picture(kept, saved(image, "WEBP"), 64, 64))
    assert is_clean(Picture(saved(image, "WEBP"), saved(image, "WEBP"), 64, 64))


async def test_only_a_few_are_drawn_at_once(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text("import time; time.sleep(0.3)")
    workshop, begun = Workshop(tmp_path / "child.py"), time.monotonic()
    await asyncio.gather(*(workshop.draw(b"a photo") for _ in range(4)), return_exceptions=True)
    assert time.monotonic() - begun >= 0.6
