"""The office's queues as the desk and the dashboard show them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lms.core.access import Actor
from lms.reports.queries import queues as queries
from lms.web.navigation import open_to

_OLD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of the desk: what waits, how many, since when, and where to go."""

    label: str
    url: str
    count: int
    since: datetime | None
    old: bool


_QUEUES = (
    ("exemptions", "Muafiyet istekleri", "/yonetim/muafiyet"),
    ("second_looks", "Muafiyette ikinci onay bekleyen", "/yonetim/muafiyet?liste=ikinci-onay"),
    ("lost_answers", "Ulaşmayan muafiyet yanıtları", "/yonetim/muafiyet?liste=ulasmayan"),
    ("reapplications", "Yeniden başvuru talepleri", "/yonetim/yeniden-basvuru"),
    ("accommodations", "Ek süre istekleri", "/yonetim/ek-sure"),
    ("revocations", "İptal onayı bekleyen", "/yonetim/sertifikalar"),
    ("corrections", "Kimlik no düzeltmeleri", "/yonetim/duzeltmeler"),
    ("disputes", "Kimlik itirazları", "/yonetim/kimlik-itirazlari"),
    ("payments", "Bakılacak ödemeler", "/yonetim/odemeler"),
    ("branch", "Şube ödemeleri", "/yonetim/sube-odemeleri/bekleyen"),
    ("branch_gaps", "Gelmeyen banka dosyaları", "/yonetim/sube-odemeleri"),
    ("mail", "Bekleyen posta", "/yonetim/posta"),
    ("slips", "Dekontlar", "/yonetim/dekontlar"),
    ("tickets", "Destek talepleri", "/yonetim/destek"),
    ("privacy", "Kişisel veri talepleri", "/yonetim/kvkk"),
    ("proposals", "İçerik önerileri", "/yonetim/icerik/oneriler"),
    ("videos", "Ders videosu önerileri", "/yonetim/icerik/videolar"),
    ("signs", "Bakılmamış sınav işaretleri", "/yonetim/raporlar/isaretler"),
    ("messages", "Gönderilemeyen iletiler", "/yonetim/iletiler"),
)


def lines(actor: Actor, now: datetime) -> list[Queue]:
    """The queues whose page this role may open."""
    waiting = queries.waiting(now)
    shown = []
    for key, label, url in _QUEUES:
        if not open_to(url.partition("?")[0], actor):
            continue
        one = waiting[key]
        old = one.oldest is not None and now - one.oldest > _OLD
        shown.append(Queue(label, url, one.count, one.oldest, old))
    return shown
