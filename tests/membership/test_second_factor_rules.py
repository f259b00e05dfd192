import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from lms.core.errors import Invalid
from lms.membership.rules import second_factor

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_RFC_6238(seconds, code):
    assert second_factor.code_at(RFC_SECRET, seconds // 30) == code


def test_agrees_with_an_authenticator_app():
    secret = second_factor.new_secret()
    assert second_factor.code_at(secret, second_factor.step_of(NOW)) == pyotp.TOTP(secret).at(NOW)
    uri = second_factor.provisioning_uri(secret, issuer="SEGEM Akademi", account="denetçi 7k3f")
    parsed = pyotp.parse_uri(uri)
    assert parsed.secret == secret
    assert parsed.issuer == "SEGEM Akademi"
    assert parsed.name == "denetçi 7k3f"


def test_V6_5_1_a_code_opens_once():
    secret = second_factor.new_secret()
    code = second_factor.code_at(secret, second_factor.step_of(NOW))
    step = second_factor.accept(secret, code, now=NOW, last_step=None)
    with pytest.raises(Invalid, match=r"totp\.wrong"):
        second_factor.accept(secret, code, now=NOW, last_step=step)
    following = second_factor.code_at(secret, step + 1)
    assert second_factor.accept(secret, following, now=NOW + timedelta(seconds=30), last_step=step) == step + 1


def test_a_phone_half_a_minute_off_still_works_and_not_more():
    secret = second_factor.new_secret()
    current = second_factor.step_of(NOW)
    for shift in (-1, 0, 1):
        typed = second_factor.code_at(secret, current + shift)
        assert second_factor.accept(secret, f"{typed[:3]} {typed[3:]}", now=NOW, last_step=None) == current + shift
    for shift in (-2, 2):
        with pytest.raises(Invalid):
            second_factor.accept(secret, second_factor.code_at(secret, current + shift), now=NOW, last_step=None)


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "１２３４５６", "\ud800", "9" * 5000])
def test_nonsense_is_a_wrong_code(typed):
    with pytest.raises(Invalid, match=r"totp\.wrong"):
        second_factor.accept(RFC_SECRET, typed, now=NOW, last_step=None)


def test_secrets_are_random_and_readable():
    secret = second_factor.new_secret()
    assert secret != second_factor.new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert second_factor.readable(secret).replace(" ", "") == secret
