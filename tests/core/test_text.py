from hypothesis import given
from hypothesis import strategies as st

from lms.core.text import fold, nfc, sort_key, tr_lower, tr_title, tr_upper

LETTERS = "abcçdefgğhıijklmnoöprsştuüvyz"


def test_turkish_case():
    assert tr_upper("istanbul ılgaz") == "İSTANBUL ILGAZ"
    assert tr_lower("İSTANBUL ILGAZ") == "istanbul ılgaz"
    assert tr_upper("şğüöç") == "ŞĞÜÖÇ"
    assert tr_lower("I\u0307zmir") == "izmir"  # a decomposed İ is one letter too
    assert tr_title("AYŞE ışık-ilhan") == "Ayşe Işık-İlhan"


def test_the_alphabet_is_in_order():
    shuffled = sorted(LETTERS, reverse=True)
    assert "".join(sorted(shuffled, key=sort_key)) == LETTERS
    cities = ["Zonguldak", "İzmir", "Isparta", "Çorum", "Cide", "Şırnak", "Samsun", "Iğdır", "İstanbul"]
    assert sorted(cities, key=sort_key) == [
        "Cide",
        "Çorum",
        "Iğdır",
        "Isparta",
        "İstanbul",
        "İzmir",
        "Samsun",
        "Şırnak",
        "Zonguldak",
    ]
    assert sorted(["Kazım", "Kâmil", "Kadir"], key=sort_key) == ["Kadir", "Kâmil", "Kazım"]
    assert sorted(["Ali Veli", "Ali", "Alican"], key=sort_key) == ["Ali", "Ali Veli", "Alican"]


def test_folding_finds_what_is_meant():
    assert fold("IŞIK") == fold("Işık") == fold("isik") == "isik"
    assert fold("Sigortacılık") == "sigortacilik"


@given(st.text(alphabet=LETTERS + "âîû -", max_size=30))
def test_case_survives_a_round_trip(text):
    assert tr_lower(tr_upper(text)) == tr_lower(text)
    assert nfc(nfc(text)) == nfc(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_different_texts_have_different_keys(left, right):
    assert (sort_key(left) == sort_key(right)) == (tr_lower(nfc(left)) == tr_lower(nfc(right)))
