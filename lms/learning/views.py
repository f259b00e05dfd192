"""Pages of the learning feature: E-Eğitimlerim, the player with its index and gaps, its reports, and the media behind it."""

from datetime import date
from typing import Any

from flask import Blueprint, jsonify, render_template, request, send_file, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import Invalid
from lms.learning import services
from lms.learning.rules import Claim
from lms.learning.services import LessonView, TrainingView
from lms.membership.queries import live_member_values
from lms.web.access import check_late, current_actor, member, member_in_write, public
from lms.web.filters import percent

bp = Blueprint("learning", __name__)
_TYPES = {".mp4": "video/mp4", ".vtt": "text/vtt; charset=utf-8", ".jpg": "image/jpeg"}
_HALF_DAY = 12 * 3600


@bp.get("/egitimlerim")
@member
def listing() -> ResponseReturnValue:
    """R072, R077: the trainings to watch, and those that are complete."""
    done = request.args.get("liste") == "tamamlanan"
    found = services.trainings_of(current_actor(), now=clock.now())
    shown = [training for training in found if (training.status == "completed") == done]
    return render_template("learning/list.html", trainings=shown, done=done, now=clock.now())


@bp.get("/egitimlerim/<code>")
@member
def player(code: str) -> ResponseReturnValue:
    """R073-R075: a lesson with what was watched of it, the index, the transcript; before and after the window: why not."""
    training = services.training_to_play(current_actor(), code, now=clock.now())
    if not training.is_open or not training.lessons:
        return render_template("learning/closed.html", training=training, now=clock.now())
    chosen = request.args.get("ders")
    view = training.lesson(chosen) if chosen else training.next_lesson or training.lessons[0]
    start = request.args.get("an", view.resume_at, type=int)
    return render_template(
        "learning/player.html",
        training=training,
        view=view,
        following=_after(training, view),
        start=max(0, min(start, view.lesson.duration)),
        as_of=date.fromisoformat(view.lesson.about["as_of"]) if "as_of" in view.lesson.about else None,
        media=lambda key: services.media_url(key, wall=clock.wall()),
        at=clock_face,
        player=_player_state(training, view),
        words=_words(),
    )


def clock_face(seconds: int) -> str:
    """125 -> "2.05": a place in a film."""
    return f"{seconds // 60}.{seconds % 60:02d}"


def _after(training: TrainingView, view: LessonView) -> LessonView | None:
    """The lesson to go on with: the next one with something open, else the next one."""
    later = [other for other in training.lessons if other.lesson.ordinal > view.lesson.ordinal]
    still_open = [other for other in (*later, *training.lessons) if other.percent < 100 and other is not view]
    return next(iter(still_open or later), None)


def _player_state(training: TrainingView, view: LessonView) -> dict[str, Any]:
    """What the script starts from."""
    return {
        "url": f"{request.path}/dersler/{view.id}/ilerleme",
        "csrf": generate_csrf(),
        "duration": view.lesson.duration,
        "watched": [list(found) for found in view.ranges],
        "completed": training.completed_at is not None,
    }


def _words() -> dict[str, str]:
    """The sentences of the player's script; names in braces are filled there."""
    return {
        "counting": _("İzlemeniz sayılıyor."),
        "paused": _("Duraklatıldı. Sayılan süre kaydedildi."),
        "hidden": _("Sayma durdu: bu sayfa görünmüyordu, video duraklatıldı. Devam etmek için oynatın."),
        "offline": _("Sayma durdu: bağlantı yok. İzledikleriniz bu sayfada bekliyor ve bağlantı gelince gönderilecek; sayfayı kapatmayın."),
        "elsewhere": _("Sayma aksıyor: eğitim başka bir sekmede ya da cihazda da oynatılıyor. Aynı anda geçen süre bir kez sayılır; birini kapatın."),
        "login": _("Sayma durdu: oturumunuz kapandı. Yeni bir sekmede giriş yapın, sonra bu sayfayı yenileyin."),
        "stopped": _("Sayma durdu. Sayfayı yenileyip kaldığınız yerden devam edin."),
        "fast": _("Video gerçek zamandan hızlı oynadı: {n} saniye henüz sayılmadı. Süre en çok iki kat hızla sayılır."),
        "again": _("Bu bölümü daha önce izlediniz; yeniden izlemek yüzdeyi değiştirmez."),
        "lesson_done": _("Bu dersi tamamladınız."),
        "all_done": _("Eğitimi tamamladınız. İlk sınavınız açıldı."),
        "percent": _("%%%(n)s izlendi", n="{n}"),
        "share": percent("{n}"),
        "left": _("kalan {time}"),
        "nothing_left": _("izlenmeyen bölüm yok"),
        "course": _("eğitim %%%(n)s", n="{n}"),
        "bar": _("İzlenmeyen bölümler: {gaps}"),
        "bar_done": _("Dersin tamamı izlendi"),
        "minutes": _("dk"),
        "seconds": _("sn"),
        "go": _("git"),
    }  # fmt: skip


@bp.post("/egitimlerim/<code>/dersler/<lesson>/ilerleme")
@member_in_write
def progress(code: str, lesson: str) -> ResponseReturnValue:
    """A player's report; the same service as the API's."""
    try:
        claim = Claim.parse(request.get_json(silent=True))
    except Invalid:
        check_late()
        raise
    log_in, now = live_member_values(str(session.get("_user_id", "")), "web", clock.wall()), clock.now()
    answer = services.beat_at_once(code, lesson, claim, log_in=log_in, now=now)
    if answer is None:
        actor = check_late()
        with transaction():
            answer = services.beat(actor, code, lesson, claim, now=now)
    return jsonify(answer.whole())


@bp.get("/medya/<path:key>")
@public
def media(key: str) -> ResponseReturnValue:
    """A film, its captions or its poster: the signed address is the permission; ranges are served."""
    until, signature = request.args.get("son", 0, type=int), request.args.get("imza", "")
    path = services.media_file(key, until, signature, wall=clock.wall())
    response = send_file(path, mimetype=_TYPES[path.suffix], conditional=True, max_age=_HALF_DAY)
    response.headers["Cache-Control"] = f"private, max-age={_HALF_DAY}, immutable"
    response.headers["Content-Disposition"] = "inline"
    return response
