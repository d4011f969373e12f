"""The tests would see a wrong comparison: three of the mutations of bench/mutations.py are made and must be seen."""

import pytest

from bench.mutations import MUTATIONS, ROOT, TALLY, Mutation, failing

BY_NAME = {mutation.name: mutation for mutation in MUTATIONS}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_mutation_can_be_made(mutation: Mutation) -> None:
    source = (ROOT / TALLY / mutation.file).read_text()
    mutant = mutation.made_in(source)
    assert mutant != source
    compile(mutant, mutation.file, "exec")


@pytest.mark.parametrize(
    ("name", "selection"),
    [
        ("shares that are just enough", "tests/tally/test_equal_shares.py"),
        ("what just fits", "tests/tally/test_greedy.py"),
        ("who wins a tie", "tests/tally/test_ties.py"),
    ],
)
def test_a_wrong_comparison_is_seen(name: str, selection: str) -> None:
    assert failing(BY_NAME[name], [selection]) is not None


def test_what_changes_nothing_is_not_seen() -> None:
    assert failing(None, ["tests/tally/test_ties.py"]) is None
