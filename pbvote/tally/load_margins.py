"""How close each project came under Phragmen's rule.

Until a project is funded it changes nothing for the others, so it would have been funded if, at some moment, its load
had been as low as that of the project whose turn it was, and the money had been there.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from pbvote.tally.draft import Draft
from pbvote.tally.loads import Loads
from pbvote.tally.outcome import Margins


class LoadMargins:
    """Finds the margins of all projects that could have been funded, as long as they are not."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def before(self, loads: Loads, load: Fraction, winner: int) -> None:
        """Look at what could have come before the winner, which has that load."""
        for project in self._others(winner):
            limit = load * self._draft.votes[project] - loads.carried(project)
            room, cost = self._room(project), floor(limit)
            if cost == limit and cost <= room and not self._draft.would_win_tie(project, winner, cost=cost):
                cost -= 1
            self._note_cost(project, min(cost, room), len(self._draft.steps) + 1)
            if self._cost(project) <= room:
                exact = (self._cost(project) + loads.carried(project)) / load - self._draft.votes[project]
                more = max(1, ceil(exact))
                more += more == exact and not self._draft.would_win_tie(project, winner, more=more)
                self._note_supporters(project, more)

    def before_stop(self, loads: Loads, load: Fraction, too_dear: set[int]) -> None:
        """Look at what could have come before the projects whose turn it was and which did not fit."""
        step = len(self._draft.steps) + 1
        for project in self._others():
            room = self._room(project)
            if project in too_dear:  # had it fitted, its load would have been lower still
                self._note_cost(project, room, step)
                continue
            limit = load * self._draft.votes[project] - loads.carried(project)
            self._note_cost(project, min(ceil(limit) - 1, room), step)
            if self._cost(project) <= room:
                exact = (self._cost(project) + loads.carried(project)) / load - self._draft.votes[project]
                self._note_supporters(project, max(1, floor(exact) + 1))

    def at_end(self) -> None:
        """Look at what would have fitted after all others."""
        for project in self._others():
            self._note_cost(project, self._room(project), None)

    def _others(self, winner: int | None = None) -> list[int]:
        draft = self._draft
        every = (*draft.candidates, *draft.too_dear)
        return [project for project in every if project not in draft.awarded and project != winner]

    def _cost(self, project: int) -> int:
        return self._draft.election.projects[project].cost

    def _room(self, project: int) -> int:
        """What the pots could pay for the project; nothing if its rival is funded."""
        gate = self._draft.gate
        return 0 if gate.has_funded_rival(project) else min(gate.left, gate.fenced(project))

    def _note_cost(self, project: int, cost: int, step: int | None) -> None:
        found = self._draft.margins.get(project, Margins())
        if cost > (found.max_cost or 0):
            self._draft.margins[project] = replace(found, max_cost=cost, step=step)

    def _note_supporters(self, project: int, more: int) -> None:
        found = self._draft.margins.get(project, Margins())
        if found.supporters is None or more < found.supporters:
            self._draft.margins[project] = replace(found, supporters=more)
