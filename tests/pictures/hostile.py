"""Files that should never be kept as they came, made by code: what each is called, and what has to become of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

KEPT = "kept"  # drawn anew, without anything that came along
SECRET = b"GPS-53.4808N-2.2426W"
SCRIPT = b"<script>alert(document.domain)</script>"
MEGABYTE = 1024 * 1024


def photo(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """A picture with a red corner at the top left, so that one sees which way up it is."""
    image = Image.new("RGB", size, (40, 90, 160))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(220, 30, 30))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_exif(orientation: int = 1) -> bytes:
    """What a camera writes: which way up, whose camera, and where."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (53.0, 28.0, 50.9)
    return saved(photo(), exif=exif)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, *more: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says what it is told to say."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def jpeg_part(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def after_start(jpeg: bytes, *parts: bytes) -> bytes:
    """A JPEG with more segments after its first marker."""
    return jpeg[:2] + b"".join(parts) + jpeg[2:]


def corpus() -> Iterator[tuple[str, bytes, str]]:
    """Every file: its name, its bytes, and the code of its refusal, or KEPT."""
    yield from not_pictures()
    yield from broken()
    yield from bombs()
    yield from more_than_a_picture()
    yield from unusual()


def not_pictures() -> Iterator[tuple[str, bytes, str]]:
    yield "nothing", b"", "picture_empty"
    yield "one byte", b"\xff", "picture_not_read"
    yield "text", b"This is no picture.", "picture_not_read"
    yield "zeros", bytes(100_000), "picture_not_read"
    yield "too many bytes", saved(photo()) + bytes(12 * MEGABYTE), "picture_too_large"
    yield "html", b"<!DOCTYPE html><html>" + SCRIPT, "picture_not_read"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "picture_is_svg"
    yield "svg after a mark", b"\xef\xbb\xbf \n<SVG onload=alert(1)></SVG>", "picture_is_svg"
    yield "svg after a declaration", b'<?xml version="1.0"?><svg></svg>', "picture_is_svg"
    entity = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
    yield "svg that reads files", entity, "picture_is_svg"
    for brand in (b"heic", b"mif1", b"avif", b"heix"):
        yield brand.decode(), b"\x00\x00\x00\x18ftyp" + brand + bytes(200), "picture_is_heic"
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "PCX", "TGA", "EPS", "PDF", "JPEG2000", "SGI"):
        yield kind.lower(), saved(photo((64, 64)), kind), "picture_not_read"
    yield "zip", archive(a=b"a"), "picture_not_read"
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", "picture_not_read"
    yield "mvg", b"push graphic-context\nfill 'url(https://example.org/a.jpg\"|id\")'\n", "picture_not_read"
    yield "program", b"\x7fELF" + bytes(500), "picture_not_read"


def broken() -> Iterator[tuple[str, bytes, str]]:
    for kind in ("JPEG", "PNG", "WEBP"):
        noisy = saved(Image.effect_noise((640, 480), 80).convert("RGB"), kind)
        yield f"half a {kind}", noisy[: len(noisy) // 2], "picture_damaged"
        yield f"the start of a {kind}", noisy[:12], "picture_damaged" if kind == "JPEG" else "picture_not_read"
    flipped = bytearray(saved(Image.effect_noise((640, 480), 80).convert("RGB"), "PNG"))
    flipped[len(flipped) // 2] ^= 0xFF
    yield "a PNG with a flipped byte", bytes(flipped), "picture_damaged"
    yield "a PNG without data", png(640, 480, b""), "picture_damaged"
    yield "a PNG with too little data", png(640, 480, zlib.compress(bytes(1000))), "picture_damaged"
    yield "a PNG of no size", png(0, 0, zlib.compress(b"")), "picture_not_read"
    yield "a JPEG of markers", b"\xff\xd8" + b"\xff\xd8" * 5_000, "picture_not_read"
    yield "a WebP of another length", b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(300), "picture_damaged"


def bombs() -> Iterator[tuple[str, bytes, str]]:
    flat = zlib.compress(bytes(3 * 1000 * 1000))
    yield "a PNG that says 50,000 by 50,000", png(50_000, 50_000, flat), "picture_too_heavy"
    yield "a PNG that says two thousand million wide", png(2**31 - 1, 1, flat), "picture_too_heavy"
    yield "a real PNG of 8,000 by 7,900", saved(Image.new("1", (8_000, 7_900)), "PNG"), "picture_too_heavy"
    deep = png(7_700, 7_700, zlib.compress(bytes((1 + 7_700 * 8) * 7_700), 1), depth=16, colour=6)
    yield "a PNG of 59 megapixels of eight bytes", deep, "picture_too_heavy"
    text = chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(200 * MEGABYTE)))
    yield "a PNG with 200 megabytes of text", png(64, 64, zlib.compress(bytes(64 * 193)), text), "picture_damaged"
    many = chunk(b"tEXt", b"a\x00" + b"b" * 2_000) * 4_000
    yield "a PNG with 4,000 texts", png(64, 64, zlib.compress(bytes(64 * 193)), many), KEPT
    profile = chunk(b"iCCP", b"a\x00\x00" + zlib.compress(bytes(200 * MEGABYTE)))
    yield "a PNG with a bomb for a profile", png(64, 64, zlib.compress(bytes(64 * 193)), profile), "picture_damaged"
    frames = [Image.new("RGB", (400, 400), (n, n, n)) for n in range(40)]
    for kind in ("PNG", "WEBP"):
        film = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        yield f"a {kind} that moves", film, "picture_moves"
    yield "a JPEG that says 65,000 by 65,000", after_size(65_000, 65_000), "picture_too_heavy"
    yield "a dot", saved(Image.new("RGB", (1, 1)), "PNG"), "picture_too_small"
    yield "a line", saved(Image.new("RGB", (4_000, 8)), "PNG"), "picture_too_small"


def after_size(width: int, height: int) -> bytes:
    """A JPEG whose frame says another size than it has."""
    content = bytearray(saved(photo()))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def more_than_a_picture() -> Iterator[tuple[str, bytes, str]]:
    jpeg = saved(photo())
    yield "a JPEG and a page", jpeg + SCRIPT, KEPT
    yield "a JPEG and an archive", jpeg + archive(evil=SCRIPT), KEPT
    yield "a JPEG with a comment", after_start(jpeg, jpeg_part(0xFE, SCRIPT)), KEPT
    yield "a JPEG with a page in it", after_start(jpeg, jpeg_part(0xEF, SECRET + SCRIPT)), KEPT
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    yield "a JPEG with XMP", after_start(jpeg, jpeg_part(0xE1, xmp)), KEPT
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00" + bytes([len(SECRET)]) + SECRET
    yield "a JPEG with IPTC", after_start(jpeg, jpeg_part(0xED, iptc)), KEPT
    yield "a photo with its place", with_exif(), KEPT
    broken = jpeg_part(0xE1, b"Exif\x00\x00MM\x00*\x00\x00\xff\xff" + SECRET)
    yield "a JPEG with broken EXIF", after_start(jpeg, broken), KEPT
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", (SECRET + SCRIPT).decode())
    yield "a PNG with texts", saved(photo(), "PNG", pnginfo=texts), KEPT
    yield "a PNG and a page", saved(photo(), "PNG") + SCRIPT, KEPT
    yield "a WebP with EXIF and XMP", saved(photo(), "WEBP", exif=b"Exif\x00\x00MM\x00*" + SECRET, xmp=SECRET), KEPT
    yield "a JPEG with a false profile", saved(photo(), icc_profile=SECRET * 20), KEPT
    yield "a page that starts like a PNG", b"\x89PNG\r\n\x1a\n" + SCRIPT, "picture_not_read"


def unusual() -> Iterator[tuple[str, bytes, str]]:
    yield "CMYK", saved(photo(mode="CMYK")), KEPT
    yield "grey", saved(photo(mode="L")), KEPT
    yield "a palette", saved(photo(mode="P"), "PNG"), KEPT
    yield "black and white", saved(photo(mode="1"), "PNG"), KEPT
    yield "see-through", saved(photo(mode="RGBA"), "PNG"), KEPT
    yield "sixteen bits", saved(Image.new("I;16", (640, 480), 40_000), "PNG"), KEPT
    yield "progressive", saved(photo((4_000, 3_000)), progressive=True), KEPT
    two = saved(photo(), "MPO", save_all=True, append_images=[photo((320, 240))])
    yield "a telephone's photo of two pictures", two, KEPT
    yield "48 megapixels", saved(photo((8_000, 6_000))), KEPT
    yield "very tall", saved(photo((100, 9_000)), "PNG"), KEPT
    yield "very wide", saved(photo((9_000, 100)), "PNG"), KEPT


CORPUS = list(corpus())
