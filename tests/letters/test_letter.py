"""Letters as a PDF: every page stands by itself, and everything on it is there for screen readers too."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf
import pytest
import segno

from pbvote.letters.font import bold, regular
from pbvote.letters.letter import Letter, Letters, LetterWords, unprintable
from pbvote.letters.pdf import PAGES_IN_A_GROUP
from pbvote.letters.sheet import QR_MASK

WORDS = LetterWords(
    language="en",
    title="Voting letters: Harbourside budget (2026)",
    partnership="Tarnshire Partnership",
    forum="Harbourside Community Forum",
    heading="Your vote: Harbourside budget 2026",
    when="Voting opens on Monday 2 March 2026 at 09:00 and closes on Monday 16 March 2026 at 20:00.",
    code_label="Your voting code",
    steps_title="How to vote in three steps",
    steps=["Point your phone at the square code.", "Choose.", "Check and send."],
    qr_alternative="QR code: opens the ballot",
    notes=["The code is for you alone.", "Ask us: forum@example.org."],
    foot="Harbourside Community Forum",
)
CODE = "K7QF-2MXR-9CVW-TN3H"
LINK = f"https://vote.example.org/en/r/harbourside-2026/vote#{CODE}"


def written(pages: int) -> bytes:
    letters = Letters(WORDS)
    parts = [letters.begin()]
    for number in range(pages):
        address = [f"Łucja Ŵyn {number}", "1 Mill Lane", "TS1 2AB"] if number % 2 == 0 else []
        parts.append(letters.letter(Letter(address, f"R-{number}", CODE, LINK)))
    return b"".join([*parts, letters.end()])


def read(pages: int) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(written(pages)), strict=True)


@pytest.mark.parametrize("pages", [1, PAGES_IN_A_GROUP, PAGES_IN_A_GROUP + 1, 3 * PAGES_IN_A_GROUP - 1])
def test_there_is_one_page_for_each_letter_however_many_there_are(pages: int) -> None:
    pdf = read(pages)
    assert [re.findall(r"R-\d+", page.extract_text()) for page in pdf.pages] == [[f"R-{n}"] for n in range(pages)]


def test_a_page_says_who_writes_to_whom_what_the_code_is_and_how_to_vote() -> None:
    text = " ".join(read(1).pages[0].extract_text().split())
    for said in (
        WORDS.partnership,
        WORDS.heading,
        "Łucja Ŵyn 0 1 Mill Lane TS1 2AB",
        "K7QF-2MXR- 9CVW-TN3H",
        *WORDS.steps,
    ):
        assert said in text


def elements(node: Any) -> list[Any]:
    """The elements of a structure tree, in the order of reading."""
    node = node.get_object()
    kids = node.get("/K")
    inner = kids if isinstance(kids, list) else [kids] if isinstance(kids, pypdf.generic.IndirectObject) else []
    return [node, *(one for kid in inner for one in elements(kid))]


def test_everything_on_a_page_is_tagged_in_the_order_of_reading() -> None:
    pdf = read(2)
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    tags = elements(root["/StructTreeRoot"]["/K"])
    roles = [tag["/S"] for tag in tags]
    assert roles[:2] == ["/Document", "/Part"]
    first = roles[roles.index("/Sect") + 1 : roles.index("/Sect", roles.index("/Sect") + 1)]
    assert first.index("/H1") < first.index("/Figure") < first.index("/H2") < first.index("/L")
    assert first.count("/LI") == first.count("/LBody") == 3
    (alternative,) = {tag["/Alt"] for tag in tags if tag["/S"] == "/Figure"}
    assert alternative == WORDS.qr_alternative
    for page in pdf.pages:
        marked = re.findall(rb"/MCID (\d+)", page.get_contents().get_data())  # type: ignore[union-attr]
        assert sorted(map(int, marked)) == list(range(len(marked)))
        mine = [tag["/K"] for tag in tags if tag.get("/Pg") == page.indirect_reference and isinstance(tag["/K"], int)]
        assert sorted(mine) == list(range(len(marked)))


def test_the_square_code_is_the_link_with_the_code_in_its_fragment() -> None:
    drawn = read(1).pages[0].get_contents().get_data().decode()  # type: ignore[union-attr]
    matrix = segno.make(LINK, error="m", micro=False, mask=QR_MASK).matrix
    dark = {(x, len(matrix) - y - 1) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    runs = re.findall(r"(\d+) (\d+) (\d+) 1 re", drawn)
    assert {(int(x) + step, int(y)) for x, y, length in runs for step in range(int(length))} == dark


def test_the_address_stands_in_the_window_of_a_folded_sheet() -> None:
    places: list[tuple[float, float]] = []

    def place(text: str, _cm: object, tm: list[float], _font: object, _size: object) -> None:
        if "Mill Lane" in text:
            places.append((tm[4] / 72 * 25.4, (842 - tm[5]) / 72 * 25.4))

    read(1).pages[0].extract_text(visitor_text=place)
    assert places
    assert all(20 <= left <= 30 and 45 <= top <= 80 for left, top in places)


def test_a_file_is_the_same_in_one_piece_and_in_parts_and_its_fonts_are_in_it() -> None:
    assert written(60) == written(60)
    page: Any = read(1).pages[0]
    fonts = page["/Resources"]["/Font"]
    for name, font in (("/F0", regular()), ("/F1", bold())):
        described = fonts[name]["/DescendantFonts"][0]["/FontDescriptor"]
        assert described["/FontFile2"].get_data() == font.data


def test_letters_of_the_latin_alphabets_can_be_printed_and_others_are_named() -> None:
    assert unprintable("Łucja Ŵyn-O'Néill, Þór Ğül ș ő") is None
    assert unprintable("Ann 安") == "安"
