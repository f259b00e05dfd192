"""The application form and the life of an application (R010-R013, R047-R062, R094, R098)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from lms.core.calendar import Explained
from lms.core.errors import Conflict, FieldErrors, Invalid
from lms.core.text import fold
from lms.membership.rules.identity import mobile
from lms.terms.rules import Schedule, check_application_window, training_assignment

__all__ = ["Action", "Answers", "ApplicantType", "Education", "Outcome", "Status", "training_assignment"]

INSTITUTION_MAX: Final = 120

E = TypeVar("E", bound=StrEnum)


class ApplicantType(StrEnum):
    """R049: one of five. The literal labels stand in `APPLICANT_LABELS`."""

    AGENCY = "agency"
    BANK = "bank"
    INSURER = "insurer"
    BROKER = "broker"
    OTHER = "other"


APPLICANT_LABELS: Final[Mapping[ApplicantType, str]] = {
    ApplicantType.AGENCY: "Acente",
    ApplicantType.BANK: "Banka/Özel Kurum",
    ApplicantType.INSURER: "Sigorta,Reasürans ve Emeklilik Şirketi",
    ApplicantType.BROKER: "Broker",
    ApplicantType.OTHER: "Diğer",
}


class Education(StrEnum):
    """R051: required, without a minimum."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    ASSOCIATE = "associate"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"


_EDUCATION_WORDS: Final[Mapping[str, Education]] = {
    word: level
    for level, words in {
        Education.PRIMARY: ("primary", "ilkogretim", "ilkokul", "ortaokul"),
        Education.SECONDARY: ("secondary", "lise", "high school"),
        Education.ASSOCIATE: ("associate", "on lisans", "onlisans"),
        Education.BACHELOR: ("bachelor", "lisans", "universite", "university", "undergraduate"),
        Education.MASTER: ("master", "yuksek lisans", "graduate", "postgraduate"),
        Education.DOCTORATE: ("doctorate", "doktora", "phd"),
    }.items()
    for word in words
}


def education_of(typed: str) -> Education | None:
    """R051: a level by its code or by what people and programs call it."""
    return _EDUCATION_WORDS.get(fold(typed).replace("_", " "))


# --- the life of an application ----------------------------------------------------------------------------------


class Outcome(StrEnum):
    """How an application ended; stored. None of them: it is open.

    R019, R020, R025-R027, R113: none of them gives the fee back or carries it over; a consumed entitlement stays consumed.
    """

    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"
    INVALID = "invalid"


class Status(StrEnum):
    """What a person is shown; computed from the outcome, the training and now."""

    SUBMITTED = "submitted"
    IN_TRAINING = "in_training"
    IN_EXAMS = "in_exams"
    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"
    INVALID = "invalid"


class Action(StrEnum):
    PASS = "pass"  # noqa: S105 - an exam is passed, not a secret
    FAIL = "fail"
    LAPSE = "lapse"
    INVALIDATE = "invalidate"
    REOPEN = "reopen"
    FORFEIT = "forfeit"


_TRANSITIONS: Final[Mapping[tuple[Outcome | None, Action], Outcome | None]] = {
    (None, Action.PASS): Outcome.PASSED,
    (None, Action.FAIL): Outcome.FAILED,
    (None, Action.LAPSE): Outcome.LAPSED,
    (None, Action.INVALIDATE): Outcome.INVALID,
    # an exam that ended inside the study window and was settled, or regraded (D-15), after the application closed
    (Outcome.LAPSED, Action.PASS): Outcome.PASSED,
    (Outcome.LAPSED, Action.FAIL): Outcome.FAILED,
    (Outcome.FAILED, Action.PASS): Outcome.PASSED,
    # R098: staff annul an exam for a technical cause and the right comes back
    (Outcome.FAILED, Action.REOPEN): None,
    (Outcome.LAPSED, Action.REOPEN): None,
    # R025: the passed exam is annulled for misconduct before its certificate
    (Outcome.PASSED, Action.FORFEIT): None,
    # R114: at any time, also after the certificate
    (Outcome.PASSED, Action.INVALIDATE): Outcome.INVALID,
    (Outcome.FAILED, Action.INVALIDATE): Outcome.INVALID,
    (Outcome.LAPSED, Action.INVALIDATE): Outcome.INVALID,
}

ACTION_OF: Final[Mapping[Outcome, Action]] = {
    Outcome.PASSED: Action.PASS,
    Outcome.FAILED: Action.FAIL,
    Outcome.LAPSED: Action.LAPSE,
    Outcome.INVALID: Action.INVALIDATE,
}


def after(outcome: Outcome | None, action: Action) -> Outcome | None:
    """R012, R094, R098: the outcome after an action, or a named refusal; no step is skipped and no end undone in silence."""
    try:
        return _TRANSITIONS[outcome, action]
    except KeyError:
        raise Conflict("application.transition", outcome=outcome or "open", action=action) from None


def status(
    outcome: Outcome | None, *, assigned_at: datetime, study_end: datetime, trained_at: datetime | None, now: datetime
) -> Status:
    """R012, R013: the status at `now`, right even if no job has run: from the end of the study window it reads lapsed."""
    if outcome is not None:
        return Status(outcome.value)
    if now >= study_end:
        return Status.LAPSED
    if trained_at is not None and trained_at <= now:
        return Status.IN_EXAMS
    return Status.IN_TRAINING if now >= assigned_at else Status.SUBMITTED


# --- may the form be sent? ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admission:
    """Why the form is open: a settled payment or an approved exemption whose answer was sent (R119)."""

    opens_at: datetime
    exempt: bool = False


def check_form(schedule: Schedule, admission: Admission | None, now: datetime) -> None:
    """R010, R043, R119: inside the window, after the payment (by branch: six hours later) or the sent approval."""
    check_application_window(schedule, now)
    if admission is None:
        raise Conflict("application.not_paid")
    if now < admission.opens_at:
        raise Conflict("application.form_not_open_yet", opens_at=admission.opens_at)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier application of the same person in the same term."""

    code: str
    ordinal: int
    outcome: Outcome | None
    reapplication_approved: bool = False


def next_ordinal(earlier: Collection[Earlier]) -> int:
    """R062, R099: 1 for the first application of a term; one more after three fails and an approval; else refused."""
    if not earlier:
        return 1
    last = max(earlier, key=lambda e: e.ordinal)
    if last.outcome is None:
        raise Conflict("application.exists", id=last.code)
    if last.outcome is not Outcome.FAILED or not last.reapplication_approved:
        raise Conflict("application.needs_approval", id=last.code, outcome=last.outcome)
    return last.ordinal + 1


# --- what was typed ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """The editable part of the form, as typed. Boxes are unticked unless a person ticked them (R057)."""

    applicant_type: str = ""
    institution: str = ""
    education: str = ""
    phone: str = ""
    province: str = ""
    district: str = ""
    accepts_notice: bool = False
    accepts_terms: bool = False
    explicit_consent: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """Answers that passed the checks, in the form they are stored in."""

    applicant_type: ApplicantType
    institution: str
    education: Education
    phone: str | None
    province: str | None
    district: str | None
    explicit_consent: bool


def check_answers(
    answers: Answers, *, districts: Mapping[str, Collection[str]], institutions: Mapping[str, Collection[str]]
) -> Form:
    """R049-R054, R057: format only, the truth of it is the candidate's. All wrong fields are named at once.

    `districts`: province -> its districts; `institutions`: applicant type -> the names listed for it. A name that is
    listed for another type only is refused (R050); one that is listed nowhere is taken as typed.
    """
    wrong: dict[str, str] = {}
    kind = _member(ApplicantType, answers.applicant_type)
    if kind is None:
        wrong["applicant_type"] = "form.choose"
    education = education_of(answers.education)
    if education is None:
        wrong["education"] = "form.choose"
    institution = " ".join(answers.institution.split())
    if error := _institution_error(institution, kind, institutions):
        wrong["institution"] = error
    try:
        phone = mobile(answers.phone) if answers.phone.strip() else None
    except Invalid as error:
        wrong["phone"] = error.code
    wrong |= _place_errors(answers.province, answers.district, districts)
    if not answers.accepts_notice:
        wrong["accepts_notice"] = "form.read_notice"
    if not answers.accepts_terms:
        wrong["accepts_terms"] = "form.accept_terms"
    if wrong or kind is None or education is None:
        raise FieldErrors(wrong)
    return Form(
        applicant_type=kind,
        institution=institution,
        education=education,
        phone=phone,
        province=answers.province or None,
        district=answers.district or None,
        explicit_consent=answers.explicit_consent,
    )


def _member(kind: type[E], text: str) -> E | None:
    return next((member for member in kind if member.value == text), None)


def _institution_error(
    name: str, kind: ApplicantType | None, institutions: Mapping[str, Collection[str]]
) -> str | None:
    """R050, D-9: required for every type; for "Diğer" it is free text."""
    if not name:
        return "form.required"
    if len(name) > INSTITUTION_MAX or not any(c.isalpha() for c in name) or not name.isprintable():
        return "institution.invalid"
    if kind is None or name in institutions.get(kind, ()):
        return None
    listed_elsewhere = any(name in names for names in institutions.values())
    return "institution.other_type" if listed_elsewhere else None


def _place_errors(province: str, district: str, districts: Mapping[str, Collection[str]]) -> dict[str, str]:
    """R052: both optional; a district needs its province."""
    if province and province not in districts:
        return {"province": "province.unknown"}
    if district and not province:
        return {"province": "province.first"}
    if district and district not in districts[province]:
        return {"district": "district.of_other_province"}
    return {}


def frozen_assignment(
    schedule: Schedule, form_at: datetime, explained: Explained
) -> tuple[datetime, dict[str, object]]:
    """R064, R127: what the application keeps: the instant and why; a holiday entered later moves neither."""
    if explained.value < max(form_at, schedule.study.start):
        raise ValueError("training cannot be assigned before the form or the study window")
    return explained.value, explained.to_json()
