"""Everything that proves one certificate, as a ZIP file: for people a page to print, for programs the same as JSON.

Every file's SHA-256 stands in the manifest, and the head of the audit chain as it stood then. Identity numbers are masked;
for a court or an authority that asks, the holder's stands whole in it, for a reason that is recorded.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import inspect, or_, select

from lms.audit import queries as trail
from lms.audit import services as audit
from lms.audit.models import AuditEntry
from lms.audit.rules import Act, Basis, Fact, Recipient
from lms.certificates import queries as certificates
from lms.certificates.models import Certificate, Revocation
from lms.certificates.services.certificates import as_issued
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Invalid, NotFound, checked
from lms.core.text import nfc
from lms.enrolment.models import Application
from lms.exams.models import Annulment, Answer, AnswerEvent, Attempt, PaperItem
from lms.exams.queries import accommodation as accommodations
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import Training
from lms.membership.models import Acceptance
from lms.payments.models import PaymentEvent
from lms.staff import queries

_SECRET = ("tckn", "password", "totp", "pdf_key")
_AUDIT_MOST = 2000
_TOLD = (
    Fact.NAME, Fact.TCKN, Fact.CONTACT, Fact.INSTITUTION, Fact.APPLICATION, Fact.PAYMENT, Fact.COMPLETION, Fact.RESULT, Fact.CERTIFICATE,
)  # fmt: skip
_EXEMPTION = ("code", "status", "requested_at", "decided_at", "answered_at")
"""That no fee was due, and since when: whose relative somebody is proves no certificate (KVKK m.6)."""
AUTHORITIES = (Recipient.AUTHORITY, Recipient.SEDDK, Recipient.ORYM)
REFERENCE: Final = (10, 120)
REASON: Final = (20, 500)


@dataclass(frozen=True, slots=True)
class Asked:
    """An authority's written request, checked: who asks, by which letter, and why the whole number is needed."""

    recipient: Recipient
    reference: str
    reason: str

    @classmethod
    def read(cls, recipient: str, reference: str, reason: str) -> "Asked":
        """Errors by field: evidence.recipient, reference, reason."""
        return cls(
            **checked(
                {
                    "recipient": lambda: _one_of(recipient),
                    "reference": lambda: _words(reference, "evidence.reference", *REFERENCE),
                    "reason": lambda: _words(reason, "evidence.reason", *REASON),
                }
            )
        )


def _one_of(recipient: str) -> Recipient:
    for one in AUTHORITIES:
        if one.value == recipient:
            return one
    raise Invalid("evidence.recipient")


def _words(typed: str, code: str, least: int, most: int) -> str:
    said = " ".join(nfc(typed).split())
    if not least <= len(said) <= most:
        raise Invalid(code, least=least, most=most)
    return said


def file_of(
    certificate_id: str,
    page: Callable[[dict[str, Any]], str],
    *,
    asked: Asked | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[str, bytes]:
    """The file's name and bytes; `page` turns the facts into HTML. That it left is recorded.

    `certificate_id` as in every address: the application's code. For an authority that `asked` the holder's identity number
    stands whole in it, and the file in the log of disclosures.
    """
    certificate = certificates.current(certificate_id)
    if certificate is None:
        raise NotFound
    audit.record(
        Act.EVIDENCE_EXPORTED, actor=actor, subject=("certificate", certificate_id),
        data={"number": certificate.number, **({"full": True, "reason": asked.reason} if asked else {})}, now=now,
    )  # fmt: skip
    db.session.flush()
    facts = {"made_at": now, "made_by": actor.label, "full": asked is not None, **gather(certificate)}
    if asked is not None:
        member = certificate.application.member
        facts["member"]["tckn"] = vault().open(member.tckn_sealed)
        audit.disclose(
            asked.recipient, basis=Basis.REQUEST, subject=("member", member.code), what=_TOLD, reference=asked.reference,
            actor=actor, now=now,
        )  # fmt: skip
    files = {
        "kanit.html": page(facts).encode(),
        "kanit.json": json.dumps(facts, default=_json, ensure_ascii=False, indent=1).encode(),
        "sertifika.pdf": as_issued(certificate),
    }
    seal = trail.last_seal()
    manifest = {
        "certificate": certificate.number,
        "made_at": now,
        "files": {name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()},
        "audit_chain": {"block": seal.number, "head": seal.head, "sealed_at": seal.sealed_at} if seal else None,
    }
    files["manifest.json"] = json.dumps(manifest, default=_json, ensure_ascii=False, indent=1).encode()
    return f"kanit-{certificate.number}.zip", _zip(files, now)


def _zip(files: dict[str, bytes], now: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _json(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def gather(certificate: Certificate) -> dict[str, Any]:
    """The facts, from the person to the paper; every instant as it is stored."""
    form = certificate.application
    attempts = db.session.scalars(select(Attempt).filter_by(application_id=form.id).order_by(Attempt.id)).all()
    member = form.member
    subjects = [member.code, form.code, certificate.code, *(attempt.code for attempt in attempts)]
    return {
        "certificate": _plain(certificate),
        "versions": _all(select(Certificate).filter_by(application_id=form.id).order_by(Certificate.version)),
        "revocations": _all(select(Revocation).filter_by(application_id=form.id).order_by(Revocation.id)),
        "lookups": dict(zip(("count", "last"), certificates.looked_up(certificate.id), strict=True)),
        "member": {
            "code": member.code,
            "name": member.full_name,
            "tckn": member.tckn_masked,
            "created_at": member.created_at,
        },
        "application": {**_plain(form), "term": form.term.name_tr, "programme": form.term.programme.name_tr},
        "acceptances": [_accepted(row) for row in _acceptances(form)],
        "payment": _payment(form),
        "training": _training(form),
        "extra_times": [
            {
                "minutes": row.minutes,
                "status": row.status,
                "requested_at": row.requested_at,
                "decided_at": row.decided_at,
            }
            for row in accommodations.of_application(form.id)
        ],
        "attempts": [_attempt(attempt) for attempt in attempts],
        "disclosures": [_plain(row) for row in trail.disclosures_of(member.code)],
        "audit": _trail(subjects),
    }


def _plain(row: Any) -> dict[str, Any]:
    """A row's own columns, without keys and without what must not leave."""
    names = [column.key for column in inspect(type(row)).column_attrs]
    kept = [name for name in names if name != "id" and not name.endswith("_id") and not name.startswith(_SECRET)]
    return {name: getattr(row, name) for name in kept}


def _all(statement: Any) -> list[dict[str, Any]]:
    return [_plain(row) for row in db.session.scalars(statement)]


def _acceptances(form: Application) -> Iterable[Acceptance]:
    payment = form.entitlement.payment if form.entitlement else None
    codes = [form.code, form.member.code, *([payment.code] if payment else [])]
    rows = select(Acceptance).where(Acceptance.member_id == form.member_id, Acceptance.subject_code.in_(codes))
    return db.session.scalars(rows.order_by(Acceptance.id)).all()


def _accepted(row: Acceptance) -> dict[str, Any]:
    text = row.text
    return {
        "text": text.title, "kind": text.kind, "version": text.version, "language": text.language, "sha256": text.sha256,
        "given": row.given, "at": row.at, "ip": row.ip,
    }  # fmt: skip


def _payment(form: Application) -> dict[str, Any]:
    if form.entitlement is None:
        request = db.session.get(ExemptionRequest, form.exemption_id)
        return {"exemption": {name: getattr(request, name) for name in _EXEMPTION} if request else None}
    payment = form.entitlement.payment
    events = select(PaymentEvent).filter_by(payment_id=payment.id).order_by(PaymentEvent.id)
    return {**_plain(payment), "events": _all(events)}


def _training(form: Application) -> dict[str, Any] | None:
    training = db.session.scalars(select(Training).filter_by(application_id=form.id)).one_or_none()
    if training is None:
        return None
    return {
        "started_at": training.started_at,
        "completed_at": training.completed_at,
        "release": training.release.content_hash,
        "lessons": [
            {"ordinal": seen.ordinal, "title": seen.title, "duration": seen.duration, "watched": seen.watched,
             "ranges": seen.ranges, "last": seen.last}
            for seen in queries.lessons_seen([form.id]).get(form.id, [])
        ],
    }  # fmt: skip


def _attempt(attempt: Attempt) -> dict[str, Any]:
    items = db.session.scalars(select(PaperItem).filter_by(attempt_id=attempt.id).order_by(PaperItem.number)).all()
    answers = {row.number: row for row in db.session.scalars(select(Answer).filter_by(attempt_id=attempt.id))}
    versions = [item.question_version_id for item in items]
    annulled = select(Annulment.question_version_id).where(Annulment.question_version_id.in_(versions))
    credited = set(db.session.scalars(annulled))
    return {
        **_plain(attempt),
        "paper": [
            {
                "number": item.number, "question": item.question_version.question.code, "stem": item.stem, "table": item.table,
                "options": item.options, "key": item.key, "annulled": item.question_version_id in credited,
                "answer": answers[item.number].option if item.number in answers else None,
            }
            for item in items
        ],
        "answer_events": _all(select(AnswerEvent).filter_by(attempt_id=attempt.id).order_by(AnswerEvent.id)),
    }  # fmt: skip


def _trail(codes: list[str]) -> list[dict[str, Any]]:
    """What was done about this person and these things, with the row's key, by which the chain finds it."""
    rows = select(AuditEntry).where(or_(AuditEntry.subject_code.in_(codes), AuditEntry.actor_code == codes[0]))
    entries = db.session.scalars(rows.order_by(AuditEntry.id.desc()).limit(_AUDIT_MOST)).all()
    return [
        {"row": row.id, "at": row.at, "act": row.act, "text": trail.text(row), "by": row.actor_label, "data": row.data}
        for row in reversed(entries)
    ]
