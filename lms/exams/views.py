"""Pages of the exams feature: the list, the start, the running exam with its saves, the result, and the request to apply again."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import Conflict, Invalid
from lms.enrolment.services import own_application
from lms.exams.forms import AccommodationForm, ExemptReapplicationForm, ReapplicationForm
from lms.exams.queries import accommodation as accommodations
from lms.exams.queries import attempts, reapplication
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Outcome, Status
from lms.exams.services import accommodation as extra
from lms.exams.services import attempts as services
from lms.exams.services import reapplication as again
from lms.learning.views import clock_face
from lms.membership.credential import keep_sessions
from lms.membership.queries import live_member_values
from lms.membership.views.base import browser_mark
from lms.web.access import check_late, current_actor, member, member_in_write
from lms.web.filters import time_of
from lms.web.i18n import language
from lms.web.messages import sentence

bp = Blueprint("exams", __name__)


def going_on() -> str:
    """Said to whoever is about to log out: the exam that runs on without them."""
    actor = current_actor()
    code = attempts.running_of(actor.member_id, now=clock.now()) if actor.kind == "member" else None
    return render_template("exams/going_on.html", code=code) if code else ""


def _clock(milliseconds: int) -> str:
    """1_199_750 -> "20.00": rounded up, so that nothing is shown as over that is not."""
    seconds = -(-milliseconds // 1000)
    return f"{seconds // 60}.{seconds % 60:02d}"


def _words() -> dict[str, str]:
    """The sentences of the running page's script; names in braces are filled there."""
    return {
        "position": _("Soru {n} / {count}"),
        "saved": _("✓ {n}. soru: {option} seçeneği kaydedildi, {at}"),
        "cleared": _("✓ {n}. soru boş bırakıldı, {at}"),
        "sending": _("gönderiliyor…"),
        "offline": _("bağlantı yok, {n} cevap bekliyor"),
        "offline_notice": _("Bağlantı kesildi. Cevaplarınız bu cihazda bekliyor ve bağlantı gelince gönderilecek; süre işlemeye devam ediyor."),
        "logged_out": _("oturum kapalı, {n} cevap bekliyor"),
        "login": _("Oturumunuz kapandı. Cevaplarınız bu cihazda bekliyor; yeni sekmede giriş yapıp bu sayfaya dönün."),
        "not_finished": _("Sınav tamamlanmadı: sunucuya ulaşılamıyor. Bağlantı gelince yeniden “Sınavı Tamamla” deyin; süre işlemeye devam ediyor."),
        "other_device": _("Sınav başka bir sekmede ya da cihazda da açık. İkisinde de devam edebilirsiniz; en son kaydedilen cevap geçerlidir."),
        "over": _("Süre doldu. Son cevaplarınız alınıyor, sonucunuz birazdan açılacak."),
        "left_blank": _("{n}. soru boş bırakıldı"),
        "last_question": _("✓ Son soru. Bitirmek için “Sınavı Tamamla” tuşunu kullanın."),
        "minutes_left": _("Sınavın bitmesine {n} dakika kaldı"),
        "blank": _("Boş bıraktığınız soru sayısı: {n}"),
        "blank_none": _("Bütün soruları cevapladınız."),
        "unsent": _("{n} cevap henüz sunucuya ulaşmadı; ulaşmayan cevap sayılmaz."),
        "state_saved": _("kaydedildi"),
        "state_sending": _("gönderiliyor"),
        "state_unsent": _("gönderilemedi, bekliyor"),
        "state_blank": _("boş"),
    }  # fmt: skip


@bp.get("/sinavlar")
@member
def listing() -> ResponseReturnValue:
    """R081: the exams that are there or will be; "Tamamladıklarım" shows what is over with its score."""
    done = request.args.get("liste") == "tamamlanan"
    now = clock.now()
    found = services.overviews(current_actor(), now=now)
    shown = [o for o in found if (o.finished or o.annulled if done else _concerns(o))]
    return render_template("exams/list.html", overviews=shown, done=done, now=now)


def _concerns(overview: services.Overview) -> bool:
    """What the first tab shows: something to take, or news about what cannot be taken any more."""
    standing = overview.standing
    return bool(overview.waiting or standing.missed or standing.outcome in (Outcome.FAILED, Outcome.PASSED))


@bp.get("/sinavlar/<code>")
@member
def exam(code: str) -> ResponseReturnValue:
    """One exam as it stands: before the start, running, or its result."""
    actor, now = current_actor(), clock.now()
    overview, found = services.exam_of(actor, code, now=now)
    status = found.right.status
    if status is Status.IN_PROGRESS:
        if rules.remaining_ms(_ends_at(found), now) == 0:
            return render_template("exams/settling.html", code=code)
        return _running(actor, code, now)
    if status in (Status.PASSED, Status.FAILED, Status.ANNULLED):
        return render_template(
            "exams/result.html",
            overview=overview,
            exam=found,
            areas=services.areas_of(found),
            answers=attempts.answers_of(code),
            at=clock_face,
            now=now,
        )
    parameters = overview.parameters
    return render_template(
        "exams/start.html",
        overview=overview,
        exam=found,
        shortened=rules.is_shortened(now, parameters),
        allotted_ms=rules.remaining_ms(now + rules.allotted(now, parameters), now),
        needed=rules.needed(parameters.question_count, parameters.pass_mark),
        clock=_clock,
        waiting=accommodations.is_waiting(overview.application.id),
    )


def _ends_at(found: services.Exam) -> Any:
    if found.right.sitting is None:
        raise LookupError("a running exam has a sitting")
    return found.right.sitting.ends_at


def _running(actor: Any, code: str, now: Any) -> ResponseReturnValue:
    paper = services.paper_of(actor, code, now=now)
    numbers = [question.number for question in paper.questions]
    asked = request.args.get("soru", type=int)
    current = asked if asked in numbers else _first_blank(paper)
    return render_template(
        "exams/exam.html",
        paper=paper,
        current=current,
        words=_words(),
        clock=_clock,
        note=request.args.get("not") and _("kaydedildi"),
    )


def _first_blank(paper: services.Paper) -> int:
    """Where somebody who comes back goes on; the first question when all are answered."""
    return next((q.number for q in paper.questions if str(q.number) not in paper.answers), 1)


@bp.post("/sinavlar/<code>/basla")
@member
def begin(code: str) -> ResponseReturnValue:
    """R086: "Sınavı Başlat"."""
    actor = current_actor()
    with transaction():
        paper = services.start(code, actor=actor, now=clock.now(), device=browser_mark())
        keep_sessions(actor.member_id, timedelta(milliseconds=paper.remaining_ms), wall=clock.wall())
    return redirect(url_for("exams.exam", code=code), 303)


@bp.put("/sinavlar/<code>/cevaplar/<int:number>")
@member_in_write
def save(code: str, number: int) -> ResponseReturnValue:
    """D-21: one choice of the running page."""
    try:
        option, seq = _choice(request.get_json(silent=True))
    except Invalid:
        check_late()
        raise
    now = clock.now()
    log_in = live_member_values(str(session.get("_user_id", "")), "web", clock.wall())
    saved = services.save_answer_at_once(code, number, option, seq=seq, session=log_in, now=now)
    if saved is None:
        actor = check_late()
        with transaction():
            saved = services.save_answer(code, number, option, actor=actor, now=now, seq=seq)
    return jsonify(saved=saved.saved, seq=saved.seq, remaining_ms=saved.remaining_ms, at=time_of(now))


def _choice(body: Any) -> tuple[str | None, int]:
    """{"option": letter or null, "seq": whole number}; anything else is refused before the exam is looked at."""
    if not isinstance(body, dict) or not isinstance(body.get("seq"), int) or isinstance(body["seq"], bool):
        raise Invalid("exam.bad_seq")
    option = body.get("option")
    if option is not None and not isinstance(option, str):
        option = ""
    rules.check_save(1, option, body["seq"])
    return option, body["seq"]


@bp.post("/sinavlar/<code>/cevap")
@member
def save_form(code: str) -> ResponseReturnValue:
    """R088 without script: Kaydet stores the choice and moves on; on the last question it stays."""
    number = request.form.get("number", 0, type=int)
    option = request.form.get("option")
    actor, now = current_actor(), clock.now()
    try:
        with transaction():
            if option:
                services.save_answer(code, number, option, actor=actor, now=now)
    except Conflict as refused:
        flash(sentence(refused.code, refused.params, language()), "warning")
        return redirect(url_for("exams.exam", code=code), 303)
    count = len(services.paper_of(actor, code, now=now).questions)
    kept: dict[str, Any] = {"not": 1} if option else {}
    return redirect(url_for("exams.exam", code=code, soru=min(number + 1, count), **kept), 303)


@bp.get("/sinavlar/<code>/durum")
@member
def state(code: str) -> ResponseReturnValue:
    """What the running page asks: the server's clock, the answers it holds, and a fresh form token."""
    found = services.state_of(current_actor(), code, now=clock.now())
    return jsonify(
        status=found.status, seq=found.seq, remaining_ms=found.remaining_ms, answers=found.answers, csrf=generate_csrf()
    )


@bp.get("/sinavlar/<code>/tamamla")
@member
def finish(code: str) -> ResponseReturnValue:
    """R090 without script: the question before the end."""
    actor, now = current_actor(), clock.now()
    _overview, found = services.exam_of(actor, code, now=now)
    if found.right.status is not Status.IN_PROGRESS or rules.remaining_ms(_ends_at(found), now) == 0:
        return redirect(url_for("exams.exam", code=code))
    paper = services.paper_of(actor, code, now=now)
    blank = [q.number for q in paper.questions if str(q.number) not in paper.answers]
    return render_template("exams/finish.html", paper=paper, blank=blank, clock=_clock)


@bp.post("/sinavlar/<code>/tamamla")
@member
def complete(code: str) -> ResponseReturnValue:
    """R090: "Devam". In the grace the page waits and shows the result by itself."""
    try:
        with transaction():
            services.complete(code, actor=current_actor(), now=clock.now())
    except Conflict as refused:
        if refused.code != "exam.settling":
            raise
    return redirect(url_for("exams.exam", code=code), 303)


@bp.route("/yeniden-basvuru", methods=["GET", "POST"])
@member
def reapply() -> ResponseReturnValue:
    """R099: the request, and what became of earlier ones."""
    actor, now = current_actor(), clock.now()
    open_for = reapplication.may_reapply(actor, now=now)
    exempt = open_for is not None and again.exempt(open_for)
    form = ExemptReapplicationForm() if exempt else ReapplicationForm()
    if form.validate_on_submit():
        code = open_for.code if open_for else request.form.get("application", "")
        try:
            with transaction():
                again.request_reapplication(
                    code, form.explanation.data or "", actor=actor, now=now, exempt_declared=exempt
                )
        except Invalid as refused:
            form.refuse(refused, "explanation")
        else:
            flash(_("Talebiniz alındı. Karar verildiğinde e-posta ile bilgilendirilirsiniz."), "success")
            return redirect(url_for("exams.reapply"), 303)
    requests = reapplication.requests_of(actor.member_id)
    free = {asked.code for asked in requests if asked.status != "rejected" and again.exempt(asked.application)}
    page = render_template("exams/reapply.html", form=form, open=open_for, requests=requests, free=free)
    return make_response(page, 422 if form.errors else 200)


@bp.post("/yeniden-basvuru/<code>/beyan")
@member
def declare_exemption(code: str) -> ResponseReturnValue:
    """D-16: the declaration that a request by mail still lacks."""
    with transaction():
        again.declare(code, actor=current_actor(), now=clock.now())
    flash(_("Beyanınız kaydedildi; talebiniz incelenebilir."), "success")
    return redirect(url_for("exams.reapply"), 303)


@bp.get("/basvurularim/<code>/ek-sure")
@member
def extra_time(code: str) -> ResponseReturnValue:
    """D-14: asking for extra time, and what became of it."""
    return _extra_time(code, AccommodationForm(formdata=None), 200)


@bp.post("/basvurularim/<code>/ek-sure")
@member
def ask_extra_time(code: str) -> ResponseReturnValue:
    """D-14: one request, with a document if there is one."""
    form = AccommodationForm()
    actor, now = current_actor(), clock.now()
    if not form.validate_on_submit():
        return _extra_time(code, form, 422)
    release()
    try:
        document = None
        if form.document.data and form.document.data.filename:
            document = extra.prepare(form.document.data.filename, form.document.data.read(), actor=actor, now=now)
        with transaction():
            extra.ask(
                code, need=form.need.data or "", unit=form.unit.data or "", amount=form.amount.data, document=document,
                actor=actor, now=now,
            )  # fmt: skip
    except Invalid as refused:
        form.refuse(
            refused, {"accommodation.need": "need", "accommodation.amount": "amount"}.get(refused.code, "document")
        )
        return _extra_time(code, form, 422)
    except Conflict as refused:
        form.refuse(refused)
        return _extra_time(code, form, 409)
    flash(_("İsteğiniz alındı. Yanıtı e-posta ile bildireceğiz; buradan da izleyebilirsiniz."), "good")
    return redirect(url_for("exams.extra_time", code=code), 303)


def _extra_time(code: str, form: AccommodationForm, status: int) -> ResponseReturnValue:
    application = own_application(current_actor(), code)
    page = render_template(
        "exams/extra_time.html",
        application=application,
        rows=accommodations.of_application(application.id),
        form=form,
        open=application.outcome is None and clock.now() < application.term.study_to,
    )
    return make_response(page, status)
