"""The cells of one vote as a ballot, each distinct text read once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pbvote.tally.election import Ballot, VoteType
from pbvote.tally.pabulib.cells import is_missing, list_of, shown, whole_of
from pbvote.tally.pabulib.limits import Limits
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source

REMEMBERED = 20_000  # distinct texts


class BallotCells:
    """Reads `vote` and `points` cells. Blank votes keep to no limits; a project listed twice counts once.

    Where META has a default score, a project that is given just that counts as not listed.
    """

    def __init__(self, vote_type: VoteType, costs: Mapping[str, Decimal], limits: Limits, default_score: int) -> None:
        self.vote_type = vote_type
        self.costs = costs
        self.limits = limits
        self.default_score = default_score
        self._known: dict[tuple[str, str], Ballot] = {}
        self._spellings: dict[str, list[str]] = {}

    def ballot(self, vote: str, points: str, source: Source) -> Ballot:
        """The ballot that the cells hold. Raises `PabulibError` at the source's line."""
        known = self._known.get((vote, points))
        if known is None:
            mended = source.mends.times.total()
            known = self._read(vote, points, source)
            if source.mends.times.total() == mended:  # else the next such line has to be listed too
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[vote, points] = known
        return known

    def _read(self, vote: str, points: str, source: Source) -> Ballot:
        listed = [vote.strip()] if vote.strip() in self.costs else list_of(vote, "vote", source)
        texts = self._texts(vote, points, len(listed), source) if self.vote_type.has_points else [""] * len(listed)
        chosen: dict[str, str] = {}
        for name, text in zip(listed, texts, strict=True):
            project = name if name in self.costs else self._meant(name, source)
            if project in chosen:
                source.note(Kind.TWICE, f"vote lists {shown(name)} again", "counted once, where it stands first")
            elif project is not None:
                chosen[project] = text
        if not self.vote_type.has_points:
            self._check(chosen, source)
            return Ballot(tuple(chosen))
        return self._with_points(chosen, source)

    def _texts(self, vote: str, points: str, expected: int, source: Source) -> list[str]:
        """The texts of a `points` cell, as many as projects are listed."""
        texts = [] if is_missing(points) else [text.strip() for text in points.split(",")]
        if source.lenient and "" in texts:
            kept = _without_gaps(texts, [name.strip() for name in vote.split(",")])
            if len(kept) < len(texts):
                source.note(Kind.LIST, f"points {shown(points)} has an empty item", "left out")
            texts = kept
        if len(texts) != expected:
            raise source.error(f"{len(texts)} points for {expected} projects", "as many points as projects")
        return texts

    def _with_points(self, chosen: Mapping[str, str], source: Source) -> Ballot:
        given: dict[str, int] = {}
        for name, text in chosen.items():
            value = whole_of(text, f"points of {shown(name)}", source)
            self.limits.check("points", value, f"the points of {shown(name)} are", source)
            if not self.default_score or value != self.default_score:
                given[name] = value
        self._check(given, source)
        if given:
            self.limits.check("sum_points", sum(given.values()), "the points of a ballot add up to", source)
        if self.default_score:
            given |= {name: self.default_score for name in self.costs if name not in given}
        return Ballot(tuple(given), tuple(given.values()))

    def _check(self, chosen: Mapping[str, object], source: Source) -> None:
        if chosen:
            self.limits.check("length", len(chosen), "the number of projects voted for is", source)
        if chosen and self.limits.limit("sum_cost"):
            cost = sum((self.costs[name] for name in chosen), Decimal(0))
            self.limits.check("sum_cost", cost, "the projects voted for cost", source)
        if self.vote_type is VoteType.CHOOSE_1 and len(chosen) > 1:
            raise source.error(f"vote lists {len(chosen)} projects", "one, for vote_type is choose-1")

    def _meant(self, name: str, source: Source) -> str | None:
        """The one project whose id differs in capitals only; none if there is no such project. Strictly: an error."""
        if not self._spellings:
            for project in self.costs:
                self._spellings.setdefault(project.casefold(), []).append(project)
        alike = self._spellings.get(name.casefold(), [])
        found, expected = f"vote lists {shown(name)}", "the id of a project in PROJECTS"
        if len(alike) == 1:
            source.mend(Kind.SPELLING, found, expected, f"read as {shown(alike[0])}")
            return alike[0]
        source.mend(Kind.UNKNOWN_PROJECT, found, expected, "left out of the ballot")
        return None


def _without_gaps(texts: list[str], names: list[str]) -> list[str]:
    """The texts without empty ones at the end, and without those that stand beside an empty name."""
    while texts and not texts[-1]:
        texts = texts[:-1]
    while names and not names[-1]:
        names = names[:-1]
    if len(texts) == len(names) and all(bool(text) or not name for text, name in zip(texts, names, strict=True)):
        return [text for text, name in zip(texts, names, strict=True) if text or name]
    return texts
