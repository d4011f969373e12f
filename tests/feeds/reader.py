"""A strict reader of iCalendar (RFC 5545), written for the tests: anything that is not as it should be is an error."""

from __future__ import annotations

import re

NAME = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^:;,\"]+)*):(.*)", re.DOTALL)
INSTANT = re.compile(r"\d{8}T\d{6}Z")
ONCE = {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "SEQUENCE", "LAST-MODIFIED", "CREATED", "URL", "STATUS"}
TEXTS = {"SUMMARY", "DESCRIPTION", "CATEGORIES", "NAME", "X-WR-CALNAME"}
ESCAPED = re.compile(r"\\(.)", re.DOTALL)

Properties = dict[str, str]


def read_calendar(content: bytes) -> tuple[Properties, list[Properties]]:
    """The calendar's own properties and those of each event, with texts as they were before they were escaped."""
    lines = unfolded(content)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    own: Properties = {}
    events: list[Properties] = []
    open_: list[str] = []
    for line in lines[1:-1]:
        name, value = read_line(line)
        if name == "BEGIN":
            open_.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert open_.pop() == value
        elif open_ in ([], ["VEVENT"]):
            properties = events[-1] if open_ else own
            assert name not in properties, f"{name} twice"
            properties[name] = value
    assert open_ == []
    assert (own["VERSION"], own["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert "PRODID" in own
    for event in events:
        assert event.keys() >= ONCE
        assert all(INSTANT.fullmatch(event[name]) for name in ("DTSTAMP", "DTSTART", "LAST-MODIFIED", "CREATED"))
        assert event["SEQUENCE"].isdigit()
        assert event["STATUS"] in {"CONFIRMED", "CANCELLED"}
    assert len({event["UID"] for event in events}) == len(events)
    assert events or "BEGIN:VTIMEZONE" in lines, "a calendar needs a component"
    return own, events


def unfolded(content: bytes) -> list[str]:
    """Content lines: each ends with CR LF, and none has more than 75 octets on one physical line."""
    assert content.endswith(b"\r\n")
    physical = content[:-2].split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in physical)
    assert not any(b"\r" in line or b"\n" in line for line in physical)
    for line in physical:
        line.decode()  # no character is taken apart
    return b"\n".join(physical).replace(b"\n ", b"").decode().split("\n")


def read_line(line: str) -> tuple[str, str]:
    found = NAME.fullmatch(line)
    assert found, line
    name, _, value = found.groups()
    if name not in TEXTS:
        return name, value
    assert re.fullmatch(r"(?:[^\\;,\x00-\x1f]|\\[\\;,nN])*", value), line
    return name, ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
