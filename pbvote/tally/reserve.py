"""The reserve list: who is next in line if a funded project declines its money."""

from __future__ import annotations

from itertools import groupby

from pbvote.tally.draft import Draft


def reserve_list(draft: Draft) -> tuple[str, ...]:
    """The first candidates that are not funded and have no funded rival, by the draft's ranking, as project ids."""
    if not draft.conditions.reserve:
        return ()
    scores = draft.votes if draft.ranking is None else draft.ranking
    waiting = [
        project
        for project in draft.candidates
        if project not in draft.awarded and not draft.gate.has_funded_rival(project)
    ]
    listed: list[int] = []
    for _, group in groupby(sorted(waiting, key=lambda project: (-scores[project], project)), lambda p: scores[p]):
        tied = list(group)
        while tied:
            listed.append(draft.breaker.pick(tied)[0])
            tied.remove(listed[-1])
    return tuple(draft.election.projects[project].id for project in listed[: draft.conditions.reserve])
