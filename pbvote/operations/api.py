"""How the installation is, over HTTP: for monitoring, for load balancers, and for an administrator's page."""

from __future__ import annotations

import hmac
import ipaddress
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from pbvote import __version__
from pbvote.accounts.roles import Actor
from pbvote.errors import NotAllowed
from pbvote.metrics import was_measured
from pbvote.operations.gathering import text_of, values_of
from pbvote.operations.measuring import measure
from pbvote.operations.status import Figures, Minute, Sign, Trend, signs
from pbvote.settings import LOOPBACK, Settings
from pbvote.web.access import ADMINISTRATOR, PUBLIC, Access
from pbvote.web.caching import not_kept

AnyRequest = Request[Any, Any, Any]

MONITORING = Access("monitoring", signed_in=False)
# What proxies say of whom they speak for. One that says nothing of the kind is why a public address needs the token.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

# What the page shows, by the names of metrics without their prefix.
FIGURES = (
    *("casts_waiting", "casts_waiting_most", "waiting_ballots", "log_leaves", "connections", "workers", "leader"),
    *("resident_memory_bytes", "database_bytes", "disk_free_bytes", "disk_reserve_bytes", "outbox_messages"),
    *("follow_queue", "rounds_held", "sign_ins", "drafts", "picture_bytes", "audit_events", "limiter_buckets"),
    *("cache_entries", "cache_bytes", "pool_connections_in_use"),
)
TIMES = {
    "clock": "clock_last_pass",
    "batch": "log_last_batch",
    "backup": "backup_last_success",
    "measured": "measured",
}
MOST_FAILURES = 10


class MonitoringOnly(NotAllowed):
    """What is measured is for the monitoring of this installation."""

    title = "For monitoring only"


class ReadyOut(msgspec.Struct, frozen=True):
    """That this process can take votes."""

    status: str


class SignOut(msgspec.Struct, frozen=True):
    """Something to know: `level` is `look` or `wrong`. The page has words for the name."""

    name: str
    level: str
    params: dict[str, int]

    @classmethod
    def of(cls, sign: Sign) -> SignOut:
        """The sign as it is sent."""
        return cls(sign.name, sign.level, sign.params)


class FindingOut(msgspec.Struct, frozen=True):
    """What `pbvote doctor` found: a sentence, and what to do about it."""

    name: str
    level: str
    sentence: str
    remedy: str


class FailureOut(msgspec.Struct, frozen=True):
    """A kind of failure: how often since the server started, and when last."""

    kind: str
    count: int
    last_at: datetime | None


class MinuteOut(msgspec.Struct, frozen=True):
    """The last minute. `commit_ms`: 95 of 100 batches of votes were written within so much, None if there were none."""

    casts: int
    casts_refused: int
    turned_away: int
    errors: int
    commit_ms: int | None

    @classmethod
    def of(cls, minute: Minute) -> MinuteOut:
        """The minute as it is sent."""
        commit = None if minute.commit is None else round(minute.commit * 1000)
        return cls(minute.casts, minute.casts_refused, minute.turned_away, minute.errors, commit)


class StatusOut(msgspec.Struct, frozen=True):
    """How the installation is: what to know first, then figures by name; what tells of votes is in steps of five."""

    findings: list[FindingOut]
    signs: list[SignOut]
    minute: MinuteOut
    figures: dict[str, int]
    times: dict[str, datetime | None]
    failures: list[FailureOut]
    release: str
    schema: str
    database: str
    asked_at: datetime


@get("/metrics", guards=[MONITORING], include_in_schema=False)
async def metrics(request: AnyRequest) -> Response[bytes]:
    """The metrics of all processes, as text for Prometheus."""
    require_monitoring(request)
    text, media_type = text_of(values_of(request.app.state.get("board")), request.headers.get("accept", ""))
    return Response(text, media_type=media_type)


def require_monitoring(request: AnyRequest) -> None:
    """Raise MonitoringOnly unless the token is shown or, where there is none to show, this machine itself asks.

    Where people come from elsewhere, they come through a reverse proxy, often on this machine and not always one that
    says so. So without a token nothing is told if the installation's own address is a public one.
    """
    settings: Settings = request.app.state["settings"]
    if settings.metrics_token:
        shown = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(shown, f"Bearer {settings.metrics_token}".encode()):
            raise MonitoringOnly("Show the token of PBVOTE_METRICS_TOKEN: Authorization: Bearer TOKEN.")
        return
    hosts = (urlsplit(settings.base_url).hostname, _host(request))
    from_here = request.client is not None and _is_loopback(request.client.host)
    if not from_here or not all(map(_is_loopback, hosts)) or any(name in request.headers for name in FORWARDED):
        raise MonitoringOnly("Set PBVOTE_METRICS_TOKEN, and show it: Authorization: Bearer TOKEN.")


def _host(request: AnyRequest) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


def _is_loopback(host: str | None) -> bool:
    if not host or host in LOOPBACK:
        return bool(host)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@get("/api/ready", guards=[PUBLIC], opt=not_kept("it says how this process is now"))
async def ready(request: AnyRequest) -> ReadyOut:
    """For load balancers: this process can take votes now. Says why not otherwise."""
    await request.app.state["readiness"].require()
    return ReadyOut("ready")


@get("/api/status", guards=[ADMINISTRATOR])
async def status(request: AnyRequest, actor: NamedDependency[Actor]) -> StatusOut:
    """See whether the installation is well."""
    del actor  # whoever is an administrator
    state, at = request.app.state, time.time()
    if not was_measured():  # the server has just started
        await measure(state["database"], state["settings"].data_dir)
    figures = Figures.of(values_of(state.get("board")))
    trend: Trend = state["trend"]
    if trend.is_due(at):
        trend.note(figures, at)
    minute = trend.minute(figures, at)
    found = await state["checkup"].findings()
    return StatusOut(
        [FindingOut(one.name, one.level, one.sentence, one.remedy) for one in found],
        [SignOut.of(sign) for sign in signs(figures, minute, at)],
        MinuteOut.of(minute),
        {name: int(figures.total(f"pbvote_{name}")) for name in FIGURES} | {"loop_lag_ms": _loop_lag(figures)},
        {name: _moment(figures.total(f"pbvote_{metric}_timestamp_seconds")) for name, metric in TIMES.items()},
        _failures(figures),
        __version__,
        max(figures.by("pbvote_release_info", "schema"), default=""),
        "SQLite" if state["settings"].embedded else "PostgreSQL",
        datetime.fromtimestamp(at, UTC),
    )


def _loop_lag(figures: Figures) -> int:
    return round(figures.total("pbvote_event_loop_lag_seconds") * 1000)


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _failures(figures: Figures) -> list[FailureOut]:
    """The kinds of failures, the last one first."""
    last = figures.by("pbvote_failure_last_timestamp_seconds", "kind")
    counts = figures.by("pbvote_failures_total", "kind")
    kinds = sorted(counts, key=lambda kind: (-last.get(kind, 0.0), kind))[:MOST_FAILURES]
    return [FailureOut(kind, int(counts[kind]), _moment(last.get(kind, 0.0))) for kind in kinds]


handlers = [metrics, ready, status]
