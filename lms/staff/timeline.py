"""What happened to one person, as one list: every feature's facts folded into events, the newest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lms.core.money import turkish_text
from lms.exemptions.forms import RELATION_LABELS
from lms.exemptions.rules import Relation
from lms.privacy.forms import KIND_NAMES, OUTCOME_NAMES
from lms.privacy.rules.requests import Kind as PrivacyKind
from lms.privacy.rules.requests import Outcome
from lms.staff.queries import Saved
from lms.staff.services import Cases, Course, Dossier


class Kind(StrEnum):
    """What an event belongs to; the page filters by it."""

    APPLICATION = "basvuru"
    PAYMENT = "odeme"
    REQUEST = "istek"
    TRAINING = "egitim"
    EXAM = "sinav"
    CERTIFICATE = "sertifika"
    MESSAGE = "ileti"
    SUPPORT = "destek"
    DISCLOSURE = "aktarim"
    AUDIT = "islem"


LABELS: Mapping[Kind, str] = {
    Kind.APPLICATION: "Başvuru", Kind.PAYMENT: "Ödeme", Kind.REQUEST: "İstek", Kind.TRAINING: "Eğitim",
    Kind.EXAM: "Sınav", Kind.CERTIFICATE: "Sertifika", Kind.MESSAGE: "İleti", Kind.SUPPORT: "Destek",
    Kind.DISCLOSURE: "Bilgi aktarımı", Kind.AUDIT: "İşlem kaydı",
}  # fmt: skip
_PAYMENT = {"pending": "bekliyor", "paid": "tamamlandı", "failed": "gerçekleşmedi", "expired": "süresi doldu"}
_PURPOSE = {
    "application": "Başvuru ücreti",
    "certificate": "Sertifika görüntüleme ücreti",
    "group": "Kurumsal başvuru ücretleri",
}
NOTES = {
    "duplicate": "mükerrer", "underpaid": "eksik ödeme", "overpaid": "fazla ödeme", "wrong_service": "başka hizmet",
    "out_of_window": "dönem dışı", "wrong_channel": "başka kanal", "reversed": "geri alındı",
}  # fmt: skip
"""What is odd about a payment."""
_SOURCE = {"mail": "e-posta ile", "form": "yüklendi", "staff": "görevli girdi"}
_SLIP = {"accepted": "kabul edildi", "refused": "kabul edilmedi"}
_EXEMPTION = {"approved": "uygun bulundu", "rejected": "uygun bulunmadı", "more_documents": "ek belge istendi"}
_OUTCOME = {
    "passed": "başarılı",
    "failed": "üç hak kullanıldı",
    "lapsed": "süresi doldu",
    "invalid": "geçersiz sayıldı",
}
_MOOD = {"passed": "good", "invalid": "bad", "failed": "bad"}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, or a date that was promised: when, what, in detail, and why it is that date."""

    at: datetime
    kind: Kind
    title: str
    detail: str = ""
    why: Any = None
    url: str = ""
    mood: str = ""


def events(dossier: Dossier) -> list[Event]:
    """Everything the dossier knows, the newest first; what happened at one instant stays in the order of its making."""
    cases = dossier.cases
    found = [
        *_account(dossier),
        *_money(dossier),
        *_certified(dossier),
        *_asked(cases),
        *_about(cases),
        *_wrote(cases),
        *_told(dossier),
    ]
    for course in dossier.courses:
        found += _course(course)
    return sorted(found, key=lambda event: event.at, reverse=True)


def _account(dossier: Dossier) -> Iterator[Event]:
    for entry, text in dossier.trail:
        reason = entry.data.get("reason") if isinstance(entry.data, dict) else None
        who = f"{entry.actor_label}" if entry.actor_kind == "staff" else ""
        yield Event(entry.at, Kind.AUDIT, text, " · ".join(part for part in (who, str(reason or "")) if part))
    for given in dossier.disclosures:
        detail = f"{given.recipient_name} · {given.reference} · {given.actor_label}"
        yield Event(given.at, Kind.DISCLOSURE, "Kurum dışına bilgi verildi", detail)


def _course(course: Course) -> Iterator[Event]:
    form = course.application
    detail = f"{form.number} · {form.term.name_tr} · {form.institution}"
    yield Event(form.submitted_at, Kind.APPLICATION, "Başvuru formu gönderildi", detail, mood="good")
    yield Event(form.assigned_at, Kind.TRAINING, "Eğitim ataması", form.number, form.assigned_why)
    if form.outcome_at is not None and form.outcome is not None:
        title = f"Başvuru sonuçlandı: {_OUTCOME[form.outcome]}"
        yield Event(form.outcome_at, Kind.APPLICATION, title, form.number, mood=_MOOD.get(form.outcome, ""))
    if course.training is not None:
        yield Event(course.training.started_at, Kind.TRAINING, "Eğitime başladı", form.number)
        if course.training.completed_at is not None:
            yield Event(course.training.completed_at, Kind.TRAINING, "Eğitim tamamlandı", form.number, mood="good")
    for attempt in course.attempts:
        yield from _attempt(attempt, course.saved.get(attempt.id))


def _attempt(attempt: Any, saved: Saved | None) -> Iterator[Event]:
    answers = f"{saved.answered}/{attempt.question_count} yanıt, {saved.saves} kayıt" if saved else "yanıt yok"
    yield Event(attempt.started_at, Kind.EXAM, f"{attempt.ordinal}. sınav başladı", f"{attempt.question_count} soru")
    if attempt.finalised_at is not None:
        how = {"deadline": "süre doldu", "staff": "görevli sonlandırdı"}.get(attempt.finished_by or "", "aday bitirdi")
        title = f"{attempt.ordinal}. sınav: {attempt.score} puan, {'başarılı' if attempt.passed else 'başarısız'}"
        mood = "good" if attempt.passed else "bad"
        yield Event(attempt.finalised_at, Kind.EXAM, title, f"{how} · {answers}", mood=mood)
    if attempt.regraded_at is not None:
        yield Event(attempt.regraded_at, Kind.EXAM, f"{attempt.ordinal}. sınav yeniden değerlendirildi", mood="good")
    if attempt.annulled_at is not None:
        title = f"{attempt.ordinal}. sınav geçersiz sayıldı"
        yield Event(attempt.annulled_at, Kind.EXAM, title, attempt.annul_reason or "", mood="bad")


def _money(dossier: Dossier) -> Iterator[Event]:
    for row in dossier.payments:
        what = _PURPOSE[row.purpose]
        detail = " · ".join(
            part for part in (turkish_text(row.amount_kurus), row.term.name_tr, row.on_behalf_of, NOTES.get(row.note or "")) if part
        )  # fmt: skip
        if row.paid_at is None:
            mood = "bad" if row.status == "failed" else ""
            yield Event(row.created_at, Kind.PAYMENT, f"{what}: {_PAYMENT[row.status]}", detail, mood=mood)
        else:
            yield Event(row.created_at, Kind.PAYMENT, f"{what}: ödemeye başlandı", detail)
            yield Event(row.paid_at, Kind.PAYMENT, f"{what}: {_PAYMENT[row.status]}", detail, mood="good")
    for slip in dossier.cases.slips:
        url = f"/yonetim/dekontlar/{slip.code}"
        yield Event(slip.arrived_at, Kind.PAYMENT, "Dekont geldi", _SOURCE[slip.source], url=url)
        if slip.decided_at is not None:
            yield Event(slip.decided_at, Kind.PAYMENT, f"Dekont {_SLIP[slip.status]}", slip.reason or "", url=url)


def _certified(dossier: Dossier) -> Iterator[Event]:
    for held in dossier.certificates:
        title = f"Sertifika {held.number}" if held.number else "Sertifika (numara verilecek)"
        yield Event(
            held.available.value, Kind.CERTIFICATE, f"{title}: erişim tarihi", held.program, held.available, mood="good"
        )
        for window in held.display.windows:
            why = f"açıldığı andan başlayarak {held.view_days} gün"
            yield Event(window.end, Kind.CERTIFICATE, f"{title}: görüntüleme süresi biter", why)
        if held.certificate is not None:
            looks = dossier.looks.get(held.certificate.id)
            if looks is not None:
                yield Event(
                    looks.last, Kind.CERTIFICATE, f"{title}: son sorgu", f"bugüne dek {looks.count} kez sorgulandı"
                )
            if held.certificate.revoked_at is not None:
                yield Event(held.certificate.revoked_at, Kind.CERTIFICATE, f"{title}: iptal edildi", mood="bad")
    for row in dossier.cases.revocations:
        url = f"/yonetim/sertifikalar/{row.application.code}"
        yield Event(row.requested_at, Kind.CERTIFICATE, "Geçersizlik istendi", row.reason, url=url)
        if row.decided_at is not None:
            said = "onaylandı" if row.status == "confirmed" else "geri çevrildi"
            yield Event(row.decided_at, Kind.CERTIFICATE, f"Geçersizlik {said}", row.decision_note or "", url=url)


def _asked(cases: Cases) -> Iterator[Event]:
    """What the person asked of the office. Why extra time is asked may speak of health, and stays at its own page."""
    for row in cases.exemptions:
        relation = RELATION_LABELS[Relation(row.relation)]
        url = f"/yonetim/muafiyet/{row.code}"
        yield Event(row.requested_at, Kind.REQUEST, f"Ücret muafiyeti istendi: {relation}", url=url)
        if row.decided_at is not None:
            title = f"Ücret muafiyeti: {_EXEMPTION.get(row.status, 'karar verildi')}"
            yield Event(row.decided_at, Kind.REQUEST, title, row.reason or "", url=url)
        if row.answered_at is not None:
            yield Event(row.answered_at, Kind.REQUEST, "Muafiyet yanıtı gönderildi", url=url)
    for again in cases.reapplications:
        url = f"/yonetim/yeniden-basvuru/{again.code}"
        yield Event(again.requested_at, Kind.REQUEST, "Yeniden başvuru istendi", url=url)
        if again.decided_at is not None:
            said = "onaylandı" if again.status == "approved" else "uygun bulunmadı"
            yield Event(again.decided_at, Kind.REQUEST, f"Yeniden başvuru {said}", again.reason or "", url=url)
    for extra in cases.accommodations:
        url, number = f"/yonetim/ek-sure/{extra.code}", extra.application.number
        yield Event(extra.requested_at, Kind.REQUEST, "Sınavda ek süre istendi", number, url=url)
        if extra.decided_at is not None:
            said = f"{extra.minutes} dakika tanındı" if extra.status == "granted" else "uygun bulunmadı"
            yield Event(extra.decided_at, Kind.REQUEST, f"Ek süre: {said}", number, url=url)
    for asked in cases.privacy:
        url, name = f"/yonetim/kvkk/{asked.code}", str(KIND_NAMES[PrivacyKind(asked.kind)])
        yield Event(asked.asked_at, Kind.REQUEST, f"Kişisel veri talebi: {name}", url=url)
        if asked.decided_at is not None and asked.outcome is not None:
            said = str(OUTCOME_NAMES[Outcome(asked.outcome)])
            yield Event(asked.decided_at, Kind.REQUEST, f"Kişisel veri talebi {said}", name, url=url)


def _about(cases: Cases) -> Iterator[Event]:
    """What was asked about the person."""
    for put in cases.corrections:
        what = "Ad soyad" if put.kind == "name" else "Kimlik no"
        url, detail = f"/yonetim/duzeltmeler/{put.code}", f"{put.before} → {put.after}"
        if put.kind == "tckn":
            yield Event(put.requested_at, Kind.REQUEST, f"{what} düzeltmesi istendi", detail, url=url)
        if put.decided_at is not None:
            said = "geri çevrildi" if put.status == "refused" else "düzeltildi"
            yield Event(put.decided_at, Kind.REQUEST, f"{what} {said}", detail, url=url)
    for claim in cases.disputes:
        url = f"/yonetim/kimlik-itirazlari/{claim.code}"
        yield Event(claim.opened_at, Kind.REQUEST, "Bu hesaba itiraz edildi: numara benim", claim.name, url=url)
        if claim.decided_at is not None:
            said = "hesap taşındı" if claim.status == "moved" else "kabul edilmedi"
            yield Event(claim.decided_at, Kind.REQUEST, f"Hesaba itiraz: {said}", claim.reason or "", url=url)


def _wrote(cases: Cases) -> Iterator[Event]:
    """What the person wrote, and to whom they answered."""
    for invitation in cases.invitations:
        if invitation.answered_at is not None:
            title = f"Kurumsal başvuru daveti kabul edildi: {invitation.institution.name}"
            yield Event(invitation.answered_at, Kind.REQUEST, title, invitation.term.name_tr)
    for ticket in cases.tickets:
        url = f"/yonetim/destek/{ticket.code}"
        yield Event(ticket.created_at, Kind.SUPPORT, f"Destek talebi: {ticket.subject}", url=url)
        if ticket.status != "open":
            said = "kapandı" if ticket.status == "closed" else "yanıtlandı"
            yield Event(ticket.since, Kind.SUPPORT, f"Destek talebi {said}: {ticket.subject}", url=url)
    for mail in cases.mails:
        url = f"/yonetim/posta/{mail.code}"
        yield Event(mail.received_at, Kind.SUPPORT, f"E-posta geldi: {mail.subject}", f"{mail.mailbox}@", url=url)


def _told(dossier: Dossier) -> Iterator[Event]:
    for row in dossier.messages:
        way = "SMS" if row.channel == "sms" else "e-posta"
        at, said, mood = row.created_at, "sırada", ""
        if row.bounced_at is not None:
            at, said, mood = row.bounced_at, "geri döndü", "bad"
        elif row.sent_at is not None:
            at, said = row.sent_at, "gönderildi"
        elif row.failed_at is not None:
            at, said, mood = row.failed_at, "gönderilemedi", "bad"
        yield Event(at, Kind.MESSAGE, f"{dossier.names.get(row.template, row.template)}: {way} {said}", mood=mood)


def chosen(found: Iterable[Event], kind: str) -> Sequence[Event]:
    """Those of one kind; where the name is none of ours all but the audit, which repeats them."""
    if kind in set(Kind):
        return [event for event in found if event.kind == kind]
    return [event for event in found if event.kind is not Kind.AUDIT]
