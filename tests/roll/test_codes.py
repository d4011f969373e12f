from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.roll.codes import BadCode, hash_code, new_code, read_code
from pbvote.symbols import SYMBOLS, decode, encode, grouped, tidy

codes = st.builds(lambda _: new_code(), st.integers())


@pytest.mark.parametrize("typed", ["", "K7QF", "K7QF-2MXR-9CVW-TN3", "K7QF-2MXR-9CVW-TN3HH"])
def test_refuses_a_code_of_another_length(typed: str) -> None:
    with pytest.raises(BadCode) as refused:
        read_code(typed)
    assert refused.value.reasons[0].code == "code_length"


def test_refuses_a_symbol_that_no_code_has() -> None:
    with pytest.raises(BadCode) as refused:
        read_code("U7QF-2MXR-9CVW-TN3H")
    assert refused.value.reasons[0].code == "code_symbol"


@given(codes, st.integers(0, 15), st.sampled_from(SYMBOLS))
def test_every_single_wrong_symbol_is_found(code: str, place: int, symbol: str) -> None:
    plain = tidy(code)
    wrong = plain[:place] + symbol + plain[place + 1 :]
    if wrong == plain:
        assert read_code(wrong) == plain
    else:
        with pytest.raises(BadCode):
            read_code(wrong)


@given(codes, st.integers(0, 14))
def test_every_swap_of_two_neighbours_is_found(code: str, place: int) -> None:
    plain = tidy(code)
    swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if swapped != plain:
        with pytest.raises(BadCode):
            read_code(swapped)


@given(codes)
def test_a_code_is_read_in_any_case_with_any_spaces_and_look_alikes(code: str) -> None:
    typed = "  " + code.lower().replace("-", " \u2013 ").replace("1", "l").replace("0", "o") + " "
    assert read_code(typed) == tidy(code)
    assert hash_code(b"pepper", typed) == hash_code(b"pepper", code)


@given(st.integers(0, 2**70 - 1))
def test_symbols_are_numbers_and_back(number: int) -> None:
    assert decode(encode(number, 14)) == number
    assert tidy(grouped(encode(number, 14))) == encode(number, 14)


def test_codes_do_not_repeat() -> None:
    assert len({new_code() for _ in range(1000)}) == 1000
