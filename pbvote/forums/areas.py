"""The area of a forum as it is typed: lines of postcodes, each with its ward if somebody says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pbvote.errors import Reason
from pbvote.forums.postcodes import BadPostcode, parse_prefix
from pbvote.plain_text import Limit, read_texts, tidy

MOST_AREAS = 2_000
MOST_WARDS = 60
WARD = Limit(60)


def read_areas(lines: Iterable[str]) -> tuple[dict[str, str], list[Reason]]:
    """Wards ("" where none is named) by normalised prefix, from lines such as `TS1 2` or `TS1 2 = Harbour ward`."""
    areas: dict[str, str] = {}
    reasons: list[Reason] = []
    for line in lines:
        text, _, ward = line.partition("=")
        try:
            prefix = parse_prefix(text)
        except BadPostcode as error:
            reasons += [Reason(one.code, one.detail, one.params, "postcodes") for one in error.reasons]
            continue
        texts, wrong = read_texts({"postcodes": ward}, {"postcodes": Limit(WARD.most, required=False)})
        reasons += wrong
        if areas.setdefault(prefix, texts["postcodes"]) != texts["postcodes"]:
            detail = f"{prefix} is named twice, with different wards."
            reasons.append(Reason("area_named_twice", detail, {"area": prefix}, "postcodes"))
    if len(areas) > MOST_AREAS:
        detail = f"There are {len(areas):,} stretches of postcodes; expected at most {MOST_AREAS:,}."
        reasons.append(Reason("too_many_areas", detail, {"areas": len(areas), "most": MOST_AREAS}, "postcodes"))
    return dict(sorted(areas.items())), reasons


def read_wards(names: Sequence[str], of_areas: Iterable[str]) -> tuple[list[str], list[Reason]]:
    """The names of wards, tidied, each once, with those that areas name and the list does not."""
    tidied = [tidy(name) for name in names]
    limits = {f"wards.{at}": WARD for at, name in enumerate(tidied) if name}
    _, reasons = read_texts({field: tidied[int(field[6:])] for field in limits}, limits)
    wards = list(dict.fromkeys([*filter(None, tidied), *filter(None, of_areas)]))
    if len(wards) > MOST_WARDS:
        detail = f"There are {len(wards)} wards; expected at most {MOST_WARDS}."
        reasons.append(Reason("too_many_wards", detail, {"wards": len(wards), "most": MOST_WARDS}, "wards"))
    return wards, reasons
