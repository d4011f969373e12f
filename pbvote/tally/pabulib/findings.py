"""What is not as the Pabulib format has it (pabulib.org/format), although the file can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pbvote.tally.election import VoteType
from pbvote.tally.pabulib.cells import is_missing, shown
from pbvote.tally.pabulib.file import OBLIGATORY, PabulibFile
from pbvote.tally.pabulib.published import RULES, selected
from pbvote.tally.pabulib.tables import plain

LIMITS = ("length", "sum_cost", "points", "sum_points", "project_cost", "length_per_category", "sum_cost_per_category")
KNOWN = frozenset(
    {
        *OBLIGATORY,
        *(f"{end}_{key}" for end in ("min", "max") for key in LIMITS),
        *("subunit", "district", "edition", "language", "currency", "fully_funded", "experimental", "comment"),
        *("acknowledgments", "min_project_score_threshold", "neighborhoods", "subdistricts", "categories"),
        *("leftover_budget", "budget_per_category", "budget_per_neighborhood", "scoring_fn", "default_score"),
    }
)
_DATE = re.compile(r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}|\d{4}", re.ASCII)
FORMS = {
    "date_begin": (_DATE, "a day such as 31.12.2026, or a year"),
    "date_end": (_DATE, "a day such as 31.12.2026, or a year"),
    "language": (re.compile(r"[a-z]{2}"), "two small letters of ISO 639-1"),
    "currency": (re.compile(r"[A-Z]{3}"), "three capitals of ISO 4217"),
    "fully_funded": (re.compile("1"), "1, or no such key"),
    "experimental": (re.compile("1"), "1, or no such key"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at a line (0: none), and what reading makes of it or what the format has instead.

    `kind` is one of `Kind` for what lenient reading mends, else `missing-key`, `unknown-key`, `form`, `unknown-rule`,
    `no-totals` or `selected`. `times` is more than 1 where one finding stands for others that are not listed.
    """

    kind: str
    line: int
    found: str
    done: str
    times: int = 1


def findings_of(file: PabulibFile) -> tuple[Finding, ...]:
    """Everything that is not as it should be, by line; what is only counted comes last."""
    mended = (Finding(one.kind, one.line, one.found, one.done, one.times) for one in file.mended)
    found = [*mended, *_of_keys(file), *_of_forms(file), *_of_projects(file)]
    return tuple(sorted(found, key=lambda one: (one.times > 1, one.line)))


def _of_keys(file: PabulibFile) -> Iterator[Finding]:
    needed = [*OBLIGATORY, *(["max_sum_points"] if file.election.vote_type is VoteType.CUMULATIVE else [])]
    mended = {one.found for one in file.mended}
    for key in needed:
        if is_missing(file.meta.get(key, "")) and f"META says no {key}" not in mended:
            yield Finding("missing-key", file.lines.get(key, 0), f"META says no {key}", "not needed for counting")
    for key in file.meta:
        if key not in KNOWN:
            alike = f"; {plain(key)} is one" if plain(key) in KNOWN else ""
            yield Finding("unknown-key", file.lines[key], f"META says {shown(key)}", f"no key of the format{alike}")


def _of_forms(file: PabulibFile) -> Iterator[Finding]:
    for key, (form, expected) in FORMS.items():
        value = file.meta.get(key, "")
        if not is_missing(value) and not form.fullmatch(value):
            yield Finding("form", file.lines[key], f"{key} is {shown(value)}", f"the format has {expected}")
    rule = file.meta.get("rule", "")
    if not is_missing(rule) and rule not in RULES:
        yield Finding(
            "unknown-rule", file.lines["rule"], f"rule is {shown(rule)}", f"one of {', '.join(sorted(RULES))}"
        )


def _of_projects(file: PabulibFile) -> Iterator[Finding]:
    first = min(file.project_lines.values(), default=0)
    if file.stated and not any(file.stated.values()):
        yield Finding("no-totals", first - 1, "PROJECTS has neither votes nor score", "the format has one of them")
    for project, cell in selected(file).items():
        if cell not in {"0", "1", "2", "3"}:
            found = f"selected of project {shown(project)} is {shown(cell)}"
            yield Finding("selected", file.project_lines[project], found, "the format has 0, 1, 2 or 3")
