"""One-time codes against the values of RFC 6238, and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pbvote.accounts.codes import (
    RECOVERY_CODES,
    app_link,
    code_of,
    hash_recovery_code,
    new_recovery_codes,
    new_secret,
    secret_text,
    step_at,
    step_of,
)

SECRET = b"12345678901234567890"
# RFC 6238, appendix B, the SHA-1 rows; the codes there have eight digits, ours are their last six.
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_of(SECRET, step_at(moment)) == code[-6:]
    assert step_of(SECRET, code[-6:], moment, 0) == seconds // 30


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "287083", "28708x", "٢٨٧٠٨٢", "94287082", "é" * 6])
def test_no_other_text_is_a_code(typed: str) -> None:
    assert step_of(SECRET, typed, datetime.fromtimestamp(59, UTC), 0) is None


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    now = step_at(NOON)
    taken = [step_of(SECRET, code_of(SECRET, now + off), NOON, 0) for off in (-2, -1, 0, 1, 2)]
    assert taken == [None, now - 1, now, now + 1, None]


def test_no_code_counts_twice_nor_one_before_it() -> None:
    now = step_at(NOON)
    assert step_of(SECRET, code_of(SECRET, now), NOON, now) is None
    assert step_of(SECRET, code_of(SECRET, now - 1), NOON, now) is None
    assert step_of(SECRET, code_of(SECRET, now + 1), NOON + timedelta(seconds=30), now) == now + 1


def test_a_code_may_be_typed_with_a_space() -> None:
    code = code_of(SECRET, step_at(NOON))
    assert step_of(SECRET, f"{code[:3]} {code[3:]} ", NOON, 0) == step_at(NOON)


def test_apps_are_told_the_secret_and_whose_it_is() -> None:
    link = app_link(SECRET, "kim@example.org", "Tarn & Shire")
    assert link == (
        "otpauth://totp/Tarn%20%26%20Shire:kim@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Tarn%20%26%20Shire&digits=6&period=30"
    )
    assert secret_text(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert new_secret() != new_secret()


def test_recovery_codes_are_ten_and_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES == 10
    stored = hash_recovery_code(b"pepper", b"account", codes[0])
    assert stored is not None
    assert hash_recovery_code(b"pepper", b"account", codes[0].lower().replace("-", " ").replace("1", "l")) == stored
    assert hash_recovery_code(b"other", b"account", codes[0]) != stored
    assert hash_recovery_code(b"pepper", b"another", codes[0]) != stored
    assert [hash_recovery_code(b"pepper", b"account", typed) for typed in ("", "123456", "U" * 12, codes[0] + "0")] == [
        None
    ] * 4
