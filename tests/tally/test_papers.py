"""Worked examples of the papers: each test names its source and what is stated there.

Committee elections are elections in which every project costs 1 and the budget is the committee's size.
"""

from collections.abc import Iterable
from fractions import Fraction

import pytest

from pbvote.recount import recount
from pbvote.recount.adapter import of
from pbvote.tally import RULES, Ballot, Election, Outcome, Project, VoteType, tally


def committee(names: Iterable[str], size: int, ballots: dict[tuple[str, ...], int]) -> Election:
    return Election.of(
        projects=[Project(name, 1) for name in names],
        budget=size,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(approved): count for approved, count in ballots.items()},
        minor_units=1,
    )


def both(election: Election, rule: str) -> Outcome:
    """The tally's outcome, once the second count has said the same."""
    if rule not in RULES:
        pytest.skip(f"there is no rule {rule}")
    outcome = tally(election, rule)
    assert recount(of(election), rule).funded == outcome.funded
    return outcome


LIMITS = committee(
    [f"c{number}" for number in range(1, 16)],
    12,
    {
        ("c1", "c2", "c3", "c4"): 1,
        ("c1", "c2", "c3", "c5"): 1,
        ("c1", "c2", "c3", "c6"): 1,
        ("c7", "c8", "c9"): 1,
        ("c10", "c11", "c12"): 1,
        ("c13", "c14", "c15"): 1,
    },
)


@pytest.mark.parametrize("rule", ["equal-shares", "phragmen"])
def test_the_limits_of_welfarism(rule: str) -> None:
    """Peters, Skowron: Proportionality and the Limits of Welfarism (EC 2020), introduction.

    Six voters, twelve seats: three voters share c1, c2, c3 and approve one more each, three approve three of their own.
    Rules that give all voters the same influence elect c1 to c6 and two of each of the others' three; each voter then
    has paid for two seats in all.
    """
    funded = set(both(LIMITS, rule).funded)
    assert {"c1", "c2", "c3", "c4", "c5", "c6"} <= funded
    for own in ({"c7", "c8", "c9"}, {"c10", "c11", "c12"}, {"c13", "c14", "c15"}):
        assert len(funded & own) == 2
    assert len(funded) == 12


RUNNING = committee(
    "abcdefgh",
    4,
    {("a", "b"): 3, ("a", "c"): 3, ("a", "d"): 2, ("b", "c", "f"): 1, ("e",): 1, ("f",): 1, ("g",): 1},
)


def test_phragmen_on_the_running_example() -> None:
    """Lackner, Skowron: Multi-Winner Voting with Approval Preferences (2023), example 2.9: a, b, c, d are elected.

    The loads follow from the definition: 1/8; (1 + 3/8) / 4; (1 + 3/8 + 11/32) / 4; (1 + 2/8) / 2.
    """
    outcome = both(RUNNING, "phragmen")
    assert outcome.funded == ("a", "b", "c", "d")
    loads = [step.load for step in recount(of(RUNNING), "phragmen").steps]
    assert loads == [Fraction(1, 8), Fraction(11, 32), Fraction(55, 128), Fraction(5, 8)]


def test_equal_shares_on_the_running_example() -> None:
    """The same book, example 2.11. With 1/3 each, the eight supporters of a pay 1/8; then nobody can pay.

    The example goes on with Phragmen's rule for the seats left. That nobody can pay follows from the numbers: three
    supporters of b (or c) have 1/3 - 1/8 and one has 1/3, which is 23/24 together. Counted in 24ths of a seat, b is
    bought if it costs one less.
    """
    outcome = both(RUNNING, "equal-shares")
    assert outcome.funded == ("a",)
    assert outcome.steps[0].payment is not None
    assert outcome.steps[0].payment.max_payment == Fraction(1, 8)
    cheaper = Election(
        tuple(Project(project.id, 23 if project.id == "b" else 24) for project in RUNNING.projects),
        4 * 24,
        RUNNING.vote_type,
        RUNNING.profile,
    )
    assert both(cheaper, "equal-shares").funded == ("a", "b")


DIFFER = committee("abcd", 3, {("c", "d"): 3, ("a", "b"): 2, ("a", "c"): 2, ("b", "d"): 1})


def test_where_equal_shares_and_phragmen_differ() -> None:
    """The same book, example 2.12: Equal Shares elects a, c, d (d in a last phase), Phragmen b, c, d.

    The payments follow from the definition: 1/5 for c; then two supporters of a give their last 7/40, two pay 13/40.
    """
    outcome = both(DIFFER, "equal-shares")
    assert outcome.funded == ("c", "a")
    assert [step.payment.max_payment for step in outcome.steps if step.payment] == [Fraction(1, 5), Fraction(13, 40)]
    assert set(both(DIFFER, "phragmen").funded) == {"b", "c", "d"}


def test_phragmen_gives_a_cohesive_group_too_little() -> None:
    """Brill, Freeman, Janson, Lackner: Phragmen's Voting Methods and Justified Representation (AAAI 2017).

    The example that it fails extended justified representation: twelve seats, 24 voters, and c1 to c12 are elected
    though four voters agree on a and b.
    """
    seats = [f"c{number}" for number in range(1, 13)]
    election = committee(
        ["a", "b", *seats],
        12,
        {
            ("a", "b", "c1"): 2,
            ("a", "b", "c2"): 2,
            tuple(seats): 6,
            tuple(seats[1:]): 5,
            tuple(seats[2:]): 9,
        },
    )
    assert set(both(election, "phragmen").funded) == set(seats)


def test_maximin_support_elects_otherwise_than_the_most_approved() -> None:
    """Sanchez-Fernandez, Fernandez, Fisteus, Brill: The Maximin Support Method (2022), examples 3.1 and 4.1."""
    election = committee(
        "abcdefg",
        3,
        {
            ("a", "b"): 100,
            ("a", "c"): 60,
            ("b",): 40,
            ("c",): 55,
            ("d",): 95,
            ("e",): 30,
            ("e", "f", "g"): 50,
        },
    )
    assert set(both(election, "maximin-support").funded) == {"a", "c", "d"}


def test_maximin_support_and_phragmen_on_the_same_ballots() -> None:
    """The same paper, example 5.1: maximin support elects a, f, g and one of b to e, Phragmen a and three."""
    common = ("b", "c", "d", "e")
    election = committee(
        "abcdefg",
        4,
        {("a", *common): 5, ("f", *common): 4, ("g", *common): 3, ("a",): 2, ("f",): 1, ("g",): 1},
    )
    maximin, phragmen = set(both(election, "maximin-support").funded), set(both(election, "phragmen").funded)
    assert {"a", "f", "g"} < maximin
    assert len(maximin & set(common)) == 1
    assert "a" in phragmen
    assert len(phragmen & set(common)) == 3


def test_maximin_support_before_a_vote_is_added() -> None:
    """The same paper, example 5.3: a to f are elected, g is not."""
    election = committee("abcdefg", 6, {("b", "c", "d", "e", "f"): 13, ("a", "g"): 2, ("a",): 2, ("g",): 1})
    assert set(both(election, "maximin-support").funded) == set("abcdef")


def test_five_hundred_votes_cannot_pay_ten_thousand_euros() -> None:
    """The page Explanation of the Method of Equal Shares at equalshares.net.

    A million euros for 100,000 voters is 10 euros each. The 500 supporters of a project for 10,000 euros have 5,000
    together: it cannot be funded.
    """
    election = Election.of(
        projects=[Project("project", 1_000_000)],
        budget=100_000_000,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(("project",)): 500, Ballot(): 99_500},
    )
    outcome = both(election, "equal-shares")
    assert outcome.start_share == 1_000
    assert outcome.funded == ()
    assert outcome.project("project").reasons[0].params["money"] == 500_000


def test_a_majority_gets_its_part_and_not_all() -> None:
    """The article Method of Equal Shares in Wikipedia: 51% want ten red projects, 49% ten blue ones, ten can be paid.

    By most votes ten red ones are funded; Equal Shares funds five red and five blue ones, the fifth blue one, for which
    its supporters are a little short, once shares are raised.
    """
    red, blue = tuple(f"red {n}" for n in range(10)), tuple(f"blue {n}" for n in range(10))
    election = Election.of(
        projects=[Project(name, 1_000) for name in red + blue],
        budget=10_000,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(red): 51, Ballot(blue): 49},
        minor_units=1,
    )
    assert set(both(election, "greedy").funded) == set(red)
    funded = set(tally(election, "equal-shares", {"completion": "add1"}).funded)
    assert (len(funded & set(red)), len(funded & set(blue))) == (5, 5)
