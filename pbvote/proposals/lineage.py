"""What officers say to merge proposals or to split one, and what makes that incomplete. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.content import TEXTS, LineDraft
from pbvote.proposals.decisions import read_lines

REASON = Limit(1_000, lines=True)
MOST_MERGED = 20
MOST_PARTS = 10
WORDS = ("title", "summary", "description")


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proposal by its number, as the officer saw it."""

    number: int
    version: int


class NewProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new proposal says that takes the place of several."""

    title: str
    summary: str
    description: str
    category: str
    place: str
    proposer: str


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proposals to merge: into the one of them whose number is `keep`, or into a new one."""

    proposals: list[Named]
    keep: int | None
    new: NewProposal | None
    reason: str


class SplitPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the proposals that another is split into; everything else it takes from that one."""

    title: str
    summary: str
    description: str
    lines: list[LineDraft]


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a proposal is split into, and why, as the public reads it."""

    parts: list[SplitPart]
    reason: str
    version: int


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a merge or a split is undone, as the public reads it."""

    reason: str
    version: int


def read_reason(reason: str) -> tuple[str, list[Reason]]:
    """A public reason, tidied, and what is wrong with it."""
    texts, reasons = read_texts({"reason": reason}, {"reason": REASON})
    return texts["reason"], reasons


def read_merge(merge: Merge, categories: Collection[str]) -> tuple[Merge, list[Reason]]:
    """The merge with its texts tidied, and everything that is wrong with it."""
    reason, reasons = read_reason(merge.reason)
    numbers = {one.number for one in merge.proposals}
    if not 1 < len(numbers) == len(merge.proposals) <= MOST_MERGED:
        detail = f"Name from 2 to {MOST_MERGED} different proposals."
        reasons.append(Reason("bad_number_of_proposals", detail, {"most": MOST_MERGED}, "proposals"))
    if (merge.keep is None) == (merge.new is None) or (merge.keep is not None and merge.keep not in numbers):
        reasons.append(Reason("keep_one_or_none", "Keep one of them, or write a new one.", {}, "keep"))
    new = merge.new
    if new is not None:
        texts, wrong = read_texts(msgspec.structs.asdict(new), _limits(*WORDS, "place", "proposer"))
        reasons += [_within(one, "new") for one in wrong]
        if new.category not in categories:
            reasons.append(Reason("unknown_category", "Choose one of the round's categories.", {}, "new.category"))
        new = msgspec.structs.replace(new, **texts)
    return msgspec.structs.replace(merge, reason=reason, new=new), reasons


def read_split(split: Split) -> tuple[Split, list[Reason]]:
    """The split with its texts tidied, and everything that is wrong with it."""
    reason, reasons = read_reason(split.reason)
    if not 1 < len(split.parts) <= MOST_PARTS:
        detail = f"A proposal is split into 2 to {MOST_PARTS}."
        reasons.append(Reason("bad_number_of_parts", detail, {"most": MOST_PARTS}, "parts"))
    parts = []
    for index, part in enumerate(split.parts):
        texts, wrong = read_texts({name: getattr(part, name) for name in WORDS}, _limits(*WORDS))
        lines, wrong_lines = read_lines(part.lines)
        if not lines:
            wrong_lines.append(Reason("bad_number_of_lines", "Give at least one line of costs.", {"lines": 0}, "lines"))
        reasons += [_within(one, f"parts.{index}") for one in (*wrong, *wrong_lines)]
        parts.append(msgspec.structs.replace(part, lines=lines, **texts))
    return msgspec.structs.replace(split, parts=parts, reason=reason), reasons


def _limits(*names: str) -> Mapping[str, Limit]:
    return {name: TEXTS[name] for name in names}


def _within(reason: Reason, field: str) -> Reason:
    return Reason(reason.code, reason.detail, reason.params, f"{field}.{reason.field}")
