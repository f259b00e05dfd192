"""R090b, R097: what a candidate learns after an exam: right of total by area and what to watch again; never a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from lms.core import clock
from lms.core.db import db
from lms.courses.models import Lesson
from lms.exams.models import Annulment, PaperItem
from lms.exams.rules import results as rules
from lms.exams.rules.results import Asked
from lms.exams.services import attempts as services
from lms.membership.credential import open_session
from lms.questions.models import PaperPlan, Question, QuestionVersion
from tests.exams.test_views import log_in, text, url, web

__all__ = ["log_in", "web"]

AREAS = [
    {"title": "Sistem", "title_en": "System", "topics": ["sistem", "kobi"]},
    {"title": "Hesap", "title_en": "Sums", "topics": ["prim", "hesap"]},
    {"title": "Hasar", "title_en": "Claims", "topics": ["hasar"]},
]
TOPICS = ("sistem", "kobi", "prim", "hesap", "hasar", "eski")


def asked(*answers):
    return [Asked(topic, f"ders-{topic}", f"slayt-{n}", right) for n, (topic, right) in enumerate(answers)]


def told(questions, mark=70):
    return [(area.right, area.total, area.weak) for area in rules.by_area(questions, AREAS, mark)]


def test_R090b_areas_count_right_of_total_and_are_weak_below_the_pass_mark():
    paper = asked(("sistem", True), ("kobi", False), ("prim", True), ("hesap", True), ("hesap", False), ("hasar", True), ("hasar", True))  # fmt: skip
    assert told(paper) == [(1, 2, True), (2, 3, True), (2, 2, False)]
    assert told(paper, mark=60) == [(1, 2, True), (2, 3, False), (2, 2, False)]
    assert told([]) == []


def test_R090b_an_area_of_one_question_is_told_with_its_neighbour():
    paper = asked(("sistem", True), ("kobi", True), ("prim", False), ("hasar", True), ("hasar", True))
    found = rules.by_area(paper, AREAS, 70)
    assert [[title["tr"] for title in area.titles] for area in found] == [["Sistem", "Hesap"], ["Hasar"]]
    first = asked(("sistem", False), ("prim", True), ("prim", True))
    assert told(first) == [(2, 3, True)]


answers = st.lists(st.tuples(st.sampled_from(TOPICS), st.booleans()), min_size=2, max_size=12)


@given(answers)
def test_R090b_every_question_is_told_once_and_none_alone(paper):
    found = rules.by_area(asked(*paper), AREAS, 70)
    assert sum(area.total for area in found) == len(paper)
    assert sum(area.right for area in found) == sum(right for _, right in paper)
    assert all(area.total >= 2 for area in found)


@given(answers, st.randoms())
def test_R090b_what_is_told_does_not_depend_on_which_question_was_right(paper, random):
    """Right answers moved about within each topic: the very same is told, the places to watch included."""
    by_topic = {topic: [right for name, right in paper if name == topic] for topic in TOPICS}
    for rights in by_topic.values():
        random.shuffle(rights)
    other = [(topic, by_topic[topic].pop()) for topic, _ in paper]
    assert rules.by_area(asked(*paper), AREAS, 70) == rules.by_area(asked(*other), AREAS, 70)


# --- over the database ---------------------------------------------------------------------------------------------


@pytest.fixture
def course(candidate):
    """Two areas of the factories' four topics; each topic is taught by a slide of a lesson of the candidate's release."""
    plan = db.session.get(PaperPlan, "ddta")
    plan.areas = [
        {"title": "İlk alan", "title_en": "First area", "topics": ["konu-1", "konu-2"]},
        {"title": "İkinci alan", "title_en": "Second area", "topics": ["konu-3", "konu-4"]},
    ]
    transcript = [
        {"id": "kapak", "title": "K", "start": 0, "end": 20_000, "sentences": []},
        {"id": "taban", "title": "Taban prim", "start": 20_500, "end": 60_000, "sentences": []},
    ]
    db.session.execute(update(Lesson).values(transcript=transcript))
    for topic, lesson, slide in (("konu-1", "01-ders", None), ("konu-2", "01-ders", "kapak"), ("konu-3", "02-ders", "taban"), ("konu-4", "yok", "yok")):  # fmt: skip
        ids = select(Question.id).where(Question.topic == topic)
        db.session.execute(
            update(QuestionVersion)
            .where(QuestionVersion.question_id.in_(ids))
            .values(lesson_code=lesson, slide_id=slide)
        )
    db.session.commit()
    return candidate


def right_in(candidate, topics, ordinal=1):
    """Sit the exam with the questions of some topics right, the others wrong."""
    candidate.start(ordinal)
    rows = db.session.execute(
        select(PaperItem.number, Question.topic)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
    ).all()
    topic_of = {number: topic for number, topic in rows}  # noqa: C416 - a Row is no pair
    for number, letter in candidate.key(ordinal).items():
        wrong = "ABCD"[("ABCD".index(letter) + 1) % 4]
        candidate.save(number, letter if topic_of[number] in topics else wrong, ordinal=ordinal)
    candidate.complete(ordinal)
    return services.exam_of(candidate.actor, candidate.code(ordinal), now=candidate.now())[1]


def test_R090b_a_weak_area_leads_to_lesson_and_second_in_at_most_two_statements(course, count_statements):
    exam = right_in(course, {"konu-1", "konu-2"})
    with count_statements() as seen:
        first, second = services.areas_of(exam)
    assert len(seen) == 2
    assert (first.area.weak, first.review) == (False, [])
    assert (second.area.right, second.area.weak) == (0, True)
    assert [(place.lesson.code, place.second) for place in second.review] == [("02-ders", 20)]


def test_R090b_the_result_page_links_into_the_player_at_the_second(course, web):
    right_in(course, {"konu-3", "konu-4"})
    body = web.get(url(course)).get_data(as_text=True)
    assert "İlk alan" in body
    assert f"/egitimlerim/{course.application.code}?ders=01-ders&amp;an=0" in body
    assert "ders=02-ders" not in body
    assert "doğru</span>" in body
    for item in db.session.scalars(select(PaperItem)):
        assert item.stem not in body
    english = text(web.get(url(course), query_string={"lang": "en"}))
    assert "First area" in english


def test_R090b_the_api_tells_the_same_in_the_language_asked_for(course, client):
    right_in(course, {"konu-1", "konu-2"})
    token = open_session(course.member, channel="api", wall=clock.wall()).token
    db.session.commit()
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    body = client.get(f"/api/v1/exams/{course.code()}", headers=headers).json
    assert set(body) == {"id", "application_id", "ordinal", "status", "available_at", "score", "passed", "correct", "finalised_at", "topics"}  # fmt: skip
    first, second = body["topics"]
    assert first == {"title": "First area", "correct": first["total"], "total": first["total"], "review": []}
    assert (second["title"], second["correct"]) == ("Second area", 0)
    assert second["review"] == [{"lesson_id": "02-ders", "title": "Ders 2", "slide": "Taban prim", "at": 20}]
    assert first["total"] + second["total"] == 10


def test_R097_after_the_study_window_the_lesson_is_named_without_a_link(course, web):
    right_in(course, {"konu-3", "konu-4"})
    course.now.set("2025-12-01 10:00")
    body = web.get(url(course)).get_data(as_text=True)
    assert "1. Ders 1" in body
    assert "ders=01-ders" not in body


def test_R090b_an_attempt_of_before_there_were_areas_is_told_as_a_whole(candidate, web):
    exam = right_in(candidate, {"konu-1"})
    (whole,) = services.areas_of(exam)
    assert whole.area.total == 10
    assert whole.area.titles == ()
    assert "Diğer konular" in text(web.get(url(candidate)))


def test_R093_an_annulled_question_is_right_in_its_area_too(course):
    exam = right_in(course, {"konu-1", "konu-2"})
    wrong = services.areas_of(exam)[1].area
    annulled = db.session.scalars(
        select(PaperItem.question_version_id)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .where(QuestionVersion.lesson_code == "02-ders")
    ).first()
    db.session.add(
        Annulment(question_version_id=annulled, at=course.now(), by_label="K", reason="Yanlış", attempts=0, passes=0)
    )
    db.session.flush()
    assert services.areas_of(exam)[1].area.right == wrong.right + 1


def test_R090b_nothing_is_told_of_an_exam_that_still_runs(course):
    course.start()
    _, exam = services.exam_of(course.actor, course.code(), now=course.now())
    assert services.areas_of(exam) == []


def test_R090b_the_tab_of_completed_exams_keeps_the_next_date(course, web):
    right_in(course, {"konu-1"})
    body = text(web.get("/sinavlar?liste=tamamlanan"))
    assert "Sonucu gör" in body
    assert "10 Mart 2025 Pazartesi, 00.00" in body
