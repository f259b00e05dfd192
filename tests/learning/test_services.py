"""Trainings and player reports against the database: credit, completion, versions, and two devices at once."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from lms.audit.models import AuditEntry
from lms.core.db import db, transaction
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.learning import services
from lms.learning.models import Beat, LearnerClock, LessonProgress, Training
from lms.learning.rules import Claim, length, union
from tests import factories
from tests.conftest import civil

pytestmark = pytest.mark.usefixtures("app")


class Player:
    """A device that plays one lesson and reports."""

    def __init__(self, application, clock, lesson="01-ders", session="s1"):
        self.application, self.clock, self.lesson, self.session, self.seq = application, clock, lesson, session, 0

    def report(self, *played, wait=0.0, rate=1.0, seq=None, position=0):
        self.clock.set(self.clock() + timedelta(seconds=wait))
        self.seq = seq if seq is not None else self.seq + 1
        claim = Claim(self.session, self.seq, union(played), position, rate)
        actor = self.application.member.actor()
        return services.beat(actor, self.application.code, self.lesson, claim, now=self.clock())


@pytest.fixture
def course(now):
    """A course of 60 + 90 + 30 seconds, and an application whose training opened Thu 9 Jan 09:00 (R122)."""
    release = factories.release()
    application = factories.application()
    now.set("2025-01-09 09:00")
    return release, application


@pytest.fixture
def player(course, now):
    return Player(course[1], now)


def test_R064_R065_training_is_listed_before_it_opens_and_opens_without_a_job(course, now):
    actor = course[1].member.actor()
    now.set("2025-01-09 08:59:59")
    (view,) = services.trainings_of(actor, now=now())
    assert (view.status, view.is_open, view.available_at) == ("scheduled", False, civil("2025-01-09 09:00"))
    with pytest.raises(Conflict, match=r"training.not_yet"):
        Player(course[1], now).report()
    now.set("2025-01-09 09:00")
    (view,) = services.trainings_of(actor, now=now())
    assert (view.status, view.is_open, view.percent) == ("assigned", True, 0)
    assert [lesson.gaps for lesson in view.lessons] == [((0, 60),), ((0, 90),), ((0, 30),)]
    assert db.session.query(Training).count() == 0  # looking writes nothing


def test_R074_first_report_opens_the_session_and_later_ones_credit_elapsed_time(player):
    assert player.report((0, 50)).watched == 0
    answer = player.report((0, 10), wait=10)
    assert (answer.watched, answer.percent, answer.training_percent, answer.gaps) == (10, 16, 5, ((10, 60),))
    assert player.report((0, 60), wait=10).watched == 22
    assert player.report((0, 60), wait=5, rate=16).watched == 32


def test_R073_R069_position_and_union_are_kept_for_any_device(player, course, now):
    player.report()
    player.report((0, 20), wait=20, position=20)
    other = Player(course[1], now, session="phone")
    other.report()
    answer = other.report((40, 50), wait=10, position=50)
    assert answer.gaps == ((20, 40), (50, 60))
    lesson = services.training_of(course[1].member.actor(), course[1].code, now=now()).lesson("01-ders")
    assert (lesson.ranges, lesson.position, lesson.resume_at) == (((0, 20), (40, 50)), 50, 50)


def test_the_same_report_twice_gives_the_same_answer_and_a_lower_one_changes_nothing(player):
    player.report()
    first = player.report((0, 10), wait=10)
    rows = db.session.query(Beat).count()
    assert player.report((0, 10), wait=10, seq=2) == first
    stale = player.report((0, 50), wait=10, seq=1)
    assert stale.watched == 10
    assert db.session.query(Beat).count() == rows
    assert player.report((10, 20), seq=3).watched == 20  # the repeats took no time away


def test_R082_R083_the_last_second_completes_the_training_at_that_instant(player, course, now):
    for lesson, seconds in (("01-ders", 60), ("02-ders", 90), ("03-ders", 29)):
        player.lesson = lesson
        player.report()
        player.report((0, seconds), wait=seconds)
    actor, application = course[1].member.actor(), course[1]
    assert services.trainings_of(actor, now=now())[0].percent == 99
    assert services.completed_at([application.id]) == {}
    answer = player.report((29, 30), wait=1)
    assert (answer.percent, answer.training_percent, answer.completed) == (100, 100, True)
    assert services.completed_at([application.id]) == {application.id: now()}
    done = now()
    now.set(done + timedelta(days=1))
    (view,) = services.trainings_of(actor, now=now())
    assert (view.status, view.completed_at, view.percent) == ("completed", done, 100)
    acts = [
        act
        for (act,) in db.session.query(AuditEntry.act).filter(AuditEntry.act.like("learning.%")).order_by(AuditEntry.id)
    ]
    assert acts == ["learning.started", "learning.completed"]


def test_R077_watching_again_changes_nothing_and_is_free_until_the_study_ends(course, now):
    application = factories.application(term=factories.term(code="short"))
    release = factories.release((3,))
    player = Player(application, now)
    player.report()
    assert player.report((0, 3), wait=3).completed
    rows = db.session.query(Beat).count()
    again = Player(application, now, session="again")
    assert again.report().percent == 100
    assert again.report((0, 1), wait=60).percent == 100
    assert db.session.query(Beat).count() == rows
    now.set("2025-11-28 23:59:59")
    assert services.trainings_of(application.member.actor(), now=now())[0].is_open
    now.set("2025-11-29 00:00")
    with pytest.raises(Conflict, match=r"training.closed"):
        again.report()
    assert release.duration == 3


def test_R009_nothing_is_counted_after_the_study_or_in_a_closed_application(player, course, now):
    player.report()
    course[1].outcome, course[1].outcome_at = "failed", now()
    db.session.flush()
    assert player.report((0, 10), wait=10).watched == 0
    now.set("2025-11-29 00:00")
    with pytest.raises(Conflict, match=r"training.closed"):
        player.report((0, 10))


def test_R079_a_new_release_is_for_new_starts_only(player, course, now):
    player.report()
    newer = factories.release((10,), published_at=now())
    assert player.report((0, 10), wait=10).watched == 10
    started = services.training_of(course[1].member.actor(), course[1].code, now=now())
    assert started.release.id == course[0].id
    fresh = factories.application()
    now.set("2025-01-09 09:30")
    assert services.training_of(fresh.member.actor(), fresh.code, now=now()).release.id == newer.id


def test_somebody_elses_training_or_a_lesson_of_another_course_is_not_found(player, course, now):
    stranger = factories.member().actor()
    with pytest.raises(NotFound):
        services.training_of(stranger, course[1].code, now=now())
    with pytest.raises(NotFound):
        services.beat(stranger, course[1].code, "01-ders", Claim("s", 1, (), 0, 1.0), now=now())
    player.lesson = "99-ders"
    with pytest.raises(NotFound):
        player.report()
    course[1].outcome = "invalid"
    db.session.flush()
    assert services.trainings_of(course[1].member.actor(), now=now()) == []
    assert not services.training_of(course[1].member.actor(), course[1].code, now=now()).is_open
    with pytest.raises(NotFound):
        services.training_to_play(course[1].member.actor(), course[1].code, now=now())
    player.lesson = "01-ders"
    with pytest.raises(NotFound):
        player.report()


def test_two_tabs_are_told_of_each_other_and_get_one_truth(player, course, now):
    other = Player(course[1], now, lesson="02-ders", session="s2")
    player.report()
    other.report()
    counted = []
    for _ in range(6):
        first = player.report((0, 60), wait=5)
        second = other.report((0, 90), wait=5)
        counted += [first.counted, second.counted]
    assert first.elsewhere
    assert second.elsewhere
    assert sum(counted) <= 60 + 2


def test_R099_a_second_application_starts_from_zero(player, course, now):
    player.report()
    player.report((0, 45), wait=45)
    course[1].outcome, course[1].outcome_at = "failed", now()
    db.session.flush()
    again = factories.application(course[1].member, ordinal=2, at=now())
    now.set(now() + timedelta(days=3))
    views = services.trainings_of(course[1].member.actor(), now=now())
    assert [(view.id, view.percent) for view in views] == [(again.code, 0), (course[1].code, 25)]


def test_media_addresses_are_signed_and_expire():
    wall = datetime.fromisoformat("2025-03-03T09:10:00+03:00")
    key = files().put("lessons", b"film", ".mp4")
    url = services.media_url(key, wall=wall)
    assert url == services.media_url(key, wall=wall + timedelta(minutes=20))
    until, signature = url.split("son=")[1].split("&imza=")
    assert services.media_file(key, int(until), signature, wall=wall + timedelta(hours=11)).read_bytes() == b"film"
    for name, end, sign, at in (
        ("lessons/ab/y.mp4", int(until), signature, wall),
        (key, int(until) + 3600, signature, wall),
        (key, int(until), "0" * 40, wall),
        (key, int(until), "ğ", wall),
        (key, int(until), signature, wall + timedelta(hours=13)),
    ):
        with pytest.raises(NotFound):
            services.media_file(name, end, sign, wall=at)


def test_a_report_judged_in_python_is_four_statements(player, course, now):
    player.report()
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: seen.append(statement))
    player.report((0, 10), wait=10)
    writes = [
        statement for statement in seen if not statement.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(seen) == 4, seen
    assert len(writes) == 3


def test_R074_devices_in_parallel_never_beat_the_clock(live_database):
    """Real transactions: four devices report as fast as they can, on two lessons, each claiming everything."""
    app = live_database()
    start = civil("2025-01-09 09:00")
    with app.app_context(), transaction():
        factories.release((600, 900))
        application = factories.application()
        code, actor, training_of = application.code, application.member.actor(), application.id
    opened, reports, errors = threading.Barrier(4), 12, []

    def device(number: int) -> None:
        with app.app_context():
            try:
                for seq in range(reports):
                    if seq == 1:
                        opened.wait(timeout=30)
                    claim = Claim(f"device-{number}", seq, ((0, 900),), 0, 1.0)
                    with transaction():
                        services.beat(
                            actor, code, f"0{number % 2 + 1}-ders", claim, now=start + timedelta(seconds=seq * 5)
                        )
            except Conflict as busy:
                errors.append(busy.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=device, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        ledger = db.session.query(Beat).order_by(Beat.id).all()
        progress = db.session.query(LessonProgress).all()
        clock = db.session.get(LearnerClock, actor.member_id)
        elapsed = (reports - 1) * 5
        credited = sum(length(beat.credited) for beat in ledger)
        assert set(errors) <= {"training.busy"}
        assert db.session.query(Training).filter_by(application_id=training_of).count() == 1
        assert credited == sum(row.watched for row in progress) == sum(length(row.ranges) for row in progress)
        assert elapsed - 5 <= credited <= elapsed + 2
        assert clock is not None
        assert clock.last_beat_at <= start + timedelta(seconds=elapsed)
        db.session.remove()
