from datetime import timedelta

import pytest

from lms.core.codes import format_code, new_verification_code
from lms.core.errors import Invalid
from lms.staff.rules import Kind, Wanted, age, read
from tests.conftest import civil
from tests.factories import valid_tckn


def test_a_number_is_read_as_what_it_can_be() -> None:
    assert read(valid_tckn(7))[0] == Wanted(Kind.TCKN, valid_tckn(7))
    assert read("0532 123 45 67") == [Wanted(Kind.PHONE, "+905321234567")]
    assert read("ddta-2025-000123") == [Wanted(Kind.NUMBER, "DDTA-2025-000123")]
    assert Wanted(Kind.EMAIL, "Deniz@example.org") in read("Deniz@EXAMPLE.org")


def test_a_number_may_be_spaced_and_a_phone_may_be_a_part() -> None:
    for typed in ("DDTA 2025 000123", "ddta/2025/000123", " ddta - 2025 - 000123", "DDTA2025 000123"):
        assert read(typed) == [Wanted(Kind.NUMBER, "DDTA-2025-000123")]
    assert Wanted(Kind.NUMBER, "DDTA-2025-000123") in read("ddta2025000123")  # could be a short code as well
    assert read("0532 123") == [Wanted(Kind.PHONE_PART, "532123")]
    assert read("45 67") == [Wanted(Kind.PHONE_PART, "4567")]


def test_D22_a_verification_code_is_read_as_it_is_typed() -> None:
    code = new_verification_code()
    assert Wanted(Kind.VERIFICATION, code) in read(format_code(code).lower())


def test_a_name_is_folded() -> None:
    assert read("  IŞIK   Öztürk ") == [Wanted(Kind.NAME, "isik ozturk")]


@pytest.mark.parametrize("text", ["", " ", "a", "12", "%%%%9", "12345678912"])
def test_what_says_too_little_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid, match=r"search\."):
        read(text)


def test_age_in_the_unit_that_matters() -> None:
    now = civil("2025-03-28 14:00")
    for ago, text in (
        (timedelta(days=3, hours=5), "3 gün"),
        (timedelta(hours=5), "5 saat"),
        (timedelta(minutes=12), "12 dakika"),
        (timedelta(0), "az"),
    ):
        assert age(now - ago, now) == text
