"""The dashboard: each number of a small world made by hand, the empty term, the files, who may see what."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lms.certificates.models import Certificate
from lms.core.codes import new_verification_code
from lms.core.db import db, insert_many
from lms.exams.models import Answer, Attempt, PaperItem
from lms.learning.models import Training
from lms.payments.models import Payment
from lms.payments.services import branch
from lms.reports import jobs
from lms.reports.queries import dates, figures
from lms.reports.rules import figures as rules
from lms.reports.services import figures as services
from lms.support.models import Ticket
from tests import factories
from tests.conftest import civil
from tests.payments.branch_files import collection, row
from tests.payments.test_acts import paid


def attempt(application, at, *, passed, ordinal=1, minutes=10, right=None, **changes):
    """A finished attempt with a paper of four questions, the first ``right`` of them right."""
    correct = 8 if passed else 3
    row = Attempt(
        code=f"{application.code}-{ordinal}", application_id=application.id, member_id=application.member_id, ordinal=ordinal,
        available_at=at, started_at=at, ends_at=at + timedelta(minutes=20), question_count=10, pass_mark=70, state="finished",
        finalised_at=at + timedelta(minutes=minutes), finished_by="candidate", correct=correct, score=correct * 10, passed=passed,
        **changes,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if right is not None:
        versions = factories.questions(4, topics=2)
        insert_many(PaperItem, [{"attempt_id": row.id, "number": n, "question_version_id": one.id, "stem": "?", "options": [], "key": "A"} for n, one in enumerate(versions, 1)])  # fmt: skip
        insert_many(Answer, [{"attempt_id": row.id, "number": n, "option": "A" if n <= right else "B", "seq": n, "saved_at": at + timedelta(seconds=9 * n)} for n in range(1, 5)])  # fmt: skip
    return row


def certificate(row, since, **changes):
    made = Certificate(
        code=new_verification_code(), number=f"DDTA-2025-{row.id:06d}", application_id=row.application_id, attempt_id=row.id,
        member_id=row.member_id, printed_name="Deniz Örnek", content={}, available_from=since, view_days=180, issued_at=since, **changes,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


@pytest.fixture
def world(app, now):
    """Seven people: one only with an account, one who paid, five who applied; one still learns, one failed twice."""
    now.set("2025-03-12 10:00")
    factories.member(), factories.member(staff_role="manager")
    factories.paid(factories.member(), factories.term(), civil("2025-02-03 09:00"))
    release = factories.release()

    def applied(kind, firm, outcome, begun=True, done=True):
        row = factories.application(at=civil("2025-02-03 10:00"), applicant_type=kind, institution=firm, outcome=outcome, outcome_at=civil("2025-03-04 10:00") if outcome else None)  # fmt: skip
        if begun:
            at = civil("2025-02-10 10:00")
            db.session.add(Training(application_id=row.id, member_id=row.member_id, release_id=release.id, started_at=at, completed_at=at + timedelta(days=1) if done else None))  # fmt: skip
        return row

    first = applied("bank", "A Bankası", "passed")
    certificate(attempt(first, civil("2025-03-04 09:50"), passed=True, right=4), civil("2025-03-10 00:00"))
    second = applied("bank", "A Bankası", None)
    attempt(second, civil("2025-02-18 23:30"), passed=False, right=1)
    attempt(second, civil("2025-03-11 09:00"), passed=False, ordinal=2)
    third = applied("agency", "B Acentesi", "passed")
    attempt(third, civil("2025-03-11 11:00"), passed=True)
    applied("agency", "B Acentesi", None, done=False)
    applied("agency", "C Acentesi", "lapsed", begun=False)
    db.session.execute(update(Payment).values(captured_kurus=54366))  # R040: with the bank's commission
    db.session.commit()
    return first


def test_every_figure_of_a_small_world(world, now):
    assert services.count(now=now()) == 1
    counted, terms = services.of_term(None, now())
    assert [term.code for term in terms] == ["ddta-2025-ilk"]
    found = counted.figures
    assert counted.at == now()
    assert dict(found.funnel) == {
        "members": 7, "right": 6, "form": 5, "started": 4, "completed": 3, "sat": 3, "sat_2": 1, "sat_3": 0, "passed": 2,
        "certificate": 1,
    }  # fmt: skip
    assert dict(found.days) == {
        "2025-02-03": [6, 6 * 53300, 6 * 54366, 0], "2025-02-18": [0, 0, 0, 1], "2025-03-04": [0, 0, 0, 1],
        "2025-03-11": [0, 0, 0, 2],
    }  # fmt: skip
    assert found.ordinals == [[1, 3, 2], [2, 1, 0]]
    assert found.topics == [["konu-1", 4, 3], ["konu-2", 4, 2]]
    assert found.types == [["agency", 3, 1, 0, 1, 1], ["bank", 2, 1, 0, 0, 1]]
    assert found.institutions == [["A Bankası", 2, 1, 0, 0, 1], ["B Acentesi", 2, 1, 0, 0, 1], ["C Acentesi", 1, 0, 0, 1, 0]]  # fmt: skip


def test_R024_R040_the_sums_are_what_was_paid_with_and_without_the_commission(app, now):
    """100 TL of 533 at a branch, 533 taken back, 600 of which 67 are a surplus (R023), and a card's 100 with its 2 TL."""
    clerk, term, morning = (
        factories.member(staff_role="accountant").actor(),
        factories.term(),
        civil("2025-11-11 09:00"),
    )
    for number in (901, 902, 903):
        factories.member(tckn=factories.valid_tckn(number))
    db.session.commit()
    told = [row(1, amount=10000), row(2), row(3, amount=60000)]
    branch.take_file(collection(told), actor=clerk, now=morning)
    branch.take_file(collection([row(2, kind="R")], number=2), actor=clerk, now=morning)
    assert figures.days(term.code) == {"2025-11-10": [2, 70000, 70000, 0]}
    card = paid(factories.member(), term, "underpaid", 10000)
    card.captured_kurus, card.paid_at = 10200, morning
    db.session.flush()
    assert figures.days(term.code)["2025-11-11"] == [1, 10000, 10200, 0]
    branch.take_file(
        collection([row(4, tckn=factories.valid_tckn(901), amount=43300)], number=3), actor=clerk, now=morning
    )
    assert figures.days(term.code)["2025-11-10"] == [2, 113300, 113300, 0]


def test_what_falls_due(world, now):
    due = {one.kind: (one.today, one.week) for one in dates.due(now())}
    assert due == {"trainings": (0, 0), "attempts": (0, 1), "certificates": (0, 1), "views": (0, 0)}
    now.set("2025-03-17 10:00")  # the Monday itself
    assert {one.kind: one.today for one in dates.due(now())} == {"trainings": 0, "attempts": 1, "certificates": 1, "views": 0}  # fmt: skip
    now.set("2025-09-06 10:00")  # 180 days after the certificate's Monday
    assert {one.kind: one.today for one in dates.due(now())}["views"] == 1
    now.set("2025-02-04 08:00")
    assert {one.kind: one.today for one in dates.due(now())}["trainings"] == 2


def test_the_days_on_which_windows_end(world, now):
    now.set("2025-11-17 10:00")
    assert [(one.day.isoformat(), one.kind) for one in services.deadlines(now())] == [("2025-11-21", "application")]
    now.set("2025-11-13 10:00")
    assert [(one.day.isoformat(), one.kind) for one in services.deadlines(now())] == [("2025-11-14", "exemption")]


def test_a_term_long_over_is_not_counted_again(world, now):
    now.set("2026-01-15 10:00")
    assert jobs.count_terms(now()) == 1
    assert jobs.count_terms(now()) == 0


def test_the_page_shows_the_figures_and_their_hour(world, now, become):
    manager = become(factories.member(staff_role="manager"))
    empty = manager.get("/yonetim/raporlar").text
    assert "henüz sayılmadı" in empty
    assert manager.post("/yonetim/raporlar/say", data={"donem": "ddta-2025-ilk"}).status_code == 303
    page = manager.get("/yonetim/raporlar?donem=ddta-2025-ilk").text
    assert "itibarıyladır" in page
    assert "Dönem kapanana dek üyeliği olan 7 kişiden 5 kişi form gönderdi, 1 kişinin sertifikası var." in page
    assert "6 ödeme, ücretlerin toplamı 3.198,00" in page
    assert "Banka komisyonuyla çekilen: 3.261,96" in page
    assert "A Bankası" in page
    assert manager.get("/yonetim/raporlar?donem=yok").status_code == 404


def test_the_queues_stand_there_with_their_age_for_whom_may_open_them(world, now, become):
    now.set("2025-03-12 10:00")
    payment = db.session.scalars(select(Payment)).first()
    payment.note, payment.created_at = "duplicate", civil("2025-03-09 09:00")
    for n in (1, 2):
        db.session.add(
            Ticket(
                code=f"t{n}", email="a@example.org", subject="Video durdu", category="training", source="form", context={},
                status="open", created_at=now(), since=now() - timedelta(hours=n), messages=1,
            )
        )  # fmt: skip
    db.session.flush()
    page = become(factories.member(staff_role="manager")).get("/yonetim/raporlar").text
    row = page[page.index("Destek talepleri") :]
    assert ('value="100.0"' in row[:400], "2 saat" in row[:600]) == (True, True)
    row = page[page.index("Bakılacak ödemeler</a>") :]
    assert ('value="50.0"' in row[:400], "3 gün" in row[:600]) == (True, True)
    assert "Dekontlar, en uzun" not in page  # nothing waits there
    money = become(factories.member(staff_role="accountant")).get("/yonetim/raporlar").text
    assert ("Bakılacak ödemeler</a>" in money, "Destek talepleri</a>" in money) == (True, False)


def test_without_any_term_the_page_says_so(app, now, become):
    assert "Başlamış bir dönem yok" in become(factories.member(staff_role="auditor")).get("/yonetim/raporlar").text


def test_each_table_is_a_file_without_any_person(world, now, become):
    services.count(now=now())
    auditor = become(factories.member(staff_role="auditor"))
    for name in ("huni", "odemeler", "sinavlar", "sinav-sirasi", "konular", "basvuru-tipleri", "kurumlar"):
        answer = auditor.get(f"/yonetim/raporlar/tablo/{name}.csv?donem=ddta-2025-ilk")
        rows = list(csv.reader(io.StringIO(answer.text[1:]), delimiter=";"))
        assert len(rows) > 1, name
        assert world.member.tckn_masked not in answer.text
        assert world.last_name not in answer.text
        with auditor.get(f"/yonetim/raporlar/tablo/{name}.xlsx") as book:
            assert book.data.startswith(b"PK")
    firms = list(csv.reader(io.StringIO(auditor.get("/yonetim/raporlar/tablo/kurumlar.csv").text[1:]), delimiter=";"))
    assert firms[1] == ["A Bankası", "2", "1", "0", "0", "1", "100"]
    assert auditor.get("/yonetim/raporlar/tablo/yok.csv").status_code == 404
    assert auditor.get("/yonetim/raporlar/tablo/huni.pdf").status_code == 404


def test_accounting_sees_the_money_alone(world, now, become):
    services.count(now=now())
    accountant = become(factories.member(staff_role="accountant"))
    page = accountant.get("/yonetim/raporlar").text
    assert "6 ödeme" in page
    assert "Üyelikten sertifikaya" not in page
    assert "A Bankası" not in page
    assert accountant.get("/yonetim/raporlar/tablo/odemeler.csv").status_code == 200
    assert accountant.get("/yonetim/raporlar/tablo/kurumlar.csv").status_code == 404


def test_the_funnel_tells_each_step_against_the_one_before():
    steps = rules.funnel({"members": 200, "right": 100, "form": 99, "started": 0})
    assert [(one.people, one.lost, one.of_before, one.of_first) for one in steps[:5]] == [
        (200, 0, 100, 100), (100, 100, 50, 50), (99, 1, 99, 50), (0, 99, 0, 0), (0, 0, None, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("part", "whole", "percent"), [(0, 0, None), (0, 3, 0), (1, 3, 33), (2, 3, 67), (1, 200, 1), (3, 3, 100)])  # fmt: skip
def test_a_share_is_rounded_half_up(part, whole, percent):
    assert rules.share(part, whole) == percent


def test_a_chart_has_a_column_a_day_and_over_a_long_time_a_week():
    day = civil("2025-03-03 00:00").date()
    short = rules.chart({day: 4, day + timedelta(days=2): 2, day + timedelta(days=3): 0})
    assert (short.top, short.weekly, len(short.bars)) == (4, False, 2)
    assert short.bars[1].height == rules.HEIGHT / 2
    long = rules.chart({day: 4, day + timedelta(days=6): 2, day + timedelta(days=200): 3})
    assert (long.top, long.weekly, [bar.label for bar in long.bars]) == (6, True, ["03.03.2025: 6", "15.09.2025: 3"])
    assert rules.chart({day: 0}) is None


def test_counting_takes_the_same_statements_whatever_the_number_of_people(world, now):
    from sqlalchemy import event

    def statements(run: Callable[[], object]) -> int:
        seen = []
        listener = lambda *args: seen.append(args)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        run()
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    services.count(now=now())
    before = statements(lambda: services.count(now=now()))
    for _ in range(5):
        factories.application(institution="D Bankası")
    db.session.flush()
    assert statements(lambda: services.count(now=now())) == before
