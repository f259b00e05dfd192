"""Terms, payments, exemptions, applications, re-applications."""

from typing import Any

from flask import request

from lms.api.forms import (
    RELATIONS,
    ApplicationIn,
    ApplicationOut,
    Created,
    ExemptionOut,
    PaymentIn,
    PaymentOut,
    ReapplicationIn,
    ReapplicationOut,
    TermOut,
)
from lms.api.views.base import ERRORS, SECURED, bp, idempotent, iso, many, span
from lms.api.views.members import current_member
from lms.certificates.services import certificates
from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import FieldErrors, Invalid
from lms.core.money import amount
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.enrolment.rules import Answers
from lms.exams.models import ReapplicationRequest
from lms.exams.queries import reapplication
from lms.exams.services import reapplication as exams
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.services import requests as exemptions
from lms.learning import services as learning
from lms.payments.models import Payment
from lms.payments.services import orders as payments
from lms.payments.views import START_LIMIT
from lms.terms import services as terms
from lms.terms.models import Term
from lms.web.access import api, current_actor, public
from lms.web.filters import explain
from lms.web.i18n import language
from lms.web.messages import sentence
from lms.web.throttle import hit


@bp.get("/terms")
@public
@bp.output(many(TermOut))
@bp.doc(summary="Terms that are not over, with the attempts that can still be reached", responses=ERRORS)
def list_terms() -> list[dict[str, Any]]:
    """R007, R015."""
    now = clock.now()
    return [_term(row, terms.reachable_attempts(row, now)) for row in terms.announced_terms(now)]


def _term(row: Term, reachable: int) -> dict[str, Any]:
    return {
        "id": row.code, "program": row.programme.code, "name": row.name(language()), "kind": row.kind,
        "application": span(row.application_from, row.application_to), "study": span(row.study_from, row.study_to),
        "fee": amount(row.fee_kurus), "reachable_attempts": reachable, "is_example": row.is_example,
    }  # fmt: skip


# --- payments ---------------------------------------------------------------------------------------------------------


def _payment(row: Payment) -> dict[str, Any]:
    return {
        "id": row.code, "purpose": row.purpose, "status": row.status, "amount": amount(row.amount_kurus),
        "captured": None if row.captured_kurus is None else amount(row.captured_kurus), "note": row.note,
        "created_at": iso(row.created_at), "paid_at": iso(row.paid_at),
    }  # fmt: skip


@bp.post("/payments")
@api
@bp.input(PaymentIn)
@bp.output(PaymentOut, status_code=201)
@bp.doc(
    summary="Start a card payment on the bank's page (R034-R040)",
    security=SECURED,
    responses={
        200: {
            "description": "A fresh order at the bank for the payment that is pending",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentOut"}}},
        },
        **ERRORS,
    },
)
@idempotent
def start_payment(json_data: PaymentIn) -> tuple[dict[str, Any], int]:
    """201 with the form to post to the bank; 200 with a fresh bank order while one is pending."""
    now, member = clock.now(), current_member()
    if json_data.purpose == "application":
        term = terms.term_of(
            member.id, _subject("term_id", json_data.term_id, "certificate_id", json_data.certificate_id)
        )
        quote = payments.application_quote(member, term, now=now)
    else:
        wanted = _subject("certificate_id", json_data.certificate_id, "term_id", json_data.term_id)
        quote = certificates.renewal_quote(wanted, actor=current_actor(), now=now)
    consents = payments.Consents(
        accepts_contract=json_data.accepts_contract, accepts_immediate_performance=json_data.accepts_immediate_performance,
        declares_no_certificate=json_data.declares_no_certificate,
    )  # fmt: skip
    hit("payment_start", current_actor().code, START_LIMIT)
    started = payments.start_payment(current_actor(), quote, consents, now=now)
    redirect = {"method": started.redirect.method, "url": started.redirect.url, "fields": started.redirect.fields}
    return {**_payment(started.payment), "redirect": redirect}, 201 if started.created else 200


def _subject(name: str, value: str | None, other: str, given: str | None) -> str:
    """What is paid for: of the two fields the one that belongs to the purpose, and only that."""
    if value and not given:
        return value
    raise FieldErrors(({} if value else {name: "field.required"}) | ({other: "field.unknown"} if given else {}))


@bp.get("/payments")
@api
@bp.output(many(PaymentOut))
@bp.doc(summary="My payments, newest first", security=SECURED, responses=ERRORS)
def list_payments() -> list[dict[str, Any]]:
    """All of them, with duplicates and their notes."""
    return [_payment(row) for row in payments.payments_of(current_actor())]


@bp.get("/payments/<code>")
@api
@bp.output(PaymentOut)
@bp.doc(summary="One payment", security=SECURED, responses=ERRORS)
def get_payment(code: str) -> dict[str, Any]:
    """``paid`` only after the bank confirmed it to us."""
    return _payment(payments.own_payment(current_actor(), code))


# --- exemptions -------------------------------------------------------------------------------------------------------


def _said(row: ExemptionRequest) -> str | None:
    """The decision's reason as a sentence, and what staff added."""
    listed = sentence(f"exemption.reason.{row.reason_code}", {}, language()) if row.reason_code else None
    return " ".join(filter(None, (listed, row.reason))) or None


def _exemption(row: ExemptionRequest) -> dict[str, Any]:
    return {
        "id": row.code, "term_id": row.term_code, "relation": row.relation, "status": exemptions.status_of(row),
        "requested_at": iso(row.requested_at), "reason": _said(row),
    }  # fmt: skip


@bp.post("/exemptions")
@api
@bp.output(Created, status_code=201)
@bp.doc(
    summary="Ask for the fee exemption, multipart: term_id, relation, documents[] (R116-R118)",
    security=SECURED,
    responses=ERRORS,
    extensions={
        "requestBody": {
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["term_id", "relation", "documents[]"],
                        "properties": {
                            "term_id": {"type": "string"},
                            "relation": {"type": "string", **RELATIONS},
                            "documents[]": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        },
                    }
                }
            }
        }
    },
)
@idempotent
def request_exemption() -> tuple[dict[str, Any], int]:
    """The documents are checked by their content and cleaned."""
    if request.mimetype != "multipart/form-data":
        raise Invalid("media_type.multipart_needed")
    sent = [*request.files.getlist("documents"), *request.files.getlist("documents[]")]
    actor, now = current_actor(), clock.now()
    release()
    documents = exemptions.prepare([(file.filename, file.read()) for file in sent], actor=actor, now=now)
    with transaction():
        made = exemptions.request(
            term_code=request.form.get("term_id", ""),
            relation=request.form.get("relation", ""),
            documents=documents,
            actor=actor,
            now=now,
        )
    return {"id": made.code}, 201


@bp.get("/exemptions")
@api
@bp.output(many(ExemptionOut))
@bp.doc(summary="My exemption requests", security=SECURED, responses=ERRORS)
def list_exemptions() -> list[dict[str, Any]]:
    """``approved`` only once the answer was sent (R119)."""
    return [_exemption(row) for row in exemptions.requests_of(current_actor())]


# --- applications -----------------------------------------------------------------------------------------------------


def _application(row: Application, status: str) -> dict[str, Any]:
    return {
        "id": row.code, "number": row.number, "term_id": row.term_code, "ordinal": row.ordinal, "status": status,
        "submitted_at": iso(row.submitted_at), "training_available_at": iso(row.assigned_at), "training_why": explain(row.assigned_why, language()),
        "applicant_type": row.applicant_type, "institution": row.institution, "education": row.education, "province": row.province, "district": row.district,
    }  # fmt: skip


def _with_status(rows: list[Application]) -> list[dict[str, Any]]:
    now, trained = clock.now(), learning.completed_at([row.id for row in rows])
    return [_application(row, enrolment.status_of(row, trained_at=trained.get(row.id), now=now)) for row in rows]


@bp.post("/applications")
@api
@bp.input(ApplicationIn)
@bp.output(ApplicationOut, status_code=201)
@bp.doc(summary="Send the application form (R047-R062)", security=SECURED, responses=ERRORS)
@idempotent
def apply(json_data: ApplicationIn) -> tuple[dict[str, Any], int]:
    """Names, TCKN and e-mail are the membership's; the instant of this call starts the 24 hours (R058, R064)."""
    answers = Answers(
        applicant_type=json_data.applicant_type, institution=json_data.institution, education=json_data.education, phone=json_data.phone or "",
        province=json_data.province or "", district=json_data.district or "", accepts_notice=json_data.accepts_notice,
        accepts_terms=json_data.accepts_terms, explicit_consent=json_data.explicit_consent,
    )  # fmt: skip
    with transaction():
        sent = enrolment.submit(
            answers, term_code=json_data.term_id, actor=current_actor(), now=clock.now(), language=language()
        )
    return _with_status([sent])[0], 201


@bp.get("/applications")
@api
@bp.output(many(ApplicationOut))
@bp.doc(summary="My applications, newest first", security=SECURED, responses=ERRORS)
def list_applications() -> list[dict[str, Any]]:
    """R061."""
    return _with_status(list(enrolment.applications_of(current_actor().member_id)))


@bp.get("/applications/<code>")
@api
@bp.output(ApplicationOut)
@bp.doc(summary="One application", security=SECURED, responses=ERRORS)
def get_application(code: str) -> dict[str, Any]:
    """R060."""
    return _with_status([enrolment.own_application(current_actor(), code)])[0]


def _reapplication(row: ReapplicationRequest) -> dict[str, Any]:
    return {
        "id": row.code, "application_id": row.application.code, "status": row.status,
        "requested_at": iso(row.requested_at), "reason": row.reason,
    }  # fmt: skip


@bp.post("/reapplications")
@api
@bp.input(ReapplicationIn)
@bp.output(ReapplicationOut, status_code=201)
@bp.doc(summary="After three failures: ask to apply again (R099)", security=SECURED, responses=ERRORS)
@idempotent
def request_reapplication(json_data: ReapplicationIn) -> tuple[dict[str, Any], int]:
    """Approval alone opens nothing: payment and form follow (R100)."""
    with transaction():
        made = exams.request_reapplication(
            json_data.application_id, json_data.explanation, actor=current_actor(), now=clock.now(),
            exempt_declared=json_data.exempt_declared,
        )  # fmt: skip
    return _reapplication(made), 201


@bp.get("/reapplications")
@api
@bp.output(many(ReapplicationOut))
@bp.doc(summary="My requests to apply again", security=SECURED, responses=ERRORS)
def list_reapplications() -> list[dict[str, Any]]:
    """Newest first."""
    return [_reapplication(row) for row in reapplication.requests_of(current_actor().member_id)]
