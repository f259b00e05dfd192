"""Trainings, exams, certificates; and what the public may ask: verification and the tariff."""

from datetime import date, datetime
from typing import Any

from flask import Response, request, url_for

from lms.api.forms import (
    AnswerIn,
    AnswerOut,
    AttemptOut,
    CertificateOut,
    ExamOut,
    PaperOut,
    ProgressIn,
    ProgressOut,
    QuoteOut,
    ResultOut,
    TrainingOut,
    VerifyOut,
)
from lms.api.views.base import ERRORS, SECURED, bearer_token, bp, device_mark, iso, many, ready, span
from lms.certificates.services import certificates
from lms.certificates.services.certificates import Held
from lms.certificates.views import open_document
from lms.core import clock
from lms.core.calendar import instant, local_date
from lms.core.config import config
from lms.core.db import transaction
from lms.core.errors import Invalid
from lms.exams.services import attempts as exams
from lms.learning import services as learning
from lms.learning.rules import Claim
from lms.membership.queries import live_member_values
from lms.tariff import services as tariff
from lms.verification.views import ask
from lms.web.access import api, api_in_write, check_late, current_actor, public
from lms.web.i18n import language

# --- trainings --------------------------------------------------------------------------------------------------------


@bp.get("/trainings")
@api
@bp.output(many(TrainingOut))
@bp.doc(summary="My trainings with lessons, watched seconds and gaps", security=SECURED, responses=ERRORS)
def list_trainings() -> list[dict[str, Any]]:
    """Video and caption addresses are signed and expire."""
    wall = clock.wall()
    return [_training(row, wall) for row in learning.trainings_of(current_actor(), now=clock.now())]


def _training(row: learning.TrainingView, wall: datetime) -> dict[str, Any]:
    lessons = [
        {
            "id": one.id, "title": one.lesson.title, "duration": one.lesson.duration, "watched": one.watched, "percent": one.percent,
            "position": one.position, "gaps": one.gaps, "video_url": _media(one.lesson.video_key, wall), "captions_url": _media(one.lesson.captions_key, wall),
        }
        for one in row.lessons
    ]  # fmt: skip
    return {
        "id": row.id, "term_id": row.application.term_code, "status": row.status, "percent": row.percent,
        "available_at": iso(row.available_at), "lessons": lessons,
    }  # fmt: skip


def _media(key: str, wall: datetime) -> str:
    return config().base_url + learning.media_url(key, wall=wall)


@bp.post("/trainings/<code>/lessons/<lesson_code>/progress")
@api_in_write
@bp.input(ProgressIn)
@bp.output(ProgressOut)
@bp.doc(summary="One beat of a player: what was really played", security=SECURED, responses=ERRORS)
def report_progress(code: str, lesson_code: str, json_data: ProgressIn) -> Response:
    """A session's first beat credits nothing; later ones are bounded by elapsed domain time (R074)."""
    try:
        claim = Claim.parse(vars(json_data))
    except Invalid:
        check_late()
        raise
    token, now = live_member_values(bearer_token(), "api", clock.wall()), clock.now()
    answer = learning.beat_at_once(code, lesson_code, claim, log_in=token, now=now)
    if answer is None:
        actor = check_late()
        with transaction():
            answer = learning.beat(actor, code, lesson_code, claim, now=now)
    return ready(answer.public())


# --- exams ------------------------------------------------------------------------------------------------------------


@bp.get("/exams")
@api
@bp.output(many(ExamOut))
@bp.doc(summary="My attempts, also those not yet open", security=SECURED, responses=ERRORS)
def list_exams() -> list[dict[str, Any]]:
    """R081, R091: scheduled ones say from when."""
    return [_exam(one) for one in exams.attempts_of(current_actor(), now=clock.now())]


def _exam(one: exams.Exam) -> dict[str, Any]:
    return {
        "id": one.code, "application_id": one.application.code, "ordinal": one.right.ordinal, "status": one.right.status,
        "available_at": iso(one.right.available_at), "score": one.right.score,
    }  # fmt: skip


def _paper(paper: exams.Paper) -> dict[str, Any]:
    questions = [{"number": q.number, "text": q.text, "table": q.table, "options": q.options} for q in paper.questions]
    return {
        "id": paper.code, "status": "in_progress", "ends_at": iso(paper.ends_at), "remaining_ms": paper.remaining_ms, "seq": paper.seq,
        "questions": questions, "answers": paper.answers,
    }  # fmt: skip


def _result(result: exams.Result) -> dict[str, Any]:
    return {
        "score": result.score,
        "passed": result.passed,
        "correct": result.correct,
        "finalised_at": iso(result.finalised_at),
    }


@bp.post("/exams/<code>/start")
@api
@bp.output(PaperOut)
@bp.doc(summary="Sınavı Başlat: the clock starts (R086); again: the same paper", security=SECURED, responses=ERRORS)
def start_exam(code: str) -> dict[str, Any]:
    """The paper is frozen now; no key is in it. The app sends the random number of its installation as Device-Id."""
    with transaction():
        return _paper(exams.start(code, actor=current_actor(), now=clock.now(), device=device_mark()))


@bp.get("/exams/<code>")
@api
@bp.output(AttemptOut)
@bp.doc(
    summary="The running paper with the answers saved so far; after the end the result, also by topic",
    security=SECURED,
    responses=ERRORS,
)
def get_exam(code: str) -> dict[str, Any]:
    """R085: from any device, within the time."""
    now, actor = clock.now(), current_actor()
    _overview, one = exams.exam_of(actor, code, now=now)
    if one.right.status == "in_progress":
        return _paper(exams.paper_of(actor, code, now=now))
    if one.right.score is None:
        return _exam(one)
    topics = [_topic(told) for told in exams.areas_of(one)]
    return {**_exam(one), **_result(exams.result_of(one)), "topics": topics}


def _topic(told: exams.Told) -> dict[str, Any]:
    """R090b: right of total of an area, and if it was weak what to watch again; never a key, never a single question."""
    area, watch = told.area, told.review
    return {
        "title": " · ".join(title[language()] for title in area.titles) or None, "correct": area.right, "total": area.total,
        "review": [{"lesson_id": one.lesson.code, "title": one.lesson.title, "slide": one.slide or None, "at": one.second} for one in watch],
    }  # fmt: skip


@bp.put("/exams/<code>/answers/<int:number>")
@api_in_write
@bp.input(AnswerIn)
@bp.output(AnswerOut)
@bp.doc(summary="Save one answer; stored before it is acknowledged", security=SECURED, responses=ERRORS)
def save_answer(code: str, number: int, json_data: AnswerIn) -> Response:
    """R088, D-21: the deadline is the server's; a lower seq changes nothing."""
    now = clock.now()
    token = live_member_values(bearer_token(), "api", clock.wall())
    saved = exams.save_answer_at_once(code, number, json_data.option, seq=json_data.seq, session=token, now=now)
    if saved is None:
        actor = check_late()
        with transaction():
            saved = exams.save_answer(code, number, json_data.option, seq=json_data.seq, actor=actor, now=now)
    return ready({"saved": saved.saved, "seq": saved.seq, "remaining_ms": saved.remaining_ms})


@bp.post("/exams/<code>/complete")
@api
@bp.output(ResultOut)
@bp.doc(summary="Sınavı Tamamla; again: the same answer", security=SECURED, responses=ERRORS)
def complete_exam(code: str) -> dict[str, Any]:
    """R090, R092."""
    with transaction():
        return _result(exams.complete(code, actor=current_actor(), now=clock.now()))


# --- certificates -----------------------------------------------------------------------------------------------------


@bp.get("/certificates")
@api
@bp.output(many(CertificateOut))
@bp.doc(summary="My certificates and until when they can be viewed", security=SECURED, responses=ERRORS)
def list_certificates() -> list[dict[str, Any]]:
    """R102: from its Monday on, whether a job has run or not; the number comes with the issue (the job, or the PDF)."""
    return [_certificate(one) for one in certificates.held_by(current_actor().member_id, now=clock.now())]


def _certificate(one: Held) -> dict[str, Any]:
    window = one.display.latest
    return {
        "id": one.id, "status": one.display.status, "available_at": iso(one.available.value), "number": one.number,
        "issued_at": iso(one.available.value) if one.certificate else None, "viewable": span(window.start, window.end),
        "is_viewable": one.display.is_viewable, "verify_url": one.verify_url, "pdf_url": config().base_url + url_for("api.get_certificate", code=one.id),
    }  # fmt: skip


@bp.get("/certificates/<code>.pdf")
@api
@bp.doc(
    summary="The certificate; 403 certificate.view_expired after its 180 days",
    security=SECURED,
    responses={200: {"description": "PDF", "content": {"application/pdf": {}}}, **ERRORS},
)
def get_certificate(code: str) -> Response:
    """R106, R108: the same bytes for ever."""
    return Response(open_document(code).data, mimetype="application/pdf")


# --- public -----------------------------------------------------------------------------------------------------------


@bp.get("/verify/<path:code>")
@public
@bp.output(VerifyOut)
@bp.doc(summary="What an employer may know (R111, D-22); unknown: 200 and nulls", responses=ERRORS)
def verify(code: str) -> dict[str, Any]:
    """No TCKN, a masked name, throttled."""
    found = ask(code)
    return {
        "status": found.status, "number": found.number, "program": found.program, "holder": found.holder,
        "issued_at": found.issued_on and iso(instant(found.issued_on)), "revoked_at": iso(found.revoked_at),
    }  # fmt: skip


def _asked_for(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": True, "description": about, "schema": schema}


@bp.get("/tariff/quote")
@public
@bp.output(QuoteOut)
@bp.doc(
    summary="Premium, cover and limit: turnover in lira, days, on (a day)",
    responses=ERRORS,
    extensions={
        "parameters": [
            _asked_for("turnover", "The firm's turnover in whole lira", {"type": "integer", "minimum": 1}),
            _asked_for("days", "The payment term in days", {"type": "integer", "minimum": 1}),
            _asked_for("on", "The day whose tariff counts", {"type": "string", "format": "date"}),
        ]
    },
)
def quote() -> dict[str, Any]:
    """422 ``tariff.unknown`` for a version without that table."""
    try:
        turnover, days, on = (request.args[name] for name in ("turnover", "days", "on"))
        asked = int(turnover) * 100, int(days), date.fromisoformat(on)
    except (KeyError, ValueError):
        raise Invalid("tariff.query_unreadable") from None
    answer = tariff.quote(turnover=asked[0], days=asked[1], on=asked[2])
    return tariff.fields(answer, local_date(clock.now()))
