"""Recorded videos in place of the built ones: which lesson shows what; one person proposes, another publishes."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.files import files
from lms.courses import queries, services
from lms.courses.forms import RecordingForm, ReturnForm
from lms.courses.rules.recording import MAX_CAPTIONS, MAX_VIDEO
from lms.web.access import current_actor, staff
from lms.web.uploads import takes

bp = Blueprint("courses_staff", __name__, url_prefix="/yonetim/icerik/videolar")
_WRITERS = ("editor", "manager")
_MEDIA = {"film": ("video_key", {".mp4": "video/mp4", ".webm": "video/webm"}), "altyazi": ("captions_key", {".vtt": "text/vtt"})}  # fmt: skip


@bp.get("")
@staff(*_WRITERS, "auditor")
def listing() -> ResponseReturnValue:
    """Every lesson of the current releases, and what waits for a second person."""
    waiting = {(one.programme_code, one.lesson_code): one for one in queries.open_proposals()}
    return render_template("courses/videos.html", releases=queries.current_releases(), waiting=waiting)


@bp.route("/<programme>/<lesson>", methods=["GET", "POST"])
@staff(*_WRITERS)
@takes(MAX_VIDEO + MAX_CAPTIONS + 100_000)
def one(programme: str, lesson: str) -> ResponseReturnValue:
    """What a lesson shows now, what is proposed for it; another video for it."""
    form = RecordingForm()
    if form.validate_on_submit():
        services.lesson_now(programme, lesson)
        release()
        try:
            _take(form, programme, lesson)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.refuse(error, "captions" if error.code.startswith("captions.") else "video")
        else:
            flash("Video denetlendi ve önerildi. İkinci bir kişi yayımlayınca görünür.", "good")
            return _back(programme, lesson)
    return _page(programme, lesson, form=form)


def _page(
    programme: str, lesson: str, *, form: RecordingForm | None = None, decision: ReturnForm | None = None
) -> ResponseReturnValue:
    form, decision = form or RecordingForm(formdata=None), decision or ReturnForm(formdata=None)
    page = render_template(
        "courses/video.html", form=form, decision=decision, programme=programme,
        lesson=services.lesson_now(programme, lesson), proposal=queries.open_proposal(programme, lesson),
        returned=queries.last_returned(programme, lesson),
    )  # fmt: skip
    return page, 422 if form.errors or decision.errors else 200


def _take(form: RecordingForm, programme: str, lesson: str) -> None:
    with files().desk() as folder:
        work = Path(folder)
        form.video.data.save(work / "sent")
        captions = form.captions.data.stream.read(MAX_CAPTIONS + 1)
        made = services.prepare_recording(work / "sent", captions, work)
        with transaction():
            services.propose_recording(programme, lesson, made, actor=current_actor(), now=clock.now())


@bp.post("/<programme>/<lesson>/geri-al")
@staff(*_WRITERS)
def withdraw(programme: str, lesson: str) -> ResponseReturnValue:
    """Ask for the built video again."""
    with transaction():
        services.propose_withdrawal(programme, lesson, actor=current_actor(), now=clock.now())
    flash("Üretilmiş videoya dönüş önerildi. İkinci bir kişi onaylayınca görünür.", "good")
    return _back(programme, lesson)


@bp.post("/<programme>/<lesson>/karar/<proposal>")
@staff(*_WRITERS)
def decide(programme: str, lesson: str, proposal: str) -> ResponseReturnValue:
    """The second person publishes, or returns it with a reason; its author takes it back."""
    actor, now, form = current_actor(), clock.now(), ReturnForm()
    row = queries.proposal(proposal)
    if (row.programme_code, row.lesson_code) != (programme, lesson):
        raise NotFound
    if request.form.get("is") == "yayimla":
        with transaction():
            services.publish_proposal(proposal, actor=actor, now=now)
        flash("Yayımlandı. Eğitime bundan sonra başlayanlar bu videoyu görür.", "good")
        return _back(programme, lesson)
    own = row.author_code == actor.code
    if not own and not form.validate_on_submit():
        return _page(programme, lesson, decision=form)
    with transaction():
        services.return_proposal(proposal, reason="" if own else form.reason.data or "", actor=actor, now=now)
    services.forget_film(row)
    flash("Öneri geri alındı." if own else "Geri çevrildi; öneren gerekçenizi görür.", "good")
    return _back(programme, lesson)


def _back(programme: str, lesson: str) -> ResponseReturnValue:
    return redirect(url_for("courses_staff.one", programme=programme, lesson=lesson), 303)


@bp.get("/<programme>/<lesson>/<what>")
@staff(*_WRITERS)
def media(programme: str, lesson: str, what: str) -> ResponseReturnValue:
    """What is published now, or (?oneri=) proposed, to look at."""
    shown = services.lesson_now(programme, lesson)
    column, types = _MEDIA.get(what, ("", {}))
    proposal = queries.open_proposal(programme, lesson) if "oneri" in request.args else None
    if not column or ("oneri" in request.args and (proposal is None or proposal.film is None)):
        raise NotFound
    path = files().path(proposal.film[column] if proposal and proposal.film else getattr(shown, column))
    if not path.is_file():
        raise NotFound
    response = send_file(path, mimetype=types[path.suffix], conditional=True, max_age=0)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
