from hypothesis import given
from hypothesis import strategies as st

from lms.core.codes import (
    ALPHABET,
    check_sign,
    format_code,
    mask_name,
    mask_tckn,
    new_code,
    new_verification_code,
    normalise,
)

BODIES = st.text(alphabet=ALPHABET, min_size=16, max_size=16)


def test_new_code_is_random_lower_case_crockford():
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set(ALPHABET.lower())
    assert len(new_code(26)) == 26


def test_D22_code_has_80_bits_and_a_check_sign():
    code = new_verification_code()
    assert len(code) == 17
    assert set(code) <= set(ALPHABET)
    assert normalise(code) == code
    assert [len(part) for part in format_code(code).split("-")] == [4, 4, 4, 4, 1]


@given(BODIES)
def test_D22_reads_what_people_type(body):
    code = body + check_sign(body)
    assert normalise(format_code(code)) == code
    assert normalise(f"  {format_code(code).lower().replace('-', ' ')}\n") == code
    assert normalise(code.lower().replace("0", "o")) == code
    assert normalise(code.replace("0", "O")) == code
    for one in "iİıIlL":
        assert normalise(code.replace("1", one)) == code
    assert normalise(code.replace("1", "I\u0307")) == code  # İ as two code points
    assert normalise("\u2011".join(code)) == code  # a phone's own hyphens


@given(BODIES)
def test_D22_reads_the_address_that_a_certificate_prints(body):
    code = body + check_sign(body)
    for host in ("", "/", "127.0.0.1:8160/", "https://segem.example.org/", "HTTP://SEGEM.EXAMPLE.ORG/"):
        for way in ("d/", "D/"):
            for after in ("", "/", "?lang=en", "#a", "\n"):
                assert normalise(f" {host}{way}{format_code(code)}{after}") == code
                assert normalise(f"{host}{way}{code.lower()}{after}") == code
    assert normalise(f"https://example.org/{code}") is None


@given(BODIES, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_D22_one_wrong_letter_is_noticed(body, place, letter):
    code = body + check_sign(body)
    typed = code[:place] + letter + code[place + 1 :]
    assert normalise(typed) == (code if typed == code else None)


@given(BODIES, st.integers(0, 16), st.integers(0, 16))
def test_D22_two_letters_exchanged_are_noticed(body, one, other):
    code = body + check_sign(body)
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    typed = "".join(letters)
    assert normalise(typed) == (code if typed == code else None)


def test_D22_refuses_what_cannot_be_a_code():
    code = new_verification_code()
    for typed in ("", "-", code[:-1], code + "0", "U" * 17, "Ğ" * 17, "'; drop table", "0" * 10_000):
        assert normalise(typed) is None


@given(st.text(max_size=300))
def test_D22_never_breaks_on_any_text(typed):
    read = normalise(typed)
    assert read is None or normalise(read) == read


def test_masks():
    assert mask_tckn("12345678989") == "123******89"
    assert mask_name("Deniz Özgür Aydın") == "D**** Ö**** A****"
    assert mask_name("İnci  Ş") == "İ*** Ş"
    assert mask_name("I\u0307nci Işık") == "İ*** I***"
