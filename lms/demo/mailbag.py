"""What came by mail before the demonstration begins: taken in as the poller would, so that the mail room is not empty."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from lms.core.access import Actor
from lms.core.db import transaction
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import intake
from lms.membership.models import Member
from lms.support import services as support

READY = (
    ("Şifre yenileme", "Şifrenizi giriş sayfasındaki “Şifremi unuttum” bağlantısıyla yenileyebilirsiniz; şifrenizi hiçbir görevli bilmez.",
     "You can renew your password through the link “Şifremi unuttum” on the log-in page; nobody here knows your password."),
    ("Video açılmıyor", "Tarayıcınızı güncelleyip sayfayı yenileyin. Sorun sürerse tarayıcınızın adını ve gördüğünüz yazıyı bu iletiyi yanıtlayarak gönderin.",
     "Please update your browser and reload the page. If it goes on, answer this mail with the browser's name and what you see."),
)  # fmt: skip


def deliver(person: Member, tckn: str, paper: Callable[[str, str], bytes], manager: Actor, at: datetime) -> None:
    """A question, a slip, an incomplete request for exemption, a number from a strange address, a mail of nobody."""
    for title, turkish, english in READY:
        with transaction():
            support.keep_answer(None, title=title, body_tr=turkish, body_en=english, actor=manager, now=at)
    own = f"{person.full_name} <{person.email}>"
    slip = paper("dekont", person.full_name)
    letters = (
        (Mailbox.BILGI, own, "Video açılmıyor", "Merhaba,\n\nİkinci dersin videosu açılmıyor, ekranda yalnızca dönen bir daire var.", None),
        (Mailbox.MUHASEBE, own, "Dekont", f"Ödeme dekontum ektedir.\nTCKN: {tckn}", slip),
        (Mailbox.BILGI, own, "Muafiyet", f"Gazi yakınıyım, muafiyet istiyorum. TCKN: {tckn}", None),
        (Mailbox.BILGI, "Bir Tanıdık <tanidik@example.net>", "Sınav hakkı", f"Arkadaşımın sınavı ne zaman? TCKN: {tckn}", None),
        (Mailbox.MUHASEBE, "Eş Dost <esdost@example.net>", "Dekont", "Eşim adına yaptığım ödemenin dekontu ektedir.", slip),
        (Mailbox.BILGI, "", "İlan", "Kurumsal hizmetlerimizi tanıtmak isteriz.", None),
    )  # fmt: skip
    for number, (mailbox, sender, subject, text, attached) in enumerate(letters):
        mail = EmailMessage()
        mail["Date"] = format_datetime(at + timedelta(minutes=number))
        if sender:
            mail["From"] = sender
        mail["Subject"], mail["Message-ID"] = subject, f"<ornek-{number}@example.org>"
        mail.set_content(text)
        if attached is not None:
            mail.add_attachment(attached, maintype="application", subtype="pdf", filename="dekont.pdf")
        arrived = at + timedelta(minutes=20 * number)
        intake.take(mail.as_bytes(), mailbox=mailbox, delivered_at=arrived, now=arrived + timedelta(minutes=1))
