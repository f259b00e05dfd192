import pytest

from lms.core.errors import Invalid
from lms.membership.rules import passwords

COMMON = frozenset({"galatasaray1905", "istanbul34"})
PERSON = ("10000000146", "Deniz", "Aydın Işık", "deniz.aydin@example.com")


def refused(password: str, personal=PERSON) -> str | None:
    try:
        passwords.check(password, common=COMMON, personal=personal)
    except Invalid as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "password",
    [
        "aaaa bbbb cccc dddd",
        "ş" * 64,
        "x7!kq2Pz",
        "        kuş",
        "doğru at pil zımba",
        "😀🐢🦉🐝🌍🌒🔥🧭",
    ],
)
def test_R031_length_is_the_only_demand(password):
    assert refused(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x7!kq2P", "password.too_short"),
        ("x7!kq2Pz" * 16 + "a", "password.too_long"),
        ("galatasaray1905", "password.common"),
        ("GALATASARAY1905", "password.common"),
        ("İstanbul34", "password.common"),
        ("ıstanbul34", "password.common"),
        ("aaaaaaaaaa", "password.common"),
        ("ababababab", "password.common"),
        ("23456789", "password.common"),
        ("hgfedcba", "password.common"),
        ("10000000146", "password.personal"),
        ("x10000000146x", "password.personal"),
        ("denizaydın", "password.personal"),
        ("Deniz1990!", "password.personal"),
        ("aydinisik.deniz", "password.personal"),
        ("deniz.aydin", "password.personal"),
        ("parola\0parola", "password.characters"),
        ("parola\ud83dparola", "password.characters"),
    ],
)
def test_R031_what_everybody_or_the_owner_gives_away_is_refused(password, code):
    assert refused(password) == code


def test_R031_128_characters_are_allowed():
    assert refused("x7!kq2Pz" * 16) is None


def test_R031_a_name_inside_a_longer_sentence_is_no_reason():
    assert refused("deniz kenarında yürüdüm") is None
    assert refused("denizaltı9") is None
