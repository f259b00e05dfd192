"""Pages of the learning feature: E-Eğitimlerim, the player with its index and gaps, its reports, and the media behind it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, jsonify, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.db import transaction
from lms.core.errors import Invalid, NotFound
from lms.courses import services as courses
from lms.courses.models import Lesson
from lms.courses.rules.lesson import options, second_of
from lms.learning import services
from lms.learning.rules import Claim
from lms.learning.services import LessonView, TrainingView
from lms.membership.queries import live_member_values
from lms.tariff.rules.versions import Tariff
from lms.tariff.views import cited, title
from lms.web.access import check_late, current_actor, member, member_in_write, public
from lms.web.filters import percent

bp = Blueprint("learning", __name__)
_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".vtt": "text/vtt", ".jpg": "image/jpeg"}
_HALF_DAY = 12 * 3600
_STRONG = re.compile(r"\*\*(.+?)\*\*")


@bp.get("/egitimlerim")
@member
def listing() -> ResponseReturnValue:
    """R072, R077: the trainings to watch, and those that are complete."""
    done = request.args.get("liste") == "tamamlanan"
    found = services.trainings_of(current_actor(), now=clock.now())
    shown = [training for training in found if (training.status == "completed") == done]
    return render_template(
        "learning/list.html", trainings=shown, done=done, completed=bool(found) and not done, now=clock.now()
    )


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
        **_lesson_page(view.lesson),
        media=lambda key: services.media_url(key, wall=clock.wall()),
        at=clock_face,
        player=_player_state(training, view),
        words=_words(),
    )


def _lesson_page(lesson: Lesson) -> dict[str, Any]:
    """What every page of a lesson shows: its texts with links to the cells, how old it is and what of it is historical."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in lesson.citations:
        found.setdefault((one["slide"], one["place"]), []).append(one)

    def told(text: str, place: str, slide: str = "") -> Markup:
        plain = str(cited(text, found.get((slide, place), ())))
        return Markup(_STRONG.sub(r"<strong>\1</strong>", plain))  # noqa: S704 - escaped by cited

    return {
        "told": told,
        "as_of": date.fromisoformat(lesson.about["as_of"]) if "as_of" in lesson.about else None,
        "historical": [
            title(text) if isinstance(text, Tariff) else text.title
            for text in courses.historical(lesson, local_date(clock.now()))
        ],
    }


@bp.get("/egitimlerim/<code>/dersler/<lesson>/ozet")
@member
def summary(code: str, lesson: str) -> ResponseReturnValue:
    """A lesson on paper: what one should know afterwards, its tables, its sources."""
    training, view = services.lesson_to_read(current_actor(), code, lesson, now=clock.now())
    return render_template("learning/summary.html", training=training, view=view, **_lesson_page(view.lesson))


@bp.get("/egitimlerim/<code>/dersler/<lesson>/sorular")
@member
def checks(code: str, lesson: str) -> ResponseReturnValue:
    """Three questions to ask oneself; answered in the address, stored nowhere, counted nowhere."""
    training, view = services.lesson_to_read(current_actor(), code, lesson, now=clock.now())
    if not view.lesson.checks:
        raise NotFound
    cited_places = {one["place"] for one in view.lesson.citations if not one["slide"]}
    asked = [
        _Asked(number, check, options(check), request.args.get(f"s{number}", type=int), cited_places)
        for number, check in enumerate(view.lesson.checks)
    ]
    return render_template(
        "learning/checks.html",
        training=training,
        view=view,
        asked=asked,
        answered=any(one.chosen is not None for one in asked),
        second=lambda slide: second_of(view.lesson.transcript, slide),
        at=clock_face,
        **_lesson_page(view.lesson),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a lesson with its options as shown, and the one chosen."""

    number: int
    check: dict[str, Any]
    options: list[str]
    chosen: int | None
    cited_places: set[str]

    @property
    def right(self) -> bool:
        return self.chosen is not None and self.options[self.chosen : self.chosen + 1] == [self.check["answer"]]

    @property
    def cited_options(self) -> list[str]:
        """The options that show a number of the tariff."""
        return [option for option in self.options if self.place(option) in self.cited_places]

    def place(self, option: str) -> str:
        """Where the lesson's citations know this option."""
        if option == self.check["answer"]:
            return f"checks/{self.number}/answer"
        return f"checks/{self.number}/distractors/{self.check['distractors'].index(option)}"


def clock_face(seconds: int) -> str:
    """125 -> "2:05": a place in a film, written as players write it; a time of day has a full stop."""
    return f"{seconds // 60}:{seconds % 60:02d}"


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
        "account": url_for("membership.session_state"),
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
        "login": _("Sayma durdu: oturumunuz kapandı. İzledikleriniz bu sayfada bekliyor ve giriş yaptığınızda gönderilecek; sayfayı kapatmayın."),
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
