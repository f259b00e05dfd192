"""Pages of the application: the form in four sections, its review, and what was sent."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.calendar import spoken_end
from lms.core.db import transaction
from lms.core.errors import Conflict, FieldErrors
from lms.enrolment import queries, services
from lms.enrolment.forms import APPLICANT_TYPES, EDUCATION, UNLISTED, ApplicationForm, summary
from lms.enrolment.loader import reference
from lms.enrolment.models import Application
from lms.enrolment.rules import Status
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.membership.rules.identity import show_mobile
from lms.payments import queries as payments
from lms.terms import rules as term_rules
from lms.terms import services as terms
from lms.web.access import current_actor, member, public
from lms.web.i18n import language
from lms.web.messages import sentence

bp = Blueprint("enrolment", __name__)

STATUS_TAGS = {
    Status.SUBMITTED: ("", "clock"),
    Status.IN_TRAINING: ("", "play"),
    Status.IN_EXAMS: ("", "play"),
    Status.PASSED: ("good", "circle-check"),
    Status.FAILED: ("warn", "info"),
    Status.LAPSED: ("quiet", "info"),
    Status.INVALID: ("quiet", "info"),
}


def status_label(status: Status) -> str:
    """The status in words; nothing shouts."""
    words: dict[Status, str] = {
        Status.SUBMITTED: _("Başvuru alındı"),
        Status.IN_TRAINING: _("Eğitim ve sınav sürüyor"),
        Status.IN_EXAMS: _("Eğitim ve sınav sürüyor"),
        Status.PASSED: _("Sınav başarıldı"),
        Status.FAILED: _("Sınav hakları tamamlandı"),
        Status.LAPSED: _("Süresi doldu"),
        Status.INVALID: _("Geçersiz sayıldı"),
    }
    return words[status]


def _person() -> Member:
    found = member_by_code(current_actor().code)
    if found is None:
        raise LookupError("a member is logged in")
    return found


# --- the form ----------------------------------------------------------------------------------------------------


@bp.get("/basvuru")
@member
def apply() -> ResponseReturnValue:
    """R048: the form of one term in four sections, or in a sentence why it is closed and what opens it."""
    here = _entry(request.args.get("donem"))
    if here is None or not here.is_open:
        return _closed(here)
    form = ApplicationForm(formdata=None)
    if "temiz" not in request.args:
        phone = _person().phone
        form.phone.data = show_mobile(phone) if phone else ""
    return _form_page(form, here)


@bp.post("/basvuru")
@member
def send() -> ResponseReturnValue:
    """R056-R059: review, back to editing, Temizle, and Başvur. All of it works without script."""
    code = request.args.get("donem")
    here = _entry(code)
    action = request.form.get("action", "review")
    if action == "clear":
        return redirect(url_for("enrolment.apply", donem=code, temiz=1), 303)
    if here is None or (not here.is_open and action != "submit"):
        return _closed(here)
    form = ApplicationForm()
    form.offer_choices()
    if action in ("edit", "districts"):
        return _form_page(form, here)
    try:
        stored = services.check(form.answers())
        if action == "submit":
            return _submit(form, here)
    except FieldErrors as error:
        form.refuse(_beside_its_field(error, form))
        return _form_page(form, here), 422
    texts = services.texts(here.term, language())
    form.texts.data = _ids(texts.values())
    facts = summary(stored)
    return render_template("enrolment/review.html", form=form, here=here, person=_person(), answers=facts, texts=texts)


def _submit(form: ApplicationForm, here: services.Entry) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    try:
        with transaction():
            application = services.submit(
                form.answers(),
                term_code=here.term.code,
                actor=actor,
                now=now,
                language=language(),
                shown=form.shown_texts(),
            )
    except Conflict as error:
        if error.code == "application.exists":
            flash(sentence(error.code, error.params, language()), "info")
            return redirect(url_for("enrolment.mine"), 303)
        if error.code == "application.changed":
            form.refuse(error)
            return _form_page(form, here), 409
        raise
    flash(_("Başvurunuz alındı. Başvuru numaranız: %(number)s", number=application.number), "good")
    return redirect(url_for("enrolment.mine"), 303)


def _entry(code: str | None) -> services.Entry | None:
    now, person = clock.now(), _person()
    code = code or services.default_term(person, now=now)
    return services.entry(person, code, now=now) if code else None


def _closed(here: services.Entry | None) -> ResponseReturnValue:
    awaited = None
    if here is not None:
        person, term_code = _person(), here.term.code
        entry = (person.id, "application", term_code, str(payments.permitted_ordinal(person.id, term_code)))
        awaited = payments.underpaid(*entry) or payments.pending(*entry)
    return render_template("enrolment/closed.html", here=here, awaited=awaited)


def _form_page(form: ApplicationForm, here: services.Entry) -> str:
    form.offer_choices()
    now = clock.now()
    texts = services.texts(here.term, language())
    form.texts.data = _ids(texts.values())
    return render_template(
        "enrolment/apply.html",
        form=form,
        here=here,
        person=_person(),
        texts=texts,
        lists=reference(),
        last_moment=spoken_end(here.term.application_to),
        reachable=term_rules.reachable_attempts(now, here.term.schedule, terms.calendar()),
        closing=term_rules.phase(here.term.schedule, now) in (term_rules.Phase.LAST_HOUR, term_rules.Phase.GUARD),
    )


def _ids(texts: object) -> str:
    return ",".join(str(text.id) for text in texts)  # type: ignore[attr-defined]


def _beside_its_field(error: FieldErrors, form: ApplicationForm) -> FieldErrors:
    """A fault of the institution stands beside the control in which it was given; which one that is, the type decides."""
    fields = dict(error.fields)
    if "applicant_type" in fields:
        fields.pop("institution", None)
    by_hand = form.institution.data == UNLISTED or form.institution_name.data
    if "institution" in fields and (by_hand or not reference().institutions.get(form.applicant_type.data or "", ("",))):
        fields["institution_name"] = fields.pop("institution")
    return FieldErrors(fields, **error.params)


@bp.get("/basvuru/ilceler")
@public
def districts() -> Response:
    """The districts of a province, for the form's script."""
    found = reference().districts.get(request.args.get("il", ""), ())
    answer = jsonify(list(found))
    answer.cache_control.max_age = 86400
    return answer


# --- what was sent -----------------------------------------------------------------------------------------------


@bp.get("/basvurularim")
@member
def mine() -> ResponseReturnValue:
    """R060, R061: newest first, each with term and attempt number."""
    actor, now = current_actor(), clock.now()
    rows = [_row(a) for a in services.applications_of(actor.member_id)]
    here = _entry(None)
    can_apply = here if here is not None and here.is_open else None
    return render_template("enrolment/list.html", rows=rows, can_apply=can_apply, now=now)


def _row(application: Application) -> dict[str, object]:
    status = services.status_of(application, trained_at=None, now=clock.now())
    kind, icon = STATUS_TAGS[status]
    return {"application": application, "label": status_label(status), "kind": kind, "symbol": icon}


@bp.get("/basvurularim/<code>")
@member
def detail(code: str) -> ResponseReturnValue:
    """R060: the read-only proof of the application."""
    application = services.own_application(current_actor(), code)
    facts = [
        (_("Başvuru Tipi"), APPLICANT_TYPES[application.applicant_type]),
        (_("Kurum Adı"), application.institution),
        (_("Öğrenim Durumu"), EDUCATION.get(application.education, application.education)),
    ]
    return render_template(
        "enrolment/detail.html",
        facts=facts,
        acceptances=queries.acceptances(code),
        person=application.member,
        phone=show_mobile(application.phone) if application.phone else None,
        **_row(application),
    )
