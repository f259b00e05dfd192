"""Rows for tests, straight into the database: the 2025 term of the guide, invented people, a paid application.

Each function adds, flushes and answers the row; the caller's transaction stores it. Numbers come from RULES.md.
"""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from lms.core.clock import ISTANBUL
from lms.core.codes import mask_tckn, new_code
from lms.core.config import vault
from lms.core.db import db
from lms.core.text import fold
from lms.courses.models import CourseRelease, Lesson
from lms.enrolment.models import Application
from lms.membership.models import Member
from lms.payments.models import Entitlement, Payment
from lms.questions.models import PaperPlan, Question, QuestionVersion
from lms.terms.models import Programme, Term

_serial = count(20_000_000)  # beyond every number that a test names itself


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime.combine(date(year, month, day), time(0), tzinfo=ISTANBUL)


def valid_tckn(seed: int) -> str:
    """The ``seed``-th T.C. identity number that passes the checksum; belongs to nobody we know."""
    digits = [int(d) for d in f"{100_000_000 + seed:09d}"]
    tenth = (sum(digits[0::2]) * 7 - sum(digits[1::2])) % 10
    return "".join(map(str, [*digits, tenth, (sum(digits) + tenth) % 10]))


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def programme(code: str = "ddta") -> Programme:
    found = db.session.query(Programme).filter_by(code=code).one_or_none()
    if found is not None:
        return found
    name = "Devlet Destekli Ticari Alacak Sigortası"
    return _add(
        Programme(code=code, name_tr=name, name_en="State-Supported Trade Credit Insurance", service_name="Devlet Destekli Ticari Alacak", number_prefix="DDTA", branch_service="TICALACAK")
    )  # fmt: skip


def term(**changes: Any) -> Term:
    """The first-time term of the 2025 guide (RULES.md, time model and section C)."""
    values: dict[str, Any] = {
        "code": "ddta-2025-ilk", "version": 1, "programme_id": programme().id, "kind": "first_time",
        "name_tr": "2025 dönemi", "name_en": "2025 term", "is_example": False,
        "application_from": midnight(2025, 1, 8), "application_to": midnight(2025, 11, 22),
        "study_from": midnight(2025, 1, 9), "study_to": midnight(2025, 11, 29),
        "fee_kurus": 53300, "vat_percent": 20, "attempts": 3, "question_count": 10, "pass_mark": 70, "exam_minutes": 20,
        "view_days": 180, "view_fee_kurus": 15000, "view_fee_is_example": True, "assignment_hours": 24, "branch_hours": 6,
        "receipt_days": 3, "exemption_safe_days": 5, "guard_minutes": 15, "warn_minutes": 60, "created_at": midnight(2025, 1, 1),
    }  # fmt: skip
    found = db.session.query(Term).filter_by(code=changes.get("code", values["code"]), superseded_at=None).one_or_none()
    return found if found is not None and not changes else _add(Term(**{**values, **changes}))


def member(**changes: Any) -> Member:
    """An invented person; ``staff_role`` makes a staff account."""
    n = next(_serial)
    tckn = changes.pop("tckn", valid_tckn(n))
    values: dict[str, Any] = {
        "code": new_code(), "tckn_index": vault().index(tckn), "tckn_sealed": vault().seal(tckn), "tckn_masked": mask_tckn(tckn),
        "first_name": "Deniz", "last_name": f"Örnek {n}", "email": f"kisi{n}@example.org", "phone": None, "language": "tr",
        "created_at": midnight(2025, 1, 8),
    }  # fmt: skip
    values.update(changes)
    values.setdefault("name_folded", fold(f"{values['first_name']} {values['last_name']}"))
    return _add(Member(**values))


def paid(who: Member, in_term: Term, at: datetime, *, purpose: str = "application", subject: str = "1") -> Entitlement:
    """A settled card payment and its entitlement."""
    amount = in_term.fee_kurus if purpose == "application" else in_term.view_fee_kurus
    payment = _add(
        Payment(code=new_code(), member_id=who.id, term_id=in_term.id, term_code=in_term.code, purpose=purpose, subject=subject, amount_kurus=amount,
                captured_kurus=amount, status="paid", created_at=at, paid_at=at, closed_at=at)
    )  # fmt: skip
    return _add(
        Entitlement(
            payment_id=payment.id,
            member_id=who.id,
            purpose=purpose,
            term_code=in_term.code,
            subject=subject,
            paid_at=at,
            opens_at=at,
        )
    )


def application(
    who: Member | None = None, *, at: datetime | None = None, assigned_at: datetime | None = None, **changes: Any
) -> Application:
    """An application sent at ``at`` (default: Wed 8 Jan 2025 09:00, R122), paid a minute earlier, assigned 24 h later."""
    who = who or member()
    at = at or midnight(2025, 1, 8) + timedelta(hours=9)
    in_term = changes.pop("term", None) or term()
    ordinal = changes.pop("ordinal", 1)
    if "entitlement_id" not in changes and "exemption_id" not in changes:
        changes["entitlement_id"] = paid(who, in_term, at - timedelta(minutes=1), subject=str(ordinal)).id
    values: dict[str, Any] = {
        "code": new_code(), "number": f"DDTA-2025-{next(_serial):06d}", "member_id": who.id, "term_id": in_term.id, "term_code": in_term.code,
        "ordinal": ordinal, "submitted_at": at, "first_name": who.first_name, "last_name": who.last_name, "email": who.email, "phone": who.phone,
        "applicant_type": "agency", "institution": "Örnek Acentesi", "education": "bachelor", "assigned_at": assigned_at or at + timedelta(hours=24),
        "assigned_why": {"value": (assigned_at or at + timedelta(hours=24)).isoformat(), "steps": []},
    }  # fmt: skip
    return _add(Application(**{**values, **changes}))


def release(durations: tuple[int, ...] = (60, 90, 30), **changes: Any) -> CourseRelease:
    """A course release with one lesson per duration (seconds)."""
    n = next(_serial)
    row = _add(
        CourseRelease(
            **{"programme_code": "ddta", "content_hash": f"{n:064x}", "published_at": midnight(2025, 1, 1), **changes}
        )
    )
    for ordinal, seconds in enumerate(durations, 1):
        _add(
            Lesson(release_id=row.id, code=f"{ordinal:02d}-ders", ordinal=ordinal, title=f"Ders {ordinal}", duration=seconds, video_key="v.mp4",
                   captions_key="c.vtt", poster_key="p.png", about={}, transcript=[], slides=[], checks=[], citations=[])
        )  # fmt: skip
    db.session.refresh(row, ["lessons"])
    return row


def questions(number: int = 40, topics: int = 4) -> list[QuestionVersion]:
    """``number`` questions over ``topics`` topics and the plan of a paper; option text says which is right ("doğru")."""
    if db.session.get(PaperPlan, "ddta") is None:
        slots = [[f"konu-{n % topics + 1}", n % 3 + 1] for n in range(10)]
        _add(PaperPlan(programme_code="ddta", slots=slots, titles={}, imported_at=midnight(2025, 1, 1)))
    rows = []
    for n in range(number):
        question = _add(Question(code=f"S{next(_serial):04d}", programme_code="ddta", topic=f"konu-{n % topics + 1}"))
        rows.append(
            _add(
                QuestionVersion(
                    question_id=question.id,
                    content_hash=f"{next(_serial):064x}",
                    stem=f"Soru {n + 1}?",
                    options=["doğru", "yanlış 1", "yanlış 2", "yanlış 3"],
                    answer=0,
                    explanation="Açıklama.",
                    difficulty=n % 3 + 1,
                    lesson_code="01-ders",
                    sources=[],
                    citations=[],
                    created_at=midnight(2025, 1, 1),
                )
            )
        )
    return rows
