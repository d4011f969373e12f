"""The child process: one photo from standard input, two WebP pictures to standard output.

It is started by its path, in isolated mode, and imports nothing of ours: what decodes a stranger's file shares nothing
with the server. Before anything of the file is read, its limits are set and it can open no file and no socket any more;
so everything that Pillow would load later is imported here.

The answer is a line of JSON, then the bytes it speaks of: `{"width", "height", "large", "small"}` (the large picture's
measures, both lengths in bytes), or `{"problem", ...}` with a code and its parameters.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings

from PIL import (
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

CPU_SECONDS = 5
ADDRESS_SPACE = 300 * 1024 * 1024
MOST_MEGAPIXELS = 60
LEAST_SIDE = 64  # pixels: smaller ones are dots that follow people, or nothing
SIZES = (1280, 320)  # pixels wide
TALLEST = 2  # times the width: a picture that is taller is drawn smaller
QUALITY = (80, 74)
FORMATS = ("JPEG", "PNG", "WEBP")
LOADED = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)  # TIFF is how EXIF is read
BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def main() -> None:
    """Answer for the file on standard input."""
    limit()
    content = sys.stdin.buffer.read()
    warnings.simplefilter("ignore")  # nobody reads them; what matters is an error
    try:
        head, pictures = answer(content)
    except MemoryError:
        head, pictures = {"problem": "picture_too_heavy", "most": MOST_MEGAPIXELS}, ()
    except Exception:  # noqa: BLE001  # whatever a decoder raises for a hostile file
        head, pictures = {"problem": "picture_damaged"}, ()
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + b"".join(pictures))
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to tidy up, and nothing of the file gets another turn


def limit() -> None:
    """Take from this process what decoding does not need."""
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
    ):
        _at_most(kind, value)
    Image.MAX_IMAGE_PIXELS = MOST_MEGAPIXELS * 1_000_000
    Image.new("RGB", (2, 2)).save(io.BytesIO(), "WEBP")  # whatever is loaded late is loaded now
    _at_most(resource.RLIMIT_NOFILE, 0)  # no new file, socket or pipe


def _at_most(kind: int, value: int) -> None:
    """Lower a limit for good; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def answer(content: bytes) -> tuple[dict[str, object], tuple[bytes, ...]]:
    """What is said of a file: its head, and the large and the small picture."""
    if problem := by_its_first_bytes(content):
        return {"problem": problem}, ()
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        return {"problem": "picture_not_read"}, ()
    except Image.DecompressionBombError:
        return {"problem": "picture_too_heavy", "most": MOST_MEGAPIXELS}, ()
    wrong = by_its_head(image)
    return (wrong, ()) if wrong else drawn(image)


def by_its_head(image: Image.Image) -> dict[str, object]:
    """What is wrong with a picture before anything of it is decoded; empty if nothing is."""
    # a JPEG may hold more pictures, as telephones write them: the first one is the photo
    if image.format != "MPO" and getattr(image, "is_animated", False):
        return {"problem": "picture_moves"}
    if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
        return {"problem": "picture_too_heavy", "most": MOST_MEGAPIXELS}
    return {"problem": "picture_too_small", "least": LEAST_SIDE} if min(image.size) < LEAST_SIDE else {}


def by_its_first_bytes(content: bytes) -> str | None:
    """What is wrong with files that have a sentence of their own."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if content[4:8] == b"ftyp" and content[8:12] in BRANDS:
        return "picture_is_heic"
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in start:
        return "picture_is_svg"
    return None


def drawn(image: Image.Image) -> tuple[dict[str, object], tuple[bytes, ...]]:
    """Both pictures, upright, in plain RGB, of what can be seen and nothing else."""
    image.draft("RGB", (2 * SIZES[0], 2 * SIZES[0]))  # a JPEG is decoded no larger than it has to be
    profile = image.info.get("icc_profile")
    image.load()
    image.thumbnail((2 * SIZES[0], 2 * SIZES[0]))
    upright = plain(ImageOps.exif_transpose(image), profile)
    made = []
    for width, quality in zip(SIZES, QUALITY, strict=True):
        one = upright.copy()
        one.thumbnail((width, TALLEST * width), Image.Resampling.LANCZOS)
        bare = Image.new("RGB", one.size)  # a new picture has no metadata that could come along
        bare.paste(one)
        out = io.BytesIO()
        bare.save(out, "WEBP", quality=quality, method=4, exif=b"", xmp=b"", icc_profile=b"")
        made.append((bare.size, out.getvalue()))
    (size, large), (_, small) = made
    return {"width": size[0], "height": size[1], "large": len(large), "small": len(small)}, (large, small)


def plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in RGB as screens show it: its colours by its own profile if that can be read, on white paper."""
    if image.mode in {"RGBA", "LA", "PA"} or (image.mode == "P" and "transparency" in image.info):
        with_alpha = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(with_alpha, mask=with_alpha.getchannel("A"))
    elif image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in {"RGB", "CMYK"} and profile:
        try:
            screen = ImageCms.createProfile("sRGB")
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, own, screen, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # its colours are shown as they are
    return image.convert("RGB")


if __name__ == "__main__":
    main()
