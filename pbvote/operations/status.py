"""How the installation is, for the operator's page: figures, the last minute, and what they say in plain words.

Everything comes from the metrics as they may be told, so an administrator who watches the page sees no more of single
votes arriving than anybody in the hall.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from pbvote.operations.checks.finding import Finding
from pbvote.operations.gathering import Family, Labels

NOTED_EVERY = 10.0  # seconds
MINUTE = 60.0
CHECKED_EVERY = 30.0
SHARE = 0.95  # of commits that were as fast as is told, or faster
CLOCK_LATE = 60.0  # seconds
SLOW_COMMIT, SLOW_LOOP = 1.0, 0.5  # seconds


Findings = Callable[[], Awaitable[list[Finding]]]


async def nothing_found() -> list[Finding]:
    """No doctor, no findings."""
    return []


@dataclass(slots=True)
class Checkup:
    """What the doctor found last, looked for anew after a while: looking takes longer than a page should."""

    look: Findings = nothing_found
    at: float = float("-inf")
    found: list[Finding] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def findings(self) -> list[Finding]:
        """All but what is good, the worst first."""
        async with self.turn:
            if monotonic() - self.at > CHECKED_EVERY:
                found = await self.look()
                self.found = sorted((one for one in found if one.level != "good"), key=lambda one: one.level != "wrong")
                self.at = monotonic()
        return self.found


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that the figures say. `level` is `good`, `look` or `wrong`; the page has the words for the name."""

    name: str
    level: str
    params: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Minute:
    """The last minute, as far as it was watched. `commit` is None where nothing was written."""

    casts: int = 0
    casts_refused: int = 0
    turned_away: int = 0
    errors: int = 0
    failures: int = 0
    replaced: int = 0
    commit: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Every sample by its name and labels."""

    values: Mapping[tuple[str, Labels], float]

    @classmethod
    def of(cls, families: Iterable[Family]) -> Figures:
        """The samples of all families."""
        return cls({key: value for family in families for key, value in family.values.items()})

    def total(self, name: str, **labels: str) -> float:
        """What the samples of that name and with these labels add up to."""
        wanted = set(labels.items())
        return sum(value for (own, found), value in self.values.items() if own == name and wanted <= set(found))

    def by(self, name: str, label: str) -> dict[str, float]:
        """The samples of a name by one of their labels."""
        found: dict[str, float] = {}
        for (own, labels), value in self.values.items():
            if own == name:
                key = dict(labels)[label]
                found[key] = found.get(key, 0.0) + value
        return found


@dataclass(frozen=True, slots=True)
class Moment:
    """What was counted at a time. `commits` are how many took at most so many seconds, by the seconds as text."""

    at: float
    stored: float
    casts: float
    turned_away: float
    errors: float
    failures: float
    replaced: float
    commits: Mapping[str, float]

    @classmethod
    def of(cls, figures: Figures, at: float) -> Moment:
        """What the figures count."""
        return cls(
            at,
            figures.total("pbvote_casts_total", outcome="stored"),
            figures.total("pbvote_casts_total"),
            figures.total("pbvote_refused_for_pressure_total"),
            figures.total("pbvote_requests_total", status="5xx"),
            figures.total("pbvote_failures_total"),
            figures.total("pbvote_workers_replaced_total"),
            figures.by("pbvote_cast_commit_seconds_bucket", "le"),
        )


@dataclass(slots=True)
class Trend:
    """What was counted over the last minute, noted every few seconds."""

    moments: deque[Moment] = field(default_factory=lambda: deque(maxlen=int(MINUTE / NOTED_EVERY) + 1))

    def is_due(self, at: float) -> bool:
        """Whether the last time was more than a moment ago."""
        return not self.moments or at - self.moments[-1].at >= NOTED_EVERY

    def note(self, figures: Figures, at: float) -> None:
        """Remember what is counted now."""
        self.moments.append(Moment.of(figures, at))

    def minute(self, figures: Figures, at: float) -> Minute:
        """What happened since the oldest moment that is remembered, which is a minute ago or less."""
        recent = [moment for moment in self.moments if at - moment.at <= MINUTE + NOTED_EVERY]
        if not recent:
            return Minute()
        then, now = recent[0], Moment.of(figures, at)
        casts = _more(now.stored, then.stored)
        return Minute(
            casts,
            max(0, _more(now.casts, then.casts) - casts),
            _more(now.turned_away, then.turned_away),
            _more(now.errors, then.errors),
            _more(now.failures, then.failures),
            _more(now.replaced, then.replaced),
            _slowest({le: count - then.commits.get(le, 0.0) for le, count in now.commits.items()}),
        )


def _more(now: float, then: float) -> int:
    return max(0, round(now - then))


def _slowest(commits: Mapping[str, float]) -> float | None:
    """Seconds within which 95 of 100 commits were done, as far as the buckets tell."""
    counted = sorted((float(le), count) for le, count in commits.items())
    if not counted or counted[-1][1] <= 0:
        return None
    found = next(le for le, count in counted if count >= SHARE * counted[-1][1])
    return found if math.isfinite(found) else counted[-2][0]


def signs(figures: Figures, minute: Minute, at: float) -> list[Sign]:
    """What only the figures say, the worst first; what the doctor finds is not said twice."""
    waiting, most = figures.total("pbvote_casts_waiting"), figures.total("pbvote_casts_waiting_most")
    clock = figures.total("pbvote_clock_last_pass_timestamp_seconds")
    late = int(at - clock) if clock else 0
    possible = [
        (late > CLOCK_LATE, Sign("clock_stands", "wrong", {"count": late // 60 or 1})),
        (bool(most) and waiting >= most, Sign("casts_full", "wrong")),
        (bool(most) and most / 2 <= waiting < most, Sign("casts_pile_up", "look", {"count": int(waiting)})),
        (minute.turned_away > 0, Sign("turned_away", "look", {"count": minute.turned_away})),
        (minute.errors > 0, Sign("errors", "look", {"count": minute.errors})),
        (minute.replaced > 0, Sign("workers_died", "look", {"count": minute.replaced})),
        (minute.commit is not None and minute.commit > SLOW_COMMIT, Sign("commits_slow", "look")),
        (figures.total("pbvote_event_loop_lag_seconds") > SLOW_LOOP, Sign("process_busy", "look")),
    ]
    return sorted((sign for true, sign in possible if true), key=lambda sign: sign.level != "wrong")
