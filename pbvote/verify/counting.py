"""Counting a bundle again, from its config and its ballots alone, and comparing it with its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.findings import Finding, verdict
from pbvote.recount import Ballots, Cast, Entry, Fund, Recount, RecountError, Terms, recount
from pbvote.verify.pabulib import Listed, NotListedError, Vote, read_listed

FORMS = {"approval": Form.SET, "choose-1": Form.SET, "ordinal": Form.RANKING, "cumulative": Form.POINTS}
FORMS["scoring"] = Form.POINTS
WITHOUT_MONEY = frozenset({"top", "priorities"})  # rules that choose, or put in order, and award nothing


class _WrongError(ValueError):
    """The count cannot be checked; the message says why."""


def check_count(bundle: Bundle) -> Iterator[Finding]:
    """Whether election.pb lists the ballots, and counting them by the rule gives the outcome."""
    if bundle.ballots is None or bundle.election is None:
        yield Finding(True, "Without ballots the count cannot be repeated here; scrutineers can.", note=True)
        return
    try:
        election = _election(bundle)
        yield _check_listed(election, bundle.election)
        yield _check_outcome(bundle, election)
    except (_WrongError, RecountError, NotListedError) as error:
        yield Finding(False, f"The count cannot be repeated: {error}.")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Config and outcome are whatever somebody signed: a cost that is a text must not end in a traceback.
        yield Finding(False, f"The count cannot be repeated: config.json or outcome.json is odd ({error!r:.200}).")


def _check_listed(election: Ballots, file: bytes) -> Finding:
    listed = read_listed(file, election.minor_units)
    expected = Listed(
        election.budget,
        {project.id: project.cost for project in election.projects},
        Counter({(cast.projects, cast.points): cast.count for cast in election.cast}),
    )
    wrong = []
    if (listed.budget, listed.costs) != (expected.budget, expected.costs):
        wrong.append("its budget, projects or costs are others")
    if _in_one_order(listed.votes, election.vote_type) != _in_one_order(expected.votes, election.vote_type):
        wrong.append("its votes are others")
    return verdict(
        wrong, f"election.pb lists these {election.voters} ballots, and no others.", "election.pb is not this election"
    )


def _in_one_order(votes: Counter[Vote], vote_type: str) -> Counter[Vote]:
    """The votes with their projects in the order of ids: on a ranking alone the order in which they stand tells."""
    if FORMS[vote_type] is Form.RANKING:
        return votes
    ordered = Counter[Vote]()
    for (projects, points), count in votes.items():
        places = sorted(range(len(projects)), key=projects.__getitem__)
        given = tuple(points[place] for place in places) if len(points) == len(projects) else points
        ordered[tuple(projects[place] for place in places), given] += count
    return ordered


def _check_outcome(bundle: Bundle, election: Ballots) -> Finding:
    config = bundle.config
    try:
        rule, parameters = config["rule"]["id"], config["rule"]["parameters"]
        ties = ",".join([*config["ties"], *(f"lot:{seed}" for seed in _seeds(bundle))]) or "ballot-order"
        numbers = {project["reference"]: project["number"] for project in config["projects"]}
        rows = {project["number"]: project for project in bundle.outcome["projects"]}
        told = {number: row.get("step") if rule in WITHOUT_MONEY else row["awarded"] for number, row in rows.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise _WrongError(f"config.json or outcome.json lacks {error}") from None
    again = recount(election, rule, parameters, ties, _terms(config, election.minor_units))
    if rule in WITHOUT_MONEY:
        return _check_places(again, numbers, told, rule)
    counted = {numbers[step.project]: step.amount for step in again.steps}
    wrong = [
        f"project {number} gets {told.get(number, 0)}, and should get {counted.get(number, 0)}"
        for number in sorted(numbers.values())
        if told.get(number, 0) != counted.get(number, 0)
    ]
    if told.keys() - set(numbers.values()):
        wrong.append("the outcome names projects that were not on the ballot")
    return verdict(
        wrong,
        f"Counted again by the rule {rule}: {len(counted)} projects get {again.cost} {config.get('currency', '')} in "
        "hundredths, as published.",
        "The outcome is not what these ballots give (amounts in hundredths)",
    )


def _check_places(again: Recount, numbers: Mapping[str, int], told: Mapping[int, int | None], rule: str) -> Finding:
    """Whether the projects chosen, and their places, are those that the second count gives."""
    counted = {numbers[step.project]: place for place, step in enumerate(again.steps, start=1)}
    wrong = [
        f"project {number} has {_place(told.get(number))}, and should have {_place(counted.get(number))}"
        for number in sorted(numbers.values())
        if told.get(number) != counted.get(number)
    ]
    if told.keys() - set(numbers.values()):
        wrong.append("the outcome names projects that were not on the ballot")
    right = f"Counted again by the rule {rule}: {len(counted)} projects are chosen, in the order that is published."
    return verdict(wrong, right, "The outcome is not what these ballots give")


def _place(place: int | None) -> str:
    return "no place" if place is None else f"place {place}"


def _seeds(bundle: Bundle) -> list[str]:
    """The dice rolled after the close to break ties, the last roll if there were several."""
    rolls = [leaf.fields["digits"] for leaf in bundle.log if leaf.fields and leaf.fields.get("purpose") == "ties"]
    return rolls[-1:]


def _election(bundle: Bundle) -> Ballots:
    """The election as the second count reads it. Raises _WrongError."""
    config = bundle.config
    try:
        entries = tuple(
            Entry(project["reference"], project["cost"], tuple(filter(None, [project.get("category", "")])))
            for project in config["projects"]
        )
        names = {project["number"]: project["reference"] for project in config["projects"]}
        form, budget, vote_type = FORMS[config["vote_type"]], int(config["budget"]), str(config["vote_type"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _WrongError(f"config.json lacks {error}") from None
    ballots = [ballot.opening.ballot() for ballot in bundle.ballots.counted] if bundle.ballots else []
    cast = Counter(_vote(ballot, names, form) for ballot in ballots)
    return Ballots(entries, budget, vote_type, tuple(Cast(*vote, count) for vote, count in sorted(cast.items())))


def _vote(ballot: CanonicalBallot, names: Mapping[int, str], form: Form) -> tuple[tuple[str, ...], tuple[int, ...]]:
    if ballot.form is not form:
        raise _WrongError(f"a ballot has form {int(ballot.form)}, and this vote has form {int(form)}")
    unknown = [number for number in ballot.projects if number not in names]
    if unknown or len(set(ballot.projects)) != len(ballot.projects):
        raise _WrongError(f"a ballot names a project twice or one that there is not: {ballot.projects}")
    return tuple(names[number] for number in ballot.projects), ballot.points


def _terms(config: Mapping[str, Any], minor_units: int) -> Terms:
    """The conditions, whose amounts are in currency units: whole numbers, or texts such as `12.50`."""

    def units(value: object) -> int:
        try:
            return int(Decimal(str(value)) * minor_units)
        except InvalidOperation:
            raise _WrongError(f"{value!r} is not an amount") from None

    given = config.get("conditions", {})
    try:
        return Terms(
            pots=tuple(
                Fund(pot["id"], units(pot["amount"]), tuple(pot["categories"]), tuple(pot["projects"]))
                for pot in given.get("pots", [])
            ),
            prefunded=tuple(given.get("prefunded", [])),
            exclusions=tuple(map(tuple, given.get("exclusions", []))),
            min_votes=given.get("min_votes", 0),
            smallest={project: units(least) for project, least in given.get("smallest", {}).items()},
            reserve=given.get("reserve", 0),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _WrongError(f"the conditions in config.json lack {error}") from None
