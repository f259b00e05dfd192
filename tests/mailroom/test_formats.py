"""A mail is read as far as it can be, whatever it is; nothing in it is trusted, nothing crashes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.mailroom import formats
from lms.mailroom.formats import BrokenMail, parse
from tests.mailroom import letters


def test_a_mail_as_people_write_it() -> None:
    mail = parse(letters.letter(files=(("belge.png", letters.png()),), References="<a@x> <b@x>", In_Reply_To="<b@x>"))
    assert (mail.sender, mail.sender_name, mail.subject) == ("deniz@example.org", "Deniz Örnek", "Yardım")
    assert mail.text.startswith("Merhaba")
    assert mail.replies_to == ("<a@x>", "<b@x>")
    assert mail.delivered_at == datetime(2025, 3, 3, 6, 15, tzinfo=UTC)
    assert [name for name, _ in mail.files] == ["belge.png"]
    assert mail.trusted
    assert not mail.automatic


@pytest.mark.parametrize("name", letters.HOSTILE)
def test_a_hostile_mail_is_only_a_mail(name: str) -> None:
    mail = parse(letters.HOSTILE[name])
    assert "\n" not in mail.subject + mail.sender + mail.sender_name + mail.message_id
    assert "\x00" not in mail.subject + mail.text
    assert not any("\ud800" <= c <= "\udfff" for c in mail.subject + mail.text + mail.sender_name)


def test_html_is_read_as_words() -> None:
    assert parse(letters.HOSTILE["html_only"]).text == "Merhaba & selam\nikinci"


def test_a_header_break_is_only_a_space() -> None:
    assert parse(letters.HOSTILE["header_injection"]).subject == "Konu Bcc: x@example.org"


@pytest.mark.parametrize(("raw", "code"), [
    (b"  \r\n", "mail.empty"), (letters.nested(50), "mail.nested"), (letters.nested(3000), "mail.nested"),
    (b"From: a@example.org\r\n\r\n" + b"x" * (26 * 1024 * 1024), "mail.too_big"),
])  # fmt: skip
def test_what_is_no_mail_says_why(raw: bytes, code: str) -> None:
    with pytest.raises(BrokenMail) as broken:
        parse(raw)
    assert broken.value.code == code


def test_a_flood_of_parts_is_refused() -> None:
    parts = b"".join(b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n" for _ in range(500))
    with pytest.raises(BrokenMail):
        parse(b'From: a@example.org\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + parts + b"--x--")


@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}, {"List_Id": "<l.example.org>"},
])  # fmt: skip
def test_what_no_person_wrote_is_known(headers: dict[str, str]) -> None:
    assert parse(letters.letter(**headers)).automatic


def test_R119_a_bounce_names_the_mail_that_came_back() -> None:
    told = parse(letters.bounce("<abc@segem.org.tr>"))
    assert told.bounce == formats.Bounce("<abc@segem.org.tr>", "smtp; 550 5.1.1 no such mailbox")
    assert parse(letters.bounce("<abc@segem.org.tr>", action="delayed")).bounce is None


def test_a_forged_sender_is_not_trusted() -> None:
    assert not parse(letters.letter(Authentication_Results="posta.segem.org.tr; spf=pass; dmarc=fail")).trusted
    assert parse(letters.letter(Authentication_Results="posta.segem.org.tr; spf=pass; dmarc=pass")).trusted


@settings(max_examples=150)
@given(st.binary(max_size=2000), st.sampled_from([b"", letters.letter()[:400], letters.bounce("<x@y>")[:500]]))
def test_no_bytes_crash_the_reader(noise: bytes, start: bytes) -> None:
    try:
        text = parse(start + noise).text
    except BrokenMail:
        return
    assert len(text) <= formats.MAX_TEXT
