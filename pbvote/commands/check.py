"""`pbvote check`: report on a Pabulib file: its format, its election, and whether its result can be reproduced."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from pbvote.commands.check_text import print_report
from pbvote.commands.reading import read_file
from pbvote.tally import PabulibError, PabulibFile
from pbvote.tally.money import amount
from pbvote.tally.pabulib.again import CountedAgain, counted_again
from pbvote.tally.pabulib.figures import figures_of
from pbvote.tally.pabulib.findings import Finding, findings_of


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lenient", is_flag=True, help="Content with a file that can be read after mending.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(file: Path, form: str, *, lenient: bool) -> None:
    """Report on FILE: whether it is a proper Pabulib file, what election is in it, and whether its result comes out.

    Exit code 0: nothing to report. 1: it can be read, and something was found. 2: it cannot be read; with --lenient,
    not even after mending.
    """
    try:
        read = read_file(file, lenient=True)
    except PabulibError as error:
        if form == "json":
            click.echo(_json({"file": file.name, "readable": "no", "error": str(error)}))
        else:
            click.echo(f"pbvote: {error}", err=True)
        sys.exit(2)
    problem = _strictly(file) if read.mended else ""
    findings, again = findings_of(read), counted_again(read)
    if form == "json":
        click.echo(_json(_report(file, read, problem, findings, again)))
    else:
        print_report(file, read, problem, findings, again)
    if problem and not lenient:
        sys.exit(2)
    sys.exit(1 if findings or (again and (again.problem or again.reproduced is False)) else 0)


def _strictly(file: Path) -> str:
    """Why the file cannot be read strictly; nothing if it can."""
    try:
        read_file(file)
    except PabulibError as error:
        return str(error)
    return ""


def _report(
    file: Path, read: PabulibFile, problem: str, findings: tuple[Finding, ...], again: CountedAgain | None
) -> dict[str, Any]:
    election, figures = read.election, figures_of(read.election)
    return {
        "file": file.name,
        "readable": "leniently" if problem else "strictly",
        "error": problem,
        "election": {
            **{key: read.meta.get(key, "") for key in ("description", "country", "unit", "instance", "rule")},
            "vote_type": election.vote_type.value,
            "currency": election.currency,
            "num_projects": len(election.projects),
            "num_voters": election.voters,
            "budget": amount(election.budget, election.minor_units),
            "cost_of_all": amount(sum(election.costs), election.minor_units),
            **asdict(figures),
        },
        "findings": [asdict(finding) for finding in findings],
        "result": asdict(again) if again else None,
    }


def _json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=1)
