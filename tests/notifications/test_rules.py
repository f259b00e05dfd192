import re
from datetime import timedelta

import pytest

from lms.notifications import rendering, rules
from lms.notifications.rules import UnfitMessageError


def test_pauses_grow_and_end_after_about_forty_one_hours():
    pauses = [rules.retry_after(tries) for tries in range(1, 9)]
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] is None
    assert list(pauses[:-1]) == sorted(pauses[:-1])
    assert timedelta(hours=41) < sum(pauses[:-1], timedelta()) < timedelta(hours=42)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("ğ" + "a" * 69, 1),
        ("ğ" + "a" * 70, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("😀" * 35, 1),
    ],
)
def test_R053_parts_of_an_sms(text, parts):
    assert rules.sms_parts(text) == parts


@pytest.mark.parametrize("text", ["10000000146", "No: 100 000 001 46.", "(12345678950)", "100-000-001-46"])
def test_R053_a_tckn_is_noticed(text):
    assert rules.holds_tckn(text)
    with pytest.raises(UnfitMessageError, match=r"message\.tckn"):
        rules.sms(f"Sonucunuz: {text}")
    with pytest.raises(UnfitMessageError, match=r"message\.tckn"):
        rules.mail(f"Subject: {text}\n\nMerhaba")


@pytest.mark.parametrize(
    "text", ["DDTA-2025-004217", "0532 123 45 67", "533,00 ₺", "+905321234567", "3 Mart 2025 09.00"]
)
def test_R053_other_numbers_may_be_said(text):
    assert rules.sms(text).text == text


def test_a_mail_is_a_subject_and_a_text():
    message = rules.mail("Subject:  Şifre   yenileme \n\nMerhaba,\n\nbağlantı\n\n\n")
    assert message.subject == "Şifre yenileme"
    assert message.text == "Merhaba,\n\nbağlantı\n"


@pytest.mark.parametrize("text", ["Merhaba", "Subject:\n\nMerhaba", "Konu: a\n\nb", f"Subject: {'a' * 121}\n\nb"])
def test_a_mail_without_a_fitting_subject_does_not_leave(text):
    with pytest.raises(UnfitMessageError, match=r"message\.subject"):
        rules.mail(text)


def test_a_line_break_in_a_name_is_no_second_header():
    assert (
        rules.mail("Subject: Hoş geldiniz Ali\r\rBcc: x@example.com\n\na").subject
        == "Hoş geldiniz Ali Bcc: x@example.com"
    )


def test_R053_an_sms_of_four_parts_does_not_leave():
    assert rules.sms("ş" * 201).text
    with pytest.raises(UnfitMessageError, match=r"message\.long"):
        rules.sms("ş" * 202)


TEMPLATES = sorted(path.relative_to(rendering.FOLDER).as_posix() for path in rendering.FOLDER.rglob("*.txt"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_stands_in_both_languages_and_speaks_of_no_tckn(name: str) -> None:
    stem, language, ending = name.rsplit(".", 2)
    assert (language in ("tr", "en"), ending) == (True, "txt")
    assert f"{stem}.{'en' if language == 'tr' else 'tr'}.txt" in TEMPLATES
    text = (rendering.FOLDER / name).read_text("utf-8")
    assert "tckn" not in text.lower()
    if stem.endswith(".sms"):
        assert f"{stem.removesuffix('.sms')}.{language}.txt" in TEMPLATES
    else:
        assert re.match(r"Subject: \S.*\n", text)
