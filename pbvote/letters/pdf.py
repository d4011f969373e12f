"""A tagged PDF (ISO 32000-1), written page by page, so that a file of 100,000 pages never stands in memory.

What is written is handed out at once; what is remembered of a page is where its objects stand, eight bytes each. Pages
are tied together in groups, each with its own node of the page tree, of the structure tree (what screen readers read)
and of the parent tree (from marked content back to its tag). Small objects of a group share one compressed stream.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from pbvote.letters.font import Font

PAGES_IN_A_GROUP = 50
A4 = (595, 842)
_PACKED = 1 << 63  # in `_places`: the object stands inside an object stream, at (its number, index)
_INDEX_BITS = 16
_CATALOG, _PAGES, _TREE, _PARENTS, _DOCUMENT = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of a page's structure: its standard type, and its marked content (`mcid`) or its parts."""

    role: str
    mcid: int | None = None
    parts: Sequence[Tag] = ()
    alternative: str = ""


@dataclass(slots=True)
class _Group:
    """The pages that are being tied together: objects that wait for their stream, and the numbers of their nodes."""

    node: int
    part: int
    leaf: int
    first: int
    pages: list[int] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    waiting: list[tuple[int, bytes]] = field(default_factory=list)


class Pdf:
    """A PDF on its way out. Call `begin` once, `page` for each page, `end` once, and send on what each returns."""

    def __init__(self, title: str, language: str, fonts: Sequence[Font]) -> None:
        self._title = title
        self._language = language
        self._fonts = fonts
        self._places = array("Q", [0] * 6)
        self._written = 0
        self._font_numbers = [self._number() for _ in fonts]
        self._groups: list[tuple[_Group, int]] = []  # emptied of all but its numbers, with its last page
        self._group: _Group | None = None
        self._page_count = 0

    def begin(self) -> bytes:
        """The beginning of the file."""
        return self._out(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def page(self, content: bytes, tags: Sequence[Tag]) -> bytes:
        """One page: its content stream, and the tags of everything that it marks, in the order of reading."""
        if self._group is None:
            self._group = _Group(self._number(), self._number(), self._number(), self._page_count)
        group = self._group
        stream, page, section = self._number(), self._number(), self._number()
        resources = " ".join(f"/F{index} {number} 0 R" for index, number in enumerate(self._font_numbers))
        parents: dict[int, int] = {}
        kids = [self._tag(group, tag, section, page, parents) for tag in tags]
        entry = (
            f"<</Type/Page/Parent {group.node} 0 R/MediaBox[0 0 {A4[0]} {A4[1]}]/Contents {stream} 0 R/Tabs/S"
            f"/Resources<</Font<<{resources}>>>>/StructParents {self._page_count}>>"
        )
        sect = f"<</Type/StructElem/S/Sect/P {group.part} 0 R/K[{_references(kids)}]>>"
        group.waiting += [(page, entry.encode()), (section, sect.encode())]
        group.pages.append(page)
        group.sections.append(section)
        group.parents.append(f"{self._page_count}[{_references([parents[mcid] for mcid in sorted(parents)])}]")
        self._page_count += 1
        written = self._stream(stream, "", content)
        return written + self._close_group() if len(group.pages) == PAGES_IN_A_GROUP else written

    def end(self) -> bytes:
        """Whatever ties the pages together, and the table of where everything stands."""
        written = [self._close_group()]
        written += [self._font(font, number) for font, number in zip(self._fonts, self._font_numbers, strict=True)]
        metadata = self._number()
        written.append(self._stream(metadata, "/Type/Metadata/Subtype/XML", self._xmp(), packed=False))
        groups = [group for group, _ in self._groups]
        leaves, last = _references([group.leaf for group in groups]), self._page_count - 1
        written += [
            self._object(
                _CATALOG,
                f"<</Type/Catalog/Pages {_PAGES} 0 R/StructTreeRoot {_TREE} 0 R/MarkInfo<</Marked true>>"
                f"/Lang{_text(self._language)}/ViewerPreferences<</DisplayDocTitle true>>/Metadata {metadata} 0 R>>",
            ),
            self._object(
                _PAGES,
                f"<</Type/Pages/Count {self._page_count}/Kids[{_references([group.node for group in groups])}]>>",
            ),
            self._object(
                _TREE,
                f"<</Type/StructTreeRoot/K {_DOCUMENT} 0 R/ParentTree {_PARENTS} 0 R"
                f"/ParentTreeNextKey {self._page_count}>>",
            ),
            self._object(_PARENTS, f"<</Kids[{leaves}]/Limits[0 {last}]>>"),
            self._object(
                _DOCUMENT,
                f"<</Type/StructElem/S/Document/P {_TREE} 0 R/K[{_references([group.part for group in groups])}]>>",
            ),
        ]
        return b"".join(written) + self._cross_references()

    def _tag(self, group: _Group, tag: Tag, parent: int, page: int, parents: dict[int, int]) -> int:
        number = self._number()
        if tag.mcid is not None:
            parents[tag.mcid] = number
            kids = str(tag.mcid)
        else:
            kids = f"[{_references([self._tag(group, part, number, page, parents) for part in tag.parts])}]"
        alternative = f"/Alt{_text(tag.alternative)}" if tag.alternative else ""
        entry = f"<</Type/StructElem/S/{tag.role}/P {parent} 0 R/Pg {page} 0 R/K {kids}{alternative}>>"
        group.waiting.append((number, entry.encode()))
        return number

    def _close_group(self) -> bytes:
        group, self._group = self._group, None
        if group is None:
            return b""
        last = group.first + len(group.pages) - 1
        node = f"<</Type/Pages/Parent {_PAGES} 0 R/Count {len(group.pages)}/Kids[{_references(group.pages)}]>>"
        part = f"<</Type/StructElem/S/Part/P {_DOCUMENT} 0 R/K[{_references(group.sections)}]>>"
        leaf = f"<</Limits[{group.first} {last}]/Nums[{' '.join(group.parents)}]>>"
        nodes = ((group.node, node), (group.part, part), (group.leaf, leaf))
        waiting = [*group.waiting, *((number, entry.encode()) for number, entry in nodes)]
        self._groups.append((_Group(group.node, group.part, group.leaf, group.first), last))
        return self._object_stream(waiting)

    def _object_stream(self, objects: list[tuple[int, bytes]]) -> bytes:
        carrier = self._number()
        places, offset = [], 0
        for index, (number, content) in enumerate(objects):
            self._places[number] = _PACKED | carrier << _INDEX_BITS | index
            places.append(f"{number} {offset}")
            offset += len(content) + 1
        head = (" ".join(places) + "\n").encode()
        body = b"\n".join(content for _, content in objects)
        return self._stream(carrier, f"/Type/ObjStm/N {len(objects)}/First {len(head)}", head + body)

    def _font(self, font: Font, number: int) -> bytes:
        file, descriptor, descendant, unicode = (self._number() for _ in range(4))
        widths = " ".join(map(str, font.widths))
        name = f"PBVOTE+{font.name}"
        box = " ".join(map(str, font.box))
        return b"".join(
            (
                self._stream(file, f"/Length1 {len(font.data)}", font.data),
                self._object(
                    descriptor,
                    f"<</Type/FontDescriptor/FontName/{font.name}/Flags 4/FontBBox[{box}]/ItalicAngle 0"
                    f"/Ascent {font.ascent}/Descent {font.descent}/CapHeight {font.cap_height}/StemV 80"
                    f"/FontFile2 {file} 0 R>>",
                ),
                self._object(
                    descendant,
                    f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{font.name}/CIDToGIDMap/Identity"
                    "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
                    f"/FontDescriptor {descriptor} 0 R/W[0[{widths}]]>>",
                ),
                self._stream(unicode, "", _to_unicode(font, name)),
                self._object(
                    number,
                    f"<</Type/Font/Subtype/Type0/BaseFont/{font.name}/Encoding/Identity-H"
                    f"/DescendantFonts[{descendant} 0 R]/ToUnicode {unicode} 0 R>>",
                ),
            )
        )

    def _xmp(self) -> bytes:
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
            f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(self._title)}</rdf:li></rdf:Alt></dc:title>'
            "<pdfuaid:part>1</pdfuaid:part></rdf:Description></rdf:RDF></x:xmpmeta>"
            '<?xpacket end="w"?>'
        ).encode()

    def _cross_references(self) -> bytes:
        number = self._number()
        place = self._written
        self._places[number] = place
        rows = bytearray(b"\0" * 9 + b"\xff\xff")
        for entry in self._places[1:]:
            if entry & _PACKED:
                carrier, index = (entry ^ _PACKED) >> _INDEX_BITS, entry & ((1 << _INDEX_BITS) - 1)
                rows += b"\2" + carrier.to_bytes(8, "big") + index.to_bytes(2, "big")
            else:
                rows += b"\1" + entry.to_bytes(8, "big") + b"\0\0"
        head = f"/Type/XRef/Size {len(self._places)}/W[1 8 2]/Root {_CATALOG} 0 R"
        return self._stream(number, head, bytes(rows)) + f"startxref\n{place}\n%%EOF\n".encode()

    def _number(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def _object(self, number: int, content: str) -> bytes:
        self._places[number] = self._written
        return self._out(f"{number} 0 obj\n{content}\nendobj\n".encode())

    def _stream(self, number: int, head: str, content: bytes, *, packed: bool = True) -> bytes:
        self._places[number] = self._written
        data = zlib.compress(content, 6) if packed else content
        entry = f"<<{head}{'/Filter/FlateDecode' if packed else ''}/Length {len(data)}>>"
        return self._out(f"{number} 0 obj\n{entry}stream\n".encode() + data + b"\nendstream\nendobj\n")

    def _out(self, data: bytes) -> bytes:
        self._written += len(data)
        return data


def _references(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _text(text: str) -> str:
    """A text string in UTF-16, as hexadecimal: nothing to escape."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def _to_unicode(font: Font, name: str) -> bytes:
    """From glyphs back to characters, for copying, searching and reading aloud."""
    characters: dict[int, int] = {}
    for character, glyph in sorted(font.glyphs.items()):
        characters.setdefault(glyph, character)
    lines = [f"<{glyph:04X}> <{character:04X}>" for glyph, character in sorted(characters.items())]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    ranges = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        f"/CMapName /{name} def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{ranges}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()
