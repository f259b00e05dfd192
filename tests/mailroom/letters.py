"""Mails as people, servers and attackers write them."""

import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

from PIL import Image

AT = "Mon, 03 Mar 2025 09:15:00 +0300"


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#123c69").save(out, "PNG")
    return out.getvalue()


def letter(
    text: str = "Merhaba, giriş yapamıyorum. Yardım eder misiniz?", *, sender: str = "Deniz Örnek <deniz@example.org>",
    subject: str = "Yardım", message_id: str = "<m1@example.org>", to: str = "bilgi@segem.org.tr",
    files: tuple[tuple[str, bytes], ...] = (), **headers: str,
) -> bytes:  # fmt: skip
    """A mail as our server hands it over: its own Received line on top."""
    mail = EmailMessage(policy=SMTP)
    mail["Received"] = f"from mx.example.org by posta.segem.org.tr with ESMTPS; {AT}"
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, to, subject, message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def bounce(message_id: str, *, action: str = "failed") -> bytes:
    """RFC 3464, as a mail server writes it."""
    return f"""Return-Path: <>
Received: from mx.example.org by posta.segem.org.tr; {AT}
From: MAILER-DAEMON@mx.example.org
To: bilgi@segem.org.tr
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{action}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

The mail could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; yok@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--B
Content-Type: text/rfc822-headers

From: bilgi@segem.org.tr
Message-ID: {message_id}
Subject: x

--B--
""".replace("\n", "\r\n").encode()


def nested(depth: int) -> bytes:
    """Boxes in boxes."""
    body = b"Content-Type: text/plain\r\n\r\nderin\r\n"
    for n in range(depth):
        mark = f"b{n}".encode()
        body = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n" + body + b"\r\n--" + mark + b"--\r\n"  # fmt: skip
    return b"From: a@example.org\r\nMessage-ID: <deep@example.org>\r\nSubject: derin\r\n" + body


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomba.txt", b"0" * 20_000_000)
    return out.getvalue()


HOSTILE = {
    "garbage_headers": b"From: \xff\xfe\x80 <\xe7\xf0@\xfc>\r\nSubject: \xc3\x28 \x80\x81\r\nMessage-ID: \xff\r\n\r\nselam",
    "wrong_charset": b'From: a@example.org\r\nSubject: =?utf-9?B?xZ8=?=\r\nContent-Type: text/plain; charset="klingon"\r\n\r\nmerhaba \xfe\xf0',
    "header_injection": b"From: a@example.org\r\nSubject: =?utf-8?Q?Konu=0D=0ABcc:_x@example.org?=\r\n\r\nselam",
    "html_only": b"From: a@example.org\r\nSubject: h\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><style>b{}</style><script>alert(1)</script><p>Merhaba &amp; <b>selam</b><br>ikinci</p></html>",
    "broken_base64": b"From: a@example.org\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@@=\x00\xff=A",
    "broken_boundary": b'From: a@example.org\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nyarim kalan',
    "no_headers": b"\r\n\r\nsadece metin",
    "two_senders": b"From: a@example.org, b@example.org\r\nSubject: iki\r\n\r\nselam",
    "nul_bytes": b"From: a@example.org\r\nSubject: a\x00b\r\n\r\nmetin\x00metin",
    "bad_address": b"From: <<<>>>@@\r\nSubject: x\r\nReferences: <a <b> c>\r\nReceived: x; dun\r\n\r\nselam",
    "long_line": b"From: a@example.org\r\nSubject: " + b"x" * 100_000 + b"\r\n\r\n" + b"y" * 300_000,
}  # fmt: skip
