"""Which proposals resemble what somebody is about to put forward, by the words of titles and summaries. Pure.

Words count by how rare they are among the proposals that are compared, and more in a title than in a summary. A word is
known in its singular and its plural.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pbvote.plain_text import fold

MOST_SHOWN = 5
MOST_WORDS = 12
LEAST_LIKENESS = 0.34  # of one, where the same words in the title are one
SHORTEST = 3
STEM = 4  # the fewest letters of a word that an ending is taken from
_IN_TITLE = 1.0
_IN_SUMMARY = 0.5
_COMMON = (
    "the and for with from into that this our new more all are was will would can could they them there their have has"
    " near next area local community people residents help make made project please also than then over under about"
)
COMMON = frozenset(_COMMON.split())
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Titled:
    """What is compared of a proposal, under its number."""

    number: int
    title: str
    summary: str


def words_of(text: str) -> list[str]:
    """The telling words of a text, each once, in their order: folded, without common ones, in the singular."""
    found = (_singular(word) for word in _WORD.findall(fold(text)) if len(word) >= SHORTEST and word not in COMMON)
    return list(dict.fromkeys(found))


def rank(title: str, summary: str, others: Sequence[Titled]) -> list[int]:
    """The numbers of the proposals that resemble this one, the most alike first, at most a few."""
    wanted = _weights(title, summary)
    if not wanted:
        return []
    compared = {other.number: _weights(other.title, other.summary) for other in others}
    rarity = _rarity(wanted, compared.values())
    scored = [(_likeness(wanted, weights, rarity), -number) for number, weights in compared.items()]
    return [-number for score, number in sorted(scored, reverse=True)[:MOST_SHOWN] if score >= LEAST_LIKENESS]


def _weights(title: str, summary: str) -> dict[str, float]:
    return dict.fromkeys(words_of(summary), _IN_SUMMARY) | dict.fromkeys(words_of(title), _IN_TITLE)


def _rarity(wanted: Collection[str], compared: Collection[Mapping[str, float]]) -> dict[str, float]:
    """How much each wanted word tells: the fewer proposals have it, the more."""
    having = Counter(word for weights in compared for word in weights.keys() & wanted)
    return {word: 1 + math.log((1 + len(compared)) / (1 + having[word])) for word in wanted}


def _likeness(wanted: Mapping[str, float], other: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    """The share of the wanted words' weight that the other has too, from 0 to 1."""
    shared = sum(min(weight, other[word]) * rarity[word] for word, weight in wanted.items() if word in other)
    return shared / sum(weight * rarity[word] for word, weight in wanted.items())


def _singular(word: str) -> str:
    if len(word) < STEM or word.endswith("ss") or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    stem = word.removesuffix("es")
    return stem if stem.endswith(("ch", "sh", "x", "ss", "z")) else word.removesuffix("s")
