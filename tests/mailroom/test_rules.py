"""What a mail is about, and what of R118's seven fields it says."""

import pytest

from lms.core.errors import Invalid
from lms.exemptions.rules import Relation
from lms.mailroom import rules
from lms.mailroom.rules import Claim, Kind
from tests.factories import valid_tckn

TCKN = valid_tckn(950)
SEVEN = f"""Katılmak istediğiniz eğitim/sınavın adı: Devlet Destekli Ticari Alacak Sigortası
TCKN: {TCKN}
Ad Soyad: Deniz Örnek
Telefon: 0532 123 45 67
E-posta: deniz@example.org
Şehit Yakını/Gazi/ Gazi Yakını: Şehit Yakını
Yakınlık derecesi: Kızı
"""


def test_R118_the_seven_fields_are_read() -> None:
    assert rules.claim_in(SEVEN) == Claim(TCKN, Relation.MARTYR_CHILD, "Deniz Örnek", "+905321234567", "deniz@example.org")  # fmt: skip


@pytest.mark.parametrize(("text", "relation"), [
    ("Şehit eşiyim.", Relation.MARTYR_SPOUSE), ("Babam şehit oldu, ben oğluyum", Relation.MARTYR_CHILD), ("Ben gaziyim.", Relation.VETERAN),
    ("gazi çocuğu", Relation.VETERAN_CHILD), ("Gazi Yakını: eşi", Relation.VETERAN_SPOUSE), ("Gazi yakınıyım", None),
    ("Şehit kardeşiyim", None), ("Şehidin annesiyim", None), ("Gazinin babasıyım", None), ("şehit ve gazi çocuğuyum", None), ("Merhaba", None),
    ("GAZİ EŞİYİM", Relation.VETERAN_SPOUSE),
])  # fmt: skip
def test_R116_R117_only_the_five_are_read_and_never_guessed(text: str, relation: Relation | None) -> None:
    assert rules.relation_in(text) is relation


@pytest.mark.parametrize(("subject", "text", "kind"), [
    ("Muafiyet", "Belgem ekte.", Kind.EXEMPTION), ("Başvuru", "Gazi çocuğuyum", Kind.EXEMPTION),
    ("Yeniden başvuru talebi", "Üç sınavda da kaldım.", Kind.REAPPLICATION), ("Sınav", "tekrar başvurmak istiyorum", Kind.REAPPLICATION),
    ("Video", "İkinci ders açılmıyor", Kind.SUPPORT), ("Re: Video", "Teşekkürler\n> Gazi çocukları muaftır", Kind.SUPPORT),
    ("Gaziantep", "Gaziantep acentesinden yazıyorum, video açılmıyor", Kind.SUPPORT),
])  # fmt: skip
def test_what_the_words_speak_of(subject: str, text: str, kind: Kind) -> None:
    assert rules.kind_of(subject, text) is kind


def test_R118_what_is_missing_is_named() -> None:
    assert rules.missing(Claim(), documents=0, term=False) == ("mail.missing_number", "mail.missing_relation", "mail.missing_document", "mail.missing_term")  # fmt: skip
    assert rules.missing(rules.claim_in(SEVEN), documents=1, term=True) == ()


def test_our_code_in_a_subject() -> None:
    assert rules.case_in("RE: Ynt: Yardım [SEGEM-7K3F9ABC]") == "7k3f9abc"
    assert rules.case_in("[SEGEM-short]") is None


def test_a_reason_is_a_sentence() -> None:
    assert rules.reason("  reklam  \n iletisi ") == "reklam iletisi"
    with pytest.raises(Invalid):
        rules.reason("yok")
