"""Items after the exam: counting what the answers say of them, and taking one out by regrade (R093, D-15)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, literal, select, update

from lms.audit import services as audit
from lms.audit.rules import Act as AuditAct
from lms.core.access import Actor
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid, NotFound
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.models import Annulment, Attempt, ItemStatistic
from lms.exams.queries import attempts, statistics
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Outcome
from lms.notifications import services as notifications
from lms.questions.models import QuestionVersion

RECENT = timedelta(days=30)
REASON_MIN, REASON_MAX = 20, 2000


def count(*, now: datetime) -> int:
    """Count every item anew from the finished papers; how many were met. A fixed number of statements."""
    rows = statistics.sums(now - RECENT)
    chosen = _chosen()
    db.session.execute(delete(ItemStatistic))
    if rows:
        names = ("papers", "right", "rest", "rest_squared", "rest_of_right", "recent", "recent_right")
        counted = [
            {
                "question_version_id": row.question_version_id, "counted_at": now,
                "chosen": chosen.get(row.question_version_id, {}), **{name: int(getattr(row, name)) for name in names},
            }
            for row in rows
        ]  # fmt: skip
        insert_ignore(ItemStatistic, counted, ["question_version_id"])  # another process has counted in this moment
    return len(rows)


def _chosen() -> dict[int, dict[str, int]]:
    """How often each option was chosen, by version and the option's name (`ItemStatistic.chosen`)."""
    rows = statistics.choices()
    ids = {version for version, *_ in rows}
    versions = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.options, QuestionVersion.variants).where(QuestionVersion.id.in_(ids))
    )
    known = {version: (options, variants) for version, options, variants in versions}
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for version, variant, text, times in rows:
        options, variants = known[version]
        found[version][_named(text, variants[variant] if variants else {"options": options})] += times
    return {version: dict(names) for version, names in found.items()}


def _named(text: str | None, variant: dict[str, list[str]]) -> str:
    if text is None:
        return "blank"
    place = variant["options"].index(text) if text in variant["options"] else -1
    mistakes = variant.get("mistakes") or []
    return mistakes[place - 1] if 0 < place <= len(mistakes) else str(place)


# --- annulment ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Regraded:
    """What a regrade changed: finished attempts whose score rose, and fails among them that became a pass."""

    attempts: int = 0
    passes: int = 0


def preview(version_id: int) -> Regraded:
    """What annulling a wording would change now; nothing is written."""
    ids = statistics.uncredited(version_id=version_id)
    turned = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .join(Attempt.application)
        .where(Attempt.id.in_(ids), Attempt.passed.is_(False), _points(1) >= Attempt.pass_mark)
        .where(func.coalesce(Application.outcome, "") != "invalid")
    )
    return Regraded(len(ids), turned or 0)


def annul(version_id: int, *, reason: str, actor: Actor, now: datetime) -> Regraded:
    """R093: the wording counts as right for everybody who met it, and nobody's score falls. Who asks for it says why.

    Papers that still run are graded so at their end. Errors: item.annulled, item.reason.
    """
    version = db.session.get(QuestionVersion, version_id)
    if version is None:
        raise NotFound
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Invalid("item.reason", minimum=REASON_MIN, maximum=REASON_MAX)
    row = {
        "question_version_id": version_id, "at": now, "by_label": actor.label[:120], "reason": reason.strip(),
        "attempts": 0, "passes": 0,
    }  # fmt: skip
    if not insert_ignore(Annulment, [row], ["question_version_id"]):
        before = db.session.get_one(Annulment, version_id)
        raise Conflict("item.annulled", by=before.by_label, at=before.at)
    done = regrade(actor=actor, now=now)
    db.session.execute(update(Annulment).where(Annulment.question_version_id == version_id).values(**asdict(done)))
    audit.record(
        AuditAct.ITEM_ANNULLED, actor=actor, subject=("question", version.question.code), now=now,
        data={"version": version_id, "reason": reason.strip(), **asdict(done)},
    )  # fmt: skip
    return done


def regrade(*, actor: Actor, now: datetime) -> Regraded:
    """D-15: credit annulled items to every finished attempt that lacks them, replaying its stored answers. Idempotent.

    A fail that becomes a pass keeps its own end (R091), passes its application, and gets its certificate on the Monday
    after `now`; later attempts of that application are void (R094).
    """
    statistics.uncredited()  # waits for a regrade of the same attempts; what it credited and annulled is seen only now
    ids = statistics.uncredited()
    if not ids:
        return Regraded()
    mine = (Attempt.id.in_(ids),)
    silently = {"synchronize_session": False}
    turns = Attempt.passed.is_(False) & (_points(0) >= Attempt.pass_mark)
    turned = case((turns, literal(now, Attempt.regraded_at.type)), else_=Attempt.regraded_at)
    db.session.execute(update(Attempt).where(*mine).values(credited=attempts.CREDITED), execution_options=silently)
    db.session.execute(update(Attempt).where(*mine).values(regraded_at=turned), execution_options=silently)
    db.session.execute(
        update(Attempt).where(*mine).values(
            score=case((_points(0) > Attempt.score, _points(0)), else_=Attempt.score),
            passed=case((_points(0) >= Attempt.pass_mark, True), else_=Attempt.passed),
        ),
        execution_options=silently,
    )  # fmt: skip
    rows = db.session.scalars(
        select(Attempt).where(*mine).order_by(Attempt.id).execution_options(populate_existing=True)
    ).all()
    _tell(rows, actor, now)
    passes = [row for row in rows if row.regraded_at == now and row.application.outcome != "invalid"]
    for row in passes:
        if row.finalised_at is not None:
            enrolment.close(row.application, Outcome.PASSED.value, at=row.finalised_at, now=now, actor=actor)
    return Regraded(len(rows), len(passes))


def _points(more: int) -> ColumnElement[int | None]:
    """The whole points of an attempt with `more` items right than it has."""
    return rules.FULL_SCORE * (Attempt.correct + Attempt.credited + more) // Attempt.question_count


def _tell(rows: Sequence[Attempt], actor: Actor, now: datetime) -> None:
    """The audit row of each attempt, and the word to each person with the new score and what it opens."""
    audit.record_many(
        AuditAct.EXAM_REGRADED,
        actor=actor,
        subjects=[
            (("exam", row.code), {"score": row.score, "passed": row.passed, "turned": row.regraded_at == now})
            for row in rows
        ],
        now=now,
    )
    drafts = [
        notifications.Draft(
            attempts.recipient(row.application),
            f"exam-regraded:{row.code}:{row.credited}",
            {
                "name": attempts.name_of(row.application), "ordinal": row.ordinal, "score": row.score,
                "passed": row.passed, "turned": row.regraded_at == now,
                "next_at": rules.certificate_from(now, now).value.isoformat(),
            },
        )
        for row in rows
    ]  # fmt: skip
    notifications.enqueue_many("exam_regraded", drafts, now=now)
