"""The cells of one vote as a ballot, each distinct text read once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pbvote.tally.election import Ballot, VoteType
from pbvote.tally.pabulib.cells import Limits, is_missing, list_of, shown, whole_of
from pbvote.tally.pabulib.source import Source


class BallotCells:
    """Reads `vote` and `points` cells. Blank votes keep to no limits; a project listed twice counts once."""

    def __init__(self, vote_type: VoteType, costs: Mapping[str, Decimal], limits: Limits, default_score: int) -> None:
        self.vote_type = vote_type
        self._costs = costs
        self._limits = limits
        self._default_score = default_score
        self._known: dict[tuple[str, str], Ballot] = {}

    def ballot(self, vote: str, points: str, source: Source) -> Ballot:
        """The ballot that the cells hold. Raises `PabulibError` at the source's line."""
        known = self._known.get((vote, points))
        if known is None:
            known = self._known[vote, points] = self._read(vote, points, source)
        return known

    def _read(self, vote: str, points: str, source: Source) -> Ballot:
        listed = [vote.strip()] if vote.strip() in self._costs else list_of(vote, "vote", source)
        for name in listed:
            if name not in self._costs:
                raise source.error(f"vote lists {shown(name)}", "the id of a project in PROJECTS")
        chosen = list(dict.fromkeys(listed))
        if chosen:
            self._limits.check("length", len(chosen), "the number of projects voted for is", source)
            cost = sum((self._costs[name] for name in chosen), Decimal(0))
            self._limits.check("sum_cost", cost, "the projects voted for cost", source)
        if self.vote_type is VoteType.CHOOSE_1 and len(chosen) > 1:
            raise source.error(f"vote lists {len(chosen)} projects", "one, for vote_type is choose-1")
        if not self.vote_type.has_points:
            return Ballot(tuple(chosen))
        given = self._points(listed, points, source)
        if self._default_score:
            given |= {name: self._default_score for name in self._costs if name not in given}
        return Ballot(tuple(given), tuple(given.values()))

    def _points(self, listed: list[str], points: str, source: Source) -> dict[str, int]:
        """What each listed project is given, by id."""
        texts = [] if is_missing(points) else points.split(",")
        if len(texts) != len(listed):
            raise source.error(f"{len(texts)} points for {len(listed)} projects", "as many points as projects")
        given: dict[str, int] = {}
        for name, text in zip(listed, texts, strict=True):
            value = whole_of(text, f"points of {shown(name)}", source)
            self._limits.check("points", value, f"the points of {shown(name)} are", source)
            given.setdefault(name, value)
        if given:
            self._limits.check("sum_points", sum(given.values()), "the points of a ballot add up to", source)
        return given
