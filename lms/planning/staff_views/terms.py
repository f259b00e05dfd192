"""The desk of terms: what there is, a change with its preview, a new one, its announcement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.announcements import services as announcements
from lms.audit.models import AuditEntry
from lms.core import clock
from lms.core.calendar import local_date
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError
from lms.core.money import turkish_text
from lms.planning import queries, rules, services
from lms.planning.forms import LABELS, TERM_KINDS, NewTermForm, TermForm, typed
from lms.terms import queries as term_queries
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import Phase, phase
from lms.web.access import current_actor, staff
from lms.web.writing import day

bp = Blueprint("planning", __name__, url_prefix="/yonetim")

_PHASES = {
    Phase.UPCOMING: ("açılacak", "quiet"), Phase.OPEN: ("başvuru açık", "good"), Phase.LAST_HOUR: ("son saat", "warn"),
    Phase.GUARD: ("son dakikalar", "warn"), Phase.STUDY_ONLY: ("eğitim ve sınav sürüyor", ""), Phase.OVER: ("bitti", "quiet"),
}  # fmt: skip
_FIELD = {
    "term.uneven_points": "question_count", "term.study_ends_first": "study_to", "term.last_day_too_late": "study_to",
    "term.retroactive_application": "application_to", "term.retroactive_study": "study_to",
    "term.begun_application": "application_from", "term.begun_study": "study_from", "term.born_over": "application_to",
    "term.code": "code", "term.code_taken": "code", "term.reason": "reason",
}  # fmt: skip


# --- terms -------------------------------------------------------------------------------------------------------


@bp.get("/donemler")
@staff("manager", "auditor")
def listing() -> str:
    """Open, coming and closed terms on one time line."""
    now = clock.now()
    rows = sorted(term_queries.current_terms(), key=lambda term: (term.study_from, term.code), reverse=True)
    shown = [(term, _PHASES[phase(term.schedule, now)]) for term in rows]
    return render_template("planning/terms.html", rows=shown, line=rules.timeline([t.schedule for t in rows], now))


@bp.get("/donemler/<code>")
@staff("manager", "auditor")
def term(code: str) -> str:
    """One term: its parameters, who stands in it, every version with its reason."""
    one, now = terms.current_term(code), clock.now()
    return render_template(
        "planning/term.html",
        term=one,
        phase=_PHASES[phase(one.schedule, now)],
        over=phase(one.schedule, now) is Phase.OVER,
        closable=one.schedule.application.contains(now) and one.schedule.application.last_day > local_date(now),
        line=rules.timeline([one.schedule], now),
        values=typed(one.parameters),
        labels=LABELS,
        kinds=TERM_KINDS,
        history=_history(code),
        applications=queries.applications_of_term(code),
        audience=announcements.audience_size(code) if one.application_to > now else 0,
        entering={name: sum(queries.counted(name, code).values()) for name in queries.GROUPS if name != "applied"},
    )


@bp.route("/donemler/<code>/degistir", methods=["GET", "POST"])
@staff("manager", fresh=True)
def change(code: str) -> ResponseReturnValue:
    """R127: another version; what it changes for whom stands on the page before it is stored."""
    current, form, now = terms.current_term(code), TermForm(), clock.now()
    if not form.is_submitted():
        return _begun(current, form, now)
    if not form.validate_on_submit():
        return _change_page(current, form)
    try:
        if str(current.version) != form.seen.data:
            raise terms.overtaken(code)
        preview = services.preview(current, form.parameters, now=now)
        if not preview.changes:
            raise Conflict("term.unchanged")
        if not _read(form, preview):
            return _change_page(current, form, preview)
        with transaction():
            stored, told = services.change(
                current,
                form.parameters,
                seen=current.version,
                reason=form.reason.data or "",
                actor=current_actor(),
                now=now,
            )
    except DomainError as error:
        form.refuse(error, _FIELD.get(error.code))
        shown = preview if error.code == "term.reason" else None
        return _change_page(current, form, shown, error.status)
    flash(
        f"{stored.name_tr}: {stored.version}. sürüm yürürlükte."
        + (f" Form süresi uzayan {told} kişiye yazılıyor." if told else ""),
        "good",
    )
    return redirect(url_for("planning.term", code=code), 303)


def _history(code: str) -> list[tuple[Term, AuditEntry | None, Sequence[tuple[str, str, str]]]]:
    """Every version, who wrote it and why, and what it changed in the one before it; newest first."""
    found = terms.history(code)
    older = [version.parameters for version, _entry in found[1:]]
    changes = [
        _written({name: (was[name], now) for name, now in version.parameters.items() if was[name] != now})
        for (version, _entry), was in zip(found, older, strict=False)
    ]
    return [(version, entry, changed) for (version, entry), changed in zip(found, [*changes, ()], strict=True)]


def _begun(current: Term, form: TermForm, now: datetime) -> ResponseReturnValue:
    """The version as it stands; with ?kapat=1 its last day is today, and what that does is on the page."""
    form.fill(current.parameters)
    form.seen.data = str(current.version)
    if "kapat" not in request.args:
        return _change_page(current, form)
    form.application_to.data = local_date(now)
    return _change_page(current, form, services.preview(current, form.parameters, now=now))


def _change_page(
    current: Term, form: TermForm, preview: services.Preview | None = None, status: int = 422
) -> ResponseReturnValue:
    changes = _written(preview.changes) if preview else ()
    return _page("planning/change.html", form, preview, status, term=current, changes=changes)


def _page(
    template: str, form: TermForm, preview: services.Preview | services.Opening | None, status: int, **more: Any
) -> ResponseReturnValue:
    """The form; above it what was computed from what is typed."""
    if preview is not None:
        form.token.data = preview.token
    return render_template(template, form=form, preview=preview, **more), status if form.errors else 200


def _read(form: TermForm, preview: services.Preview | services.Opening) -> bool:
    """Whether it shall be stored, and as it was read; else it is (again) to be read."""
    if "kaydet" in request.form and preview.token != form.token.data:
        form.refuse(Conflict("term.previewed"))
    return "kaydet" in request.form and not form.errors


def _written(changes: Any) -> Sequence[tuple[str, str, str]]:
    """Label, before and after of each changed parameter, as people read them."""
    return [(LABELS[name], _words(name, old), _words(name, new)) for name, (old, new) in changes.items()]


def _words(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return day(rules.spoken_day(value, is_end=name.endswith("_to")), "tr")
    if isinstance(value, bool):
        return "evet" if value else "hayır"
    if name.endswith("_kurus"):
        return turkish_text(value)
    return TERM_KINDS[value] if name == "kind" else str(value)


@bp.post("/donemler/<code>/duyur")
@staff("manager", fresh=True)
def announce(code: str) -> ResponseReturnValue:
    """News of the term to whoever allowed it; each person once."""
    with transaction():
        sent = announcements.announce(terms.current_term(code), actor=current_actor(), now=clock.now())
    flash(f"Duyuru {sent} kişi için gönderime alındı." if sent else "Bu duyuruyu almayan kimse kalmamıştı.", "good")
    return redirect(url_for("planning.term", code=code), 303)


@bp.route("/donemler/yeni", methods=["GET", "POST"])
@staff("manager", fresh=True)
def new() -> ResponseReturnValue:
    """A new term, empty or begun as next year's copy of another (?kopya=...): what it would be is read before it is stored."""
    form, now = NewTermForm(), clock.now()
    programmes = {one.code: one for one in term_queries.programmes()}
    form.programme.choices = [(code, one.name_tr) for code, one in programmes.items()]
    if not form.is_submitted():
        _begin(form)
    if not form.validate_on_submit():
        return _page("planning/new.html", form, None, 422)
    programme, code, preview = programmes[form.programme.data], form.code.data or "", None
    try:
        preview = services.opening(programme, code, form.parameters, now=now)
        if not _read(form, preview):
            return _page("planning/new.html", form, preview, 422)
        with transaction():
            made = terms.open_term(
                programme, code, form.parameters, reason=form.reason.data or "", actor=current_actor(), now=now
            )
    except DomainError as error:
        form.refuse(error, _FIELD.get(error.code))
        return _page("planning/new.html", form, preview, error.status)
    flash(f"{made.name_tr} açıldı.", "good")
    return redirect(url_for("planning.term", code=made.code), 303)


def _begin(form: NewTermForm) -> None:
    source = request.args.get("kopya")
    if source is None:
        return
    original = terms.current_term(source)
    form.fill(rules.a_year_later(original.parameters))
    form.programme.data = original.programme.code
    form.code.data = rules.count_up(original.code)
