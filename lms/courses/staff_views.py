"""Recorded videos in place of the built ones: which lesson shows what, upload, withdraw."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.files import files
from lms.courses import queries, services
from lms.courses.forms import RecordingForm
from lms.courses.rules.recording import MAX_CAPTIONS, MAX_VIDEO
from lms.web.access import current_actor, staff
from lms.web.uploads import takes

bp = Blueprint("courses_staff", __name__, url_prefix="/yonetim/icerik/videolar")
_MEDIA = {"film": ("video_key", {".mp4": "video/mp4", ".webm": "video/webm"}), "altyazi": ("captions_key", {".vtt": "text/vtt"})}  # fmt: skip


@bp.get("")
@staff("editor", "manager", "auditor")
def listing() -> ResponseReturnValue:
    """Every lesson of the current releases."""
    return render_template("courses/videos.html", releases=queries.current_releases())


@bp.route("/<programme>/<lesson>", methods=["GET", "POST"])
@staff("editor")
@takes(MAX_VIDEO + MAX_CAPTIONS + 100_000)
def one(programme: str, lesson: str) -> ResponseReturnValue:
    """What a lesson shows now; another video for it."""
    shown = services.lesson_now(programme, lesson)
    form = RecordingForm()
    if form.validate_on_submit():
        release()
        try:
            _take(form, programme, lesson)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.refuse(error, "captions" if error.code.startswith("captions.") else "video")
        else:
            flash("Video yayımlandı. Eğitime bundan sonra başlayanlar bu videoyu görür.", "good")
            return redirect(url_for("courses_staff.one", programme=programme, lesson=lesson), 303)
    page = render_template("courses/video.html", form=form, lesson=shown, programme=programme)
    return page, 422 if form.errors else 200


def _take(form: RecordingForm, programme: str, lesson: str) -> None:
    with files().desk() as folder:
        work = Path(folder)
        form.video.data.save(work / "sent")
        captions = form.captions.data.stream.read(MAX_CAPTIONS + 1)
        made = services.prepare_recording(work / "sent", captions, work)
        with transaction():
            services.record(programme, lesson, made, actor=current_actor(), now=clock.now())


@bp.post("/<programme>/<lesson>/geri-al")
@staff("editor")
def withdraw(programme: str, lesson: str) -> ResponseReturnValue:
    """The built video again."""
    with transaction():
        services.withdraw_recording(programme, lesson, actor=current_actor(), now=clock.now())
    flash("Dersin kendi videosuna dönüldü.", "good")
    return redirect(url_for("courses_staff.one", programme=programme, lesson=lesson), 303)


@bp.get("/<programme>/<lesson>/<what>")
@staff("editor")
def media(programme: str, lesson: str, what: str) -> ResponseReturnValue:
    """What is published now, to look at."""
    shown = services.lesson_now(programme, lesson)
    column, types = _MEDIA.get(what, ("", {}))
    if not column:
        raise NotFound
    path = files().path(getattr(shown, column))
    if not path.is_file():
        raise NotFound
    response = send_file(path, mimetype=types[path.suffix], conditional=True, max_age=0)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
