"""Small elections for tests, and strategies that make them: few projects, round costs, many ties."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pbvote.tally import Ballot, Election, Project, VoteType

REAL = Path(__file__).parents[3] / "shared" / "data" / "pabulib"


def approvals(
    costs: Mapping[str, int], budget: int, ballots: Iterable[str | tuple[str, ...]], minor_units: int = 1
) -> Election:
    """An approval election; the ballot `"ab"` supports the projects a and b."""
    return Election.of(
        projects=[Project(name, cost) for name, cost in costs.items()],
        budget=budget,
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(tuple(ballot)) for ballot in ballots],
        minor_units=minor_units,
    )


def real_files() -> list[Path]:
    return sorted(REAL.glob("*.pb"))


needs_real_files = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real elections are not in {REAL}")

COSTS = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 10, 12, 60])


@st.composite
def elections(draw: st.DrawFn, vote_type: VoteType = VoteType.APPROVAL) -> Election:
    """Up to six projects and a dozen voters, blank ballots, zero costs and costs above the budget included."""
    names = "abcdef"[: draw(st.integers(1, 6))]
    ballots = []
    for chosen in draw(st.lists(st.lists(st.sampled_from(names), max_size=6), max_size=12)):
        points = draw(st.lists(st.integers(-1, 4), min_size=len(chosen), max_size=len(chosen)))
        ballots.append(Ballot(tuple(chosen), tuple(points) if vote_type.has_points else ()))
    return Election.of(
        projects=[Project(name, draw(COSTS)) for name in names],
        budget=draw(st.integers(0, 40)),
        vote_type=vote_type,
        ballots=ballots,
        minor_units=1,
    )
