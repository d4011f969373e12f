"""Counting a file again by the rule that it names, and comparing with the projects that it says were selected."""

from __future__ import annotations

from dataclasses import dataclass

from pbvote.tally.count import tally
from pbvote.tally.pabulib.file import PabulibFile
from pbvote.tally.pabulib.published import Parameters, published_count, selected
from pbvote.tally.rules import ParameterError


@dataclass(frozen=True)
class CountedAgain:
    """What counting again gave. Projects by id, in ballot order.

    `reproduced` says whether the published result came out; `None` if the file does not say what was selected.
    `only_funded` were funded here and not selected, `only_selected` the other way round; `explained` are those of which
    META's comment tells (`selected` is 2 or 3), which are not compared. `problem` says why it could not be counted.
    """

    rule: str
    parameters: Parameters
    reproduced: bool | None
    funded: tuple[str, ...] = ()
    only_funded: tuple[str, ...] = ()
    only_selected: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    problem: str = ""


def counted_again(file: PabulibFile) -> CountedAgain | None:
    """Count by each way that the rule's name may stand for until one gives what was published.

    If none does, it is the first way. `None` if META names no rule that we have.
    """
    count = published_count(file)
    if count is None:
        return None
    first: CountedAgain | None = None
    for parameters in (count.parameters, *count.others):
        try:
            outcome = tally(count.election, count.rule, parameters)
        except ParameterError as error:
            return CountedAgain(count.rule, parameters, None, problem=str(error))
        found = _compared(file, count.rule, parameters, frozenset(outcome.funded))
        if found.reproduced is not False:
            return found
        first = first or found
    return first


def _compared(file: PabulibFile, rule: str, parameters: Parameters, funded: frozenset[str]) -> CountedAgain:
    cells = selected(file)
    ids = [project.id for project in file.election.projects]
    explained = {project for project, cell in cells.items() if cell not in {"0", "1"}}
    won = {project for project, cell in cells.items() if cell == "1"}
    only_funded = tuple(project for project in ids if project in funded - won - explained) if cells else ()
    only_selected = tuple(project for project in ids if project in won - funded)
    return CountedAgain(
        rule=rule,
        parameters=parameters,
        reproduced=not only_funded and not only_selected if cells else None,
        funded=tuple(project for project in ids if project in funded),
        only_funded=only_funded,
        only_selected=only_selected,
        explained=tuple(project for project in ids if project in explained),
    )
