"""R076: who of a term follows the training, how far, and when last; a page of it, or all of it for a file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, func, select

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Invalid
from lms.core.sheets import Cell
from lms.core.text import nfc
from lms.courses.models import Lesson
from lms.enrolment.models import Application
from lms.learning.models import LessonProgress, Training
from lms.membership.models import Member

PER_PAGE = 50
_CHUNK = 1000
SHORTEST_REASON = 5


class Standing(StrEnum):
    """How far somebody is: the training is not assigned yet, not begun, under way, complete."""

    AHEAD = "bekliyor"
    IDLE = "baslamadi"
    UNDER_WAY = "suruyor"
    COMPLETE = "tamamladi"


@dataclass(frozen=True, slots=True)
class Row:
    """One applicant's training in whole seconds; ``last`` is the last moment that was credited."""

    application: Application
    standing: Standing
    started_at: datetime | None
    completed_at: datetime | None
    watched: int
    duration: int
    last: datetime | None

    @property
    def percent(self) -> int:
        """Floor; 100 only when complete."""
        if self.standing is Standing.COMPLETE:
            return 100
        return min(99, self.watched * 100 // self.duration) if self.duration else 0


def _standing(now: datetime) -> Any:
    return case(
        (Training.completed_at.is_not(None), Standing.COMPLETE.value),
        (Training.id.is_not(None), Standing.UNDER_WAY.value),
        (Application.assigned_at > now, Standing.AHEAD.value),
        else_=Standing.IDLE.value,
    )


def _of_term(columns: Select[*tuple[Any, ...]], term_code: str) -> Select[*tuple[Any, ...]]:
    return columns.outerjoin(Training, Training.application_id == Application.id).where(
        Application.term_code == term_code, Application.outcome.is_distinct_from("invalid")
    )


def counts(term_code: str, now: datetime) -> dict[Standing, int]:
    """How many applicants of a term stand where."""
    standing = _standing(now).label("standing")
    statement = _of_term(select(standing, func.count()).select_from(Application), term_code).group_by(standing)
    return {Standing(key): int(number) for key, number in db.session.execute(statement)}


def page(term_code: str, standing: Standing | None, *, order: str, number: int, now: datetime) -> list[Row]:
    """One page: by the day of assignment, or by name (`order` "ad"). Keys are sorted first, so that a late page costs little."""
    keys = _of_term(select(Application.id), term_code)
    if standing is not None:
        keys = keys.where(_standing(now) == standing.value)
    by: tuple[Any, ...] = (Application.assigned_at, Application.id)
    if order == "ad":
        keys, by = keys.join(Member, Member.id == Application.member_id), (Member.name_folded, Application.id)
    wanted = list(db.session.scalars(keys.order_by(*by).limit(PER_PAGE).offset((number - 1) * PER_PAGE)))
    rows = db.session.execute(_rows(term_code, None, now).where(Application.id.in_(wanted))).all()
    return _filled(sorted(rows, key=lambda row: wanted.index(row[0].id)))


def all_of(term_code: str, standing: Standing | None, now: datetime) -> Iterator[Row]:
    """Everybody, a thousand at a time: memory does not grow with the term."""
    after = 0
    while True:
        statement = _rows(term_code, standing, now).where(Application.id > after).order_by(Application.id).limit(_CHUNK)
        rows = db.session.execute(statement).all()
        if not rows:
            return
        after = rows[-1][0].id
        yield from _filled(rows)


def _rows(term_code: str, standing: Standing | None, now: datetime) -> Select[*tuple[Any, ...]]:
    shown = _standing(now)
    statement = _of_term(select(Application, shown, Training), term_code)
    return statement.where(shown == standing.value) if standing is not None else statement


def _filled(rows: Sequence[Any]) -> list[Row]:
    trainings = [training for _application, _standing_, training in rows if training is not None]
    seen = _seen([training.id for training in trainings])
    long = _durations({training.release_id for training in trainings})
    found = []
    for application, standing, training in rows:
        watched, last = seen.get(training.id, (0, None)) if training else (0, None)
        found.append(
            Row(
                application, Standing(standing), training.started_at if training else None,
                training.completed_at if training else None, watched, long.get(training.release_id, 0) if training else 0, last,
            )
        )  # fmt: skip
    return found


def _seen(training_ids: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    rows = (
        select(LessonProgress.training_id, func.sum(LessonProgress.watched), func.max(LessonProgress.updated_at))
        .where(LessonProgress.training_id.in_(training_ids))
        .group_by(LessonProgress.training_id)
    )
    return {key: (int(watched), last) for key, watched, last in db.session.execute(rows)}


def _durations(release_ids: Collection[int]) -> dict[int, int]:
    rows = select(Lesson.release_id, func.sum(Lesson.duration)).where(Lesson.release_id.in_(release_ids))
    return {key: int(total) for key, total in db.session.execute(rows.group_by(Lesson.release_id))}


# --- the file ----------------------------------------------------------------------------------------------------------

HEAD = (
    "Başvuru no", "TCKN", "Ad", "Soyad", "Kurum", "Eğitim ataması", "Başlama", "Tamamlama", "Yüzde", "İzlenen saniye",
    "Toplam saniye", "Son etkinlik", "Durum",
)  # fmt: skip
NAMES = {
    Standing.AHEAD: "atama bekliyor",
    Standing.IDLE: "başlamadı",
    Standing.UNDER_WAY: "sürüyor",
    Standing.COMPLETE: "tamamladı",
}


def record_export(term_code: str, *, form: str, full: bool, reason: str, actor: Actor, now: datetime) -> None:
    """That the list left the house, by whose hand; with whole identity numbers only for a reason. Errors: attendance.reason."""
    said = nfc(reason).strip()[:500]
    if full and len(said) < SHORTEST_REASON:
        raise Invalid("attendance.reason", least=SHORTEST_REASON)
    data = {"format": form, "full": full, **({"reason": said} if said else {})}
    audit.record(Act.ATTENDANCE_EXPORTED, actor=actor, subject=("term", term_code), data=data, now=now)


def cells(rows: Iterator[Row], *, full: bool) -> Iterator[Sequence[Cell]]:
    """The lines of the file."""
    for row in rows:
        form = row.application
        number = vault().open(form.member.tckn_sealed) if full else form.member.tckn_masked
        yield (
            form.number, number, form.first_name, form.last_name, form.institution,
            form.assigned_at, row.started_at, row.completed_at, row.percent, row.watched, row.duration, row.last,
            NAMES[row.standing],
        )  # fmt: skip
