"""What is counted and measured, by name, for whoever runs the installation: docs/operating.md lists every metric.

Others call the functions and never the metrics themselves, so that what may be told is decided here: nothing here knows
a person, a choice, a poll or a slug, and a route is named by its pattern. Values belong to one process;
`operations/gathering.py` adds up those of several. What tells how many have voted is told in steps of five (`SECRET`),
as on the screen in the hall (decision 0018).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry(auto_describe=False)
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
TRY_AGAIN = 503  # no mistake of ours, but too much to do
NO_ROUTE = "none"  # what was asked for is no route of ours


def _counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(f"pbvote_{name}", says, labels, registry=REGISTRY)


def _gauge(name: str, says: str, *labels: str) -> Gauge:
    return Gauge(f"pbvote_{name}", says, labels, registry=REGISTRY)


def _histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"pbvote_{name}", says, labels, buckets=buckets, registry=REGISTRY)


# Casting
CASTS = _counter("casts", "Casts answered, by what came of them: stored, or the code of the refusal.", "outcome")
CAST_BATCH_SIZE = _histogram("cast_batch_size", "Casts written in one transaction.", SIZES)
CAST_COMMIT_SECONDS = _histogram("cast_commit_seconds", "Seconds from a batch of casts to its commit.", SECONDS)
CASTS_WAITING = _gauge("casts_waiting", "Casts that wait to be written.")
CASTS_WAITING_MOST = _gauge("casts_waiting_most", "How many casts may wait before more are turned away.")

# Requests
REQUESTS = _counter(
    "requests",
    "Requests answered, by the route's pattern and the status: 2xx to 5xx, and 503 by itself.",
    "method",
    "route",
    "status",
)
REQUEST_SECONDS = _histogram("request_seconds", "Seconds to answer a request.", SECONDS, "method", "route")
IN_FLIGHT = _gauge("in_flight", "Requests under way, by kind.", "kind")
REFUSED = _counter("refused_for_pressure", "Requests turned away because too many were under way, by kind.", "kind")
HELD = _gauge("held_answers", "Answers to wrong codes that wait, because so many were given.")
CONNECTIONS = _gauge("connections", "Open connections.")
CONNECTIONS_CLOSED = _counter("connections_closed", "Connections closed by us, by reason.", "reason")
CACHE_ANSWERS = _counter("cache_answers", "Public answers, from the cache (hit) or made anew (miss).", "route", "found")
CACHE_ENTRIES = _gauge("cache_entries", "Public answers in the cache.")
CACHE_BYTES = _gauge("cache_bytes", "Bytes of the public answers in the cache.")
LIMITER_BUCKETS = _gauge("limiter_buckets", "Buckets of the limits by address.")

# Processes
WORKERS = _gauge("workers", "Processes that answer.")
LEADER = _gauge("leader", "Processes that do the background work: one, or none for a few seconds.")
WORKERS_REPLACED = _counter("workers_replaced", "Processes that died and were replaced.")
RESIDENT_BYTES = _gauge("resident_memory_bytes", "Memory in use, of all processes.")
LOOP_LAG_SECONDS = _gauge("event_loop_lag_seconds", "How late the event loop was, at worst in the last seconds.")
POOL_IN_USE = _gauge("pool_connections_in_use", "Connections to the database in use, by pool.", "pool")
LOG_LINES = _counter("log_lines", "Lines in the server's log, by level and part.", "level", "part")
FAILURES = _counter("failures", "Mistakes and failures in the server's log, by kind.", "kind")
FAILURE_LAST = _gauge("failure_last_timestamp_seconds", "When something of the kind failed last.", "kind")
RELEASE = _gauge("release_info", "1, with the release and the schema of the database.", "version", "schema")

# What grows
WAITING_BALLOTS = _gauge("waiting_ballots", "Ballots that wait to enter the public log, of all votes.")
LOG_LEAVES = _gauge("log_leaves", "Entries of the public logs of all votes.")
OUTBOX = _gauge("outbox_messages", "E-mails that wait to be sent.")
FOLLOW_QUEUE = _gauge("follow_queue", "News that wait to be told to followers.")
SIGN_INS = _gauge("sign_ins", "Sign-ins that are not over.")
DRAFTS = _gauge("drafts", "Drafts of proposals.")
PICTURE_BYTES = _gauge("picture_bytes", "Bytes of photos and documents.")
AUDIT_EVENTS = _gauge("audit_events", "Events in the audit log.")
TABLE_ROWS = _gauge("table_rows", "Rows of a table, as the database estimates them.", "table")
DATABASE_BYTES = _gauge("database_bytes", "Size of the database.")
DISK_FREE_BYTES = _gauge("disk_free_bytes", "Free space on the disk of the data folder.")
DISK_RESERVE_BYTES = _gauge("disk_reserve_bytes", "Space that the reserve file keeps for an emergency.")
ROUNDS_HELD = _gauge("rounds_held", "Rounds whose next phase is due and cannot begin.")

# When things were done last
CLOCK_PASS = _gauge("clock_last_pass_timestamp_seconds", "When the clock's task went round last.")
BATCH_ENTERED = _gauge("log_last_batch_timestamp_seconds", "When ballots entered a public log last.")
BACKUP_DONE = _gauge("backup_last_success_timestamp_seconds", "When a backup succeeded last; 0 for never.")
MEASURED = _gauge("measured_timestamp_seconds", "When what grows was measured last.")

# How the values of several processes become one; all others are added up.
LARGEST = frozenset(
    f"pbvote_{name}"
    for name in (
        *("event_loop_lag_seconds", "release_info", "waiting_ballots", "log_leaves", "outbox_messages", "follow_queue"),
        *("sign_ins", "drafts", "picture_bytes", "audit_events", "table_rows", "database_bytes", "disk_free_bytes"),
        *("disk_reserve_bytes", "rounds_held", "clock_last_pass_timestamp_seconds", "log_last_batch_timestamp_seconds"),
        *("failure_last_timestamp_seconds", "backup_last_success_timestamp_seconds", "measured_timestamp_seconds"),
    )
)

# What tells how many have voted, and so is told in steps of five and without sums.
STEP = 5
SECRET = frozenset({"pbvote_casts", "pbvote_cast_batch_size", "pbvote_cast_commit_seconds", "pbvote_casts_waiting"})
SECRET |= {"pbvote_waiting_ballots", "pbvote_outbox_messages"}  # the outbox holds a notice for each vote
SECRET_ROUTES = ("/api/polls/", "/{lang}/r/{round_slug}/plain")  # how their patterns begin
SECRET_KINDS = frozenset({"cast", "ballot"})  # of requests under way
SECRET_TABLES = frozenset({"slots", "waiting_ballots", "sealed_ballots", "cast_keys", "outbox"})


class _Answered(NamedTuple):
    """A route's counter and histogram, found once."""

    counted: Counter
    seconds: Histogram


_full = _measured = False
_answered: dict[tuple[str, str, str], _Answered] = {}


def tells_of_votes(family: str, labels: Mapping[str, str]) -> bool:
    """Whether a metric, with these labels, tells how many have voted."""
    return (
        family in SECRET
        or labels.get("route", "").startswith(SECRET_ROUTES)
        or labels.get("table", "") in SECRET_TABLES
        or (family == "pbvote_in_flight" and labels.get("kind") in SECRET_KINDS)
    )


def request_answered(method: str, route: str, status: int, seconds: float) -> None:
    """A request for a route, named by its pattern, was answered with that status after so many seconds."""
    shown = "503" if status == TRY_AGAIN else f"{status // 100}xx"
    key = (method, route, shown)
    found = _answered.get(key)
    if found is None:
        named = method if method in METHODS else "other"
        children = REQUESTS.labels(named, route, shown), REQUEST_SECONDS.labels(named, route)
        found = _answered[key] = _Answered(*children)
        if named == "other":
            del _answered[key]  # methods can be made up without end
    found.counted.inc()
    found.seconds.observe(seconds)


def cast_answered(outcome: str) -> None:
    """One cast was answered: `stored`, first, again and repeated alike, or the code of the error."""
    CASTS.labels(outcome).inc()


def batch_written(size: int, seconds: float) -> None:
    """One transaction with so many casts was committed; the time is from taking them up to the commit's end."""
    CAST_BATCH_SIZE.observe(size)
    CAST_COMMIT_SECONDS.observe(seconds)


def casts_wait(waiting: int, most: int) -> None:
    """So many casts wait now, of at most so many."""
    global _full  # noqa: PLW0603  # a value of the process, as all of these are
    CASTS_WAITING.set(waiting)
    CASTS_WAITING_MOST.set(most)
    _full = waiting >= most


def casts_are_full() -> bool:
    """Whether as many casts wait in this process as may."""
    return _full


def in_flight(kind: str, number: int) -> None:
    """So many requests of this kind are under way."""
    IN_FLIGHT.labels(kind).set(number)


def refused_for_pressure(kind: str) -> None:
    """A request of this kind was turned away with 503."""
    REFUSED.labels(kind).inc()


def answer_held(change: int) -> None:
    """One more answer to a wrong code waits (1), or one fewer (-1)."""
    HELD.inc(change)


def connections_open(number: int) -> None:
    """So many connections are open."""
    CONNECTIONS.set(number)


def connection_closed(reason: str) -> None:
    """We closed a connection: `slow headers`, `slow body`, `too many`, ..."""
    CONNECTIONS_CLOSED.labels(reason).inc()


def cache_answered(route: str, *, hit: bool) -> None:
    """A public route, named by its pattern, was answered from the cache or not."""
    CACHE_ANSWERS.labels(route, "hit" if hit else "miss").inc()


def cache_holds(entries: int, size: int) -> None:
    """The cache of public answers has so many entries of so many bytes together."""
    CACHE_ENTRIES.set(entries)
    CACHE_BYTES.set(size)


def leads(*, leading: bool) -> None:
    """Whether this process does the background work."""
    LEADER.set(int(leading))


def worker_replaced() -> None:
    """A process died and another one took its place."""
    WORKERS_REPLACED.inc()


def release_is(version: str, schema: str) -> None:
    """The release that runs, and the schema of its database."""
    RELEASE.clear()
    RELEASE.labels(version, schema).set(1)


def clock_passed() -> None:
    """The clock's task went round without a failure."""
    CLOCK_PASS.set(time.time())


def ballots_entered() -> None:
    """A batch of ballots entered a public log."""
    BATCH_ENTERED.set(time.time())


def measured() -> None:
    """What grows was measured."""
    global _measured  # noqa: PLW0603  # a value of the process, as all of these are
    _measured = True
    MEASURED.set(time.time())


def was_measured() -> bool:
    """Whether this process has measured what grows."""
    return _measured


def line_logged(level: str, part: str, kind: str) -> None:
    """A line was written to the server's log by a part; one that tells of a failure names the error's class."""
    LOG_LINES.labels(level, part).inc()
    if kind:
        failed(kind)


def failed(kind: str) -> None:
    """Something failed; the kind is an error's class, never its words."""
    FAILURES.labels(kind).inc()
    FAILURE_LAST.labels(kind).set(time.time())
