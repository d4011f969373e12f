"""What a file says about its result: the rule that was used, as one of ours, and the projects that were selected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pbvote.tally.arrays import np
from pbvote.tally.election import Election, VoteType
from pbvote.tally.pabulib.file import PabulibFile

Parameters = Mapping[str, str | int | bool]

GREEDY: Mapping[str, Parameters] = {"greedy": {}, "greedy-no-skip": {"skip": False}, "greedy-threshold": {}}
EQUAL_SHARES: Mapping[str, Parameters] = {
    "equalshares": {},
    "equalshares-comparison": {"comparison": True},
    "equalshares/add1": {"completion": "add1"},
    "equalshares/add1-comparison": {"completion": "add1", "comparison": True},
}
RULES = frozenset({*GREEDY, *EQUAL_SHARES, "greedy-exclusive", "greedy-custom", "unknown"})


@dataclass(frozen=True)
class PublishedCount:
    """How to count the election so that its published result comes out: `tally(election, rule, parameters)`.

    `election` is the file's, with rankings as the points that cities give for them. Where a name of Pabulib's may stand
    for more than one way to count, `others` are the parameters of the further ways.
    """

    election: Election
    rule: str
    parameters: Parameters
    others: tuple[Parameters, ...] = field(default=())


def published_count(file: PabulibFile) -> PublishedCount | None:
    """The rule that META names as one of ours; `None` if it names none, or one that only words describe.

    Cities count points and scores by their sums; on rankings the last of a ballot gets one point, the one before two,
    and so on. `greedy-threshold` goes by META's `min_project_score_threshold`. Equal Shares with Add1 stops raising the
    shares when no other project fits, or (`others`) goes on until the budget would be overspent.
    """
    name = file.meta.get("rule", "").strip().casefold()
    election = in_points(file.election)
    if name in GREEDY:
        parameters = {"utility": "points" if election.vote_type.has_points else "votes", **GREEDY[name]}
        threshold = _threshold(file) if name == "greedy-threshold" else 0
        return PublishedCount(election, "greedy", {**parameters, "threshold": threshold} if threshold else parameters)
    if name in EQUAL_SHARES:
        parameters = {"utility": "points" if election.vote_type.has_points else "cost", **EQUAL_SHARES[name]}
        others = ({**parameters, "stop_when_exhaustive": False},) if "completion" in parameters else ()
        return PublishedCount(election, "equal-shares", parameters, others)
    return None


def selected(file: PabulibFile) -> Mapping[str, str]:
    """The `selected` cell of each project that has one: 1 selected, 0 not, 2 and 3 as a comment in META explains."""
    cells = {project: columns.get("selected", "").strip() for project, columns in file.details.items()}
    return {project: cell.removesuffix(".0") for project, cell in cells.items() if cell not in {"", "None"}}


def in_points(election: Election) -> Election:
    """Rankings as points: 1 for the last of a ballot, 2 for the one before. Other elections stay as they are."""
    if election.vote_type is not VoteType.ORDINAL:
        return election
    profile = election.profile
    place = np.arange(len(profile.projects)) - np.repeat(profile.starts[:-1], profile.lengths)
    points = np.repeat(profile.lengths, profile.lengths) - place
    return replace(election, vote_type=VoteType.CUMULATIVE, profile=replace(profile, points=points))


def _threshold(file: PabulibFile) -> int:
    """META's threshold in whole votes or points: as a score is whole, a fraction more is one more."""
    text = file.meta.get("min_project_score_threshold", "").strip()
    whole, _, fraction = text.partition(".")
    if not whole.isdecimal() or (fraction and not fraction.isdecimal()):
        return 0
    return int(whole) + bool(fraction.strip("0"))
