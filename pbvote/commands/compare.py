"""`pbvote compare`: count a Pabulib file by every rule, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rich_click as click
from rich.console import Console

from pbvote.commands.compare_html import comparison_page
from pbvote.commands.compare_text import print_comparison
from pbvote.commands.html_page import Source
from pbvote.commands.reading import read_file, tell_what_was_mended, title_of
from pbvote.commands.rule_options import conditions_option, read_conditions, tie_order
from pbvote.tally import DEFAULT_TIES, ConditionError, PabulibError, ParameterError
from pbvote.tally.comparison_json import comparison_to_json
from pbvote.tally.side_by_side import Contestant, compare, contestants


@click.command("compare")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rules", metavar="RULES", help="Which rules, with commas between; by default all that decide money.")
@click.option("--ties", default=str(DEFAULT_TIES), show_default=True, help="What breaks ties, in order; also lot:SEED.")
@conditions_option
@click.option("--lenient", is_flag=True, help="Mend what can be mended in the file without guessing.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
def command(
    file: Path, rules: str | None, ties: str, form: str, *, conditions_file: Path | None, lenient: bool
) -> None:
    """Count FILE, an election in the Pabulib format, by every rule, and show the outcomes side by side.

    A rule that cannot count the ballots or honour a condition is left out, with the reason. Exit code 2 with one line
    on standard error: a file cannot be read, a condition does not fit it, or there is no such rule.
    """
    try:
        read = read_file(file, lenient=lenient)
        tell_what_was_mended(read, file)
        conditions = read_conditions(conditions_file, read.election.minor_units)
        with _turns() as tell:
            asked, order = _asked(rules), tie_order(ties)
            found = compare(read.election, asked, ties=order, conditions=conditions, progress=tell)
    except (PabulibError, ParameterError, ConditionError) as error:
        click.echo(f"pbvote: {error}", err=True)
        sys.exit(2)
    match form:
        case "json":
            click.echo(json.dumps(comparison_to_json(found), ensure_ascii=False, indent=1))
        case "html":
            click.echo(comparison_page(found, title_of(read, file), Source.of(file)), nl=False)
        case _:
            print_comparison(found, title_of(read, file))


def _asked(rules: str | None) -> list[Contestant]:
    """The contestants that were named. Raises ParameterError."""
    known = {contestant.label: contestant for contestant in contestants()}
    labels = known if rules is None else list(dict.fromkeys(label.strip() for label in rules.split(",")))
    for label in labels:
        if label not in known:
            raise ParameterError("rules", f"{label!r} is not known; expected {', '.join(known)}")
    return [known[label] for label in labels]


@contextmanager
def _turns() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which rule is counting."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda label: None  # noqa: ARG005  nobody looks
        return
    with console.status("Counting") as status:
        yield lambda label: status.update(f"Counting by {label}")
