"""The exam's pages and their calls: every status has its web, strangers see nothing, the key never leaves the server."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from lms.core import clock
from lms.core.db import db, is_postgresql
from lms.exams import jobs
from lms.exams.models import AnswerEvent, Attempt, PaperItem, ReapplicationRequest
from lms.exams.services import attempts as services
from lms.membership.models import Member, MemberSession
from tests import factories
from tests.exams.conftest import Candidate
from tests.membership import helpers as sessions


@pytest.fixture
def log_in(monkeypatch):
    """Who the next requests come from; None is a stranger without a log-in."""

    def become(member, role=None):
        db.session.commit()  # a refused request rolls back what was not stored
        person = member and SimpleNamespace(actor=member.actor(), second_factor_done=True, fresh=True, member=member)
        monkeypatch.setattr("lms.web.access.principal", lambda: person)

    return become


@pytest.fixture
def web(candidate, client, log_in):
    log_in(candidate.member)
    return client


def url(candidate: Candidate, ordinal: int = 1, tail: str = "") -> str:
    return f"/sinavlar/{candidate.code(ordinal)}{tail}"


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.get_data(as_text=True)


def put(client, candidate, number, body):
    return client.put(url(candidate, tail=f"/cevaplar/{number}"), json=body, headers={"Accept": "application/json"})


# --- pages by status ---------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_will_be_here(bank, now, client, log_in):
    log_in(factories.member())
    body = text(client.get("/sinavlar"))
    assert "Size atanmış sınav yok" in body
    assert "Tamamladığınız sınav yok" in text(client.get("/sinavlar?liste=tamamlanan"))


def test_R084_the_start_page_tells_everything_and_uses_up_nothing(candidate, web):
    body = text(web.get(url(candidate)))
    for word in ("10 soru", "20 dakika", "ara verilemez", "3 sınav hakkınızdan", "1. sınav", "Sınavı Başlat"):
        assert word in body
    assert "Kısalmış süre" not in body
    assert db.session.scalars(select(Attempt)).all() == []


def test_the_demonstrations_bar_leads_to_the_running_papers_key(candidate, web):
    link = f'href="/demo/exams/{candidate.code(1)}/key"'
    before = text(web.get(url(candidate)))
    assert link not in before
    assert 'action="/demo/jump"' in before
    web.post(url(candidate, tail="/basla"))
    for tail in ("", "/tamamla"):  # a jump from here would end the exam
        running = text(web.get(url(candidate, tail=tail)))
        assert link in running
        assert "Saat burada atlatılmaz" in running
        assert "/demo/jump" not in running


def test_R013_the_start_page_tells_the_shortened_time(candidate, web):
    candidate.now.set("2025-11-28 23:50")
    body = text(web.get(url(candidate)))
    assert "Kısalmış süre" in body
    assert "10.00" in body


def test_R086_R087_start_leads_to_the_exam_and_a_second_press_too(candidate, web):
    for _ in range(2):
        response = web.post(url(candidate, tail="/basla"))
        assert (response.status_code, response.location) == (303, url(candidate))
    body = text(web.get(url(candidate)))
    assert body.count('class="question"') == 10
    assert body.count(" hidden>") >= 9
    assert "20.00" in body
    assert db.session.scalars(select(Attempt.state)).one() == "in_progress"


def test_R091_a_scheduled_exam_says_when_and_why(candidate, web):
    candidate.sit(3)
    body = text(web.get(url(candidate, 2)))
    assert "10 Mart 2025 Pazartesi, 00.00" in body
    assert "Sınavın bitişi: 6 Mart 2025 Perşembe, 11.00" in body
    assert web.post(url(candidate, 2, "/basla")).status_code == 409
    assert "10 Mart 2025 Pazartesi" in text(web.get("/sinavlar"))


@pytest.mark.parametrize("correct", [7, 6])
def test_R090b_R097_the_result_page_says_score_next_step_and_date(candidate, web, correct):
    candidate.sit(correct)
    body = text(web.get(url(candidate)))
    assert f"{correct * 10} puan aldınız" in body
    assert "10 Mart 2025 Pazartesi, 00.00" in body
    assert ("Sertifikanız" in body) is (correct == 7)
    assert ("Eğitimi yeniden izle" in body) is (correct == 6)
    assert f"{correct * 10} puan" in text(web.get("/sinavlar?liste=tamamlanan"))


@pytest.mark.parametrize(
    ("at", "said"), [("2025-03-09 23:59", "bölümünde olacak"), ("2025-03-10 00:00", "itibarıyla açıldı")]
)
def test_R102_the_certificate_is_told_as_coming_until_it_is_there(candidate, web, now, at, said):
    candidate.sit(7)
    now.set(at)
    for page in ("/sinavlar", url(candidate)):
        body = text(web.get(page))
        assert said in body
        assert body.count("itibarıyla açıldı") == (said == "itibarıyla açıldı")


def test_R096_the_result_page_says_at_once_that_the_next_right_is_lost(candidate, web):
    candidate.sit(2, at="2025-11-26 10:00")
    body = text(web.get(url(candidate)))
    assert "başka sınav hakkınız kalmadı" in body
    assert "1 Aralık 2025 Pazartesi" in body
    assert "başka sınav hakkınız kalmadı" in text(web.get("/sinavlar"))


def test_R085_an_exam_that_ran_out_shows_its_result_before_any_job(candidate, web):
    paper = candidate.start()
    candidate.answer(8)
    candidate.now.at = paper.ends_at + timedelta(seconds=1)
    assert 'http-equiv="refresh"' in text(web.get(url(candidate)))
    candidate.now.at = paper.ends_at + timedelta(days=3)
    body = text(web.get(url(candidate)))
    assert "80 puan aldınız" in body
    assert "Süre dolduğu için" in body
    assert db.session.scalars(select(Attempt.state)).one() == "in_progress"  # a GET wrote nothing


def test_R013_a_lapsed_exam_says_so(candidate, web):
    candidate.now.set("2025-12-01 10:00")
    assert "kullanılamadı" in text(web.get(url(candidate)))
    assert "Kullanılmadı" in text(web.get("/sinavlar?liste=tamamlanan"))


# --- saving ------------------------------------------------------------------------------------------------------


def test_D21_a_choice_is_acknowledged_with_the_servers_clock(candidate, web):
    candidate.start()
    candidate.now.at += timedelta(minutes=3, seconds=7)
    reply = put(web, candidate, 4, {"option": "B", "seq": 1})
    assert reply.json == {"saved": True, "seq": 1, "remaining_ms": (16 * 60 + 53) * 1000, "at": "11.03.07"}
    assert put(web, candidate, 5, {"option": "B", "seq": 1}).json["saved"] is False
    state = web.get(url(candidate, tail="/durum")).json
    assert (state["status"], state["seq"], state["answers"]) == ("in_progress", 1, {"4": "B"})
    body = text(web.get(url(candidate)))
    assert re.search(r'data-number="4" class="saved"', body)


@pytest.mark.parametrize(
    "body",
    [
        None, [], "x", {}, {"option": "A"}, {"option": "A", "seq": "1"}, {"option": "A", "seq": True}, {"option": "A", "seq": 1.5},
        {"option": 7, "seq": 1}, {"option": "AB", "seq": 1}, {"option": ["A"], "seq": 1}, {"option": "", "seq": 1},
        {"option": "A" * 100_000, "seq": 1}, {"option": "A", "seq": -1}, {"option": "A", "seq": 10**30}, {"option": "\x00", "seq": 1},
    ],
)  # fmt: skip
def test_hostile_saves_get_a_sentence_and_change_nothing(candidate, web, body):
    candidate.start()
    reply = put(web, candidate, 1, body)
    assert reply.status_code == 422
    assert reply.json["code"] in ("exam.bad_seq", "exam.no_such_option")
    assert len(reply.json["detail"]) > 20
    assert db.session.scalars(select(AnswerEvent)).all() == []


def test_after_the_end_a_save_is_refused_with_409(candidate, web):
    candidate.sit(1)
    reply = put(web, candidate, 1, {"option": "A", "seq": 50})
    assert (reply.status_code, reply.json["code"]) == (409, "exam.closed")


def test_R088_without_script_kaydet_saves_and_moves_on_and_stays_on_the_last(candidate, web):
    candidate.start()
    response = web.post(url(candidate, tail="/cevap"), data={"number": "4", "option": "C"})
    assert response.location == url(candidate, tail="?soru=5&not=1")
    body = text(web.get(response.location))
    assert "Soru 5 / 10" in body
    response = web.post(url(candidate, tail="/cevap"), data={"number": "10", "option": "A"})
    assert response.location == url(candidate, tail="?soru=10&not=1")
    assert services.state_of(candidate.actor, candidate.code(), now=candidate.now()).answers == {"4": "C", "10": "A"}


def test_R090_without_script_the_end_is_asked_first_with_the_blank_answers(candidate, web):
    candidate.start()
    candidate.save(1, "A")
    body = text(web.get(url(candidate, tail="/tamamla")))
    assert "Sınavınız tamamlanacak, devam edilsin mi?" in body
    assert "2, 3, 4, 5, 6, 7, 8, 9, 10" in body
    for _ in range(2):
        assert web.post(url(candidate, tail="/tamamla")).location == url(candidate)
    assert db.session.scalars(select(Attempt.state)).one() == "finished"
    assert web.get(url(candidate, tail="/tamamla")).location == url(candidate)


def test_R088_finish_in_the_grace_waits(candidate, web):
    paper = candidate.start()
    candidate.now.at = paper.ends_at + timedelta(milliseconds=500)
    response = web.post(url(candidate, tail="/tamamla"))
    assert (response.status_code, response.location) == (303, url(candidate))
    assert "Süre doldu" in text(web.get(response.location))


# --- who, and what leaves the server -----------------------------------------------------------------------------

CALLS = [
    ("get", ""), ("post", "/basla"), ("post", "/cevap"), ("put", "/cevaplar/1"), ("get", "/durum"), ("get", "/tamamla"), ("post", "/tamamla"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "tail"), CALLS)
def test_somebody_elses_exam_is_404_everywhere(candidate, web, log_in, method, tail):
    for started in (False, True):
        if started:
            candidate.start()
        log_in(factories.member())
        _assert_nothing_there(candidate, web, method, tail)


def _assert_nothing_there(candidate, client, method, tail):
    keywords = {"json": {"option": "A", "seq": 1}} if method == "put" else {}
    data = {"data": {"number": "1", "option": "A"}} if method == "post" else {}
    response = getattr(client, method)(url(candidate, tail=tail), **keywords, **data)
    assert response.status_code == 404
    assert db.session.scalars(select(AnswerEvent)).all() == []


@pytest.mark.parametrize(("method", "tail"), CALLS)
def test_without_log_in_there_is_only_the_log_in(candidate, client, log_in, method, tail):
    log_in(None)
    response = getattr(client, method)(url(candidate, tail=tail), headers={"Accept": "application/json"})
    assert response.status_code == 401


def test_R085_a_save_of_a_session_that_is_over_is_401_whatever_its_form_token(candidate, web, log_in, monkeypatch):
    candidate.start()
    monkeypatch.setitem(web.application.config, "WTF_CSRF_ENABLED", True)
    assert put(web, candidate, 1, {"option": "A", "seq": 1}).json["code"] == "csrf"
    log_in(None)
    refused = put(web, candidate, 1, {"option": "A", "seq": 1})
    assert (refused.status_code, refused.json["code"]) == (401, "auth.login_needed")


def test_R085_who_logs_out_while_an_exam_runs_is_asked_first(candidate, web):
    assert "Sınavınız sürüyor" not in text(web.get("/cikis"))
    paper = candidate.start()
    for page in (text(web.get("/cikis")), text(web.post("/cikis"))):  # the menu's button asks too
        assert "Sınavınız sürüyor" in page
        assert f'href="{url(candidate)}"' in page
    assert "Your exam is running" in text(web.get("/cikis?lang=en"))
    candidate.now.at = paper.ends_at
    assert "Sınavınız sürüyor" not in text(web.get("/cikis?lang=tr"))


def test_ASVS_8_2_3_no_response_holds_the_key_before_or_after_the_end(candidate, web):
    """Every question gets an explanation and a source that would betray it; neither they nor the key may appear."""
    bodies = []

    def visit():
        for method, tail in CALLS:
            if method == "get":
                response = web.get(url(candidate, tail=tail))
                bodies.append(response.get_data(as_text=True) + str(response.headers))
        bodies.extend(text(web.get(address)) for address in ("/sinavlar", "/sinavlar?liste=tamamlanan"))

    visit()
    candidate.start()
    items = db.session.scalars(select(PaperItem).order_by(PaperItem.number)).all()
    visit()
    bodies.extend(
        put(web, candidate, item.number, {"option": item.key, "seq": item.number}).get_data(as_text=True)
        for item in items
    )
    visit()
    web.post(url(candidate, tail="/tamamla"))
    visit()
    for body in bodies:
        assert "Açıklama." not in body
        assert '"key":' not in body
        assert "is_correct" not in body
        assert "answer" not in re.sub(r'"answers"|data-answers|answers', "", body)


def test_the_running_page_does_not_depend_on_the_key(candidate, web):
    candidate.start()

    def look():
        body = text(web.get(url(candidate)))
        return re.sub(r'value="[^"]{40,}"|data-csrf="[^"]*"', "", body)

    before = look()
    for item in db.session.scalars(select(PaperItem)):
        item.key = "ABCD"[("ABCD".index(item.key) + 1) % 4]
    db.session.commit()
    assert look() == before


def test_pages_are_in_english_too(candidate, web):
    assert "Türkçedir" not in text(web.get(url(candidate)))
    assert "The questions are in Turkish." in text(web.get(url(candidate) + "?lang=en"))
    candidate.start()
    assert web.get(url(candidate) + "?lang=en").status_code == 200
    assert web.get("/sinavlar?lang=en").status_code == 200


# --- applying again ----------------------------------------------------------------------------------------------

LATE = "Başvuru dönemi bitmek üzere olduğu için uygun bulunmadı."
WORDS = "Üç sınavda da başarılı olamadım; eğitimi yeniden almak istiyorum."


def test_R099_the_candidate_asks_and_staff_decide(failed, client, log_in):
    log_in(failed.member)
    assert "Yeni talep" in text(client.get("/yeniden-basvuru"))
    short = client.post("/yeniden-basvuru", data={"explanation": "kısa"})
    assert short.status_code == 422
    assert "kısa" in short.get_data(as_text=True)
    assert client.post("/yeniden-basvuru", data={"explanation": WORDS}).status_code == 303
    assert client.post("/yeniden-basvuru", data={"explanation": WORDS}).status_code in (404, 409)
    asked = db.session.scalars(select(ReapplicationRequest)).one()
    assert "inceleniyor" in text(client.get("/yeniden-basvuru"))
    log_in(factories.member(staff_role="reviewer"))
    assert failed.member.last_name in text(client.get("/yonetim/yeniden-basvuru"))
    one = f"/yonetim/yeniden-basvuru/{asked.code}"
    assert WORDS in text(client.get(one))
    assert client.post(one, data={"act": "reject", "reason": ""}).status_code == 422
    assert client.post(one, data={"act": "dance", "reason": ""}).status_code == 409
    assert client.post(one, data={"act": "approve", "reason": ""}).status_code == 303
    late = client.post(one, data={"act": "reject", "reason": LATE}, headers={"Referer": f"http://localhost{one}"})
    assert late.status_code == 409
    assert LATE in late.get_data(as_text=True)
    assert f'href="{one}"' in late.get_data(as_text=True)
    log_in(failed.member)
    assert "onaylandı" in text(client.get("/yeniden-basvuru"))


@pytest.mark.parametrize("role", ["support", "auditor", "editor", "accountant"])
def test_R099_only_reviewers_and_managers_decide(failed, client, log_in, role):
    log_in(failed.member)
    client.post("/yeniden-basvuru", data={"explanation": WORDS})
    asked = db.session.scalars(select(ReapplicationRequest)).one()
    log_in(factories.member(staff_role=role))
    assert client.post(f"/yonetim/yeniden-basvuru/{asked.code}", data={"act": "approve"}).status_code == 403
    log_in(failed.member)
    assert client.get("/yonetim/yeniden-basvuru").status_code == 403


def test_results_told_and_pages_hold_no_identity_number(candidate, web):
    candidate.sit(8)
    jobs.announce_results(candidate.now())
    body = text(web.get(url(candidate)))
    assert not re.search(r"\b[1-9]\d{10}\b", body)


# --- the save that checks everything in its own statement --------------------------------------------------------


@pytest.fixture
def real(candidate, client):
    """The candidate in a real session, the exam started."""
    sessions.log_in(client, candidate.member)
    candidate.start()
    return client


def test_a_save_through_a_real_session_is_stored(candidate, real, count_statements):
    with count_statements() as seen:
        assert put(real, candidate, 1, {"option": "A", "seq": 1}).json["saved"]
    if is_postgresql():
        assert len(seen) == 1
    assert services.state_of(candidate.actor, candidate.code(), now=candidate.now()).answers == {"1": "A"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ended_at": clock.wall()}, 401),
        ({"expires_at": clock.wall() - timedelta(seconds=1)}, 401),
        ({"seen_at": clock.wall() - timedelta(days=2)}, 401),
        ({"kind": "api"}, 401),
    ],
)
def test_a_session_that_is_over_saves_nothing(candidate, real, change, status):
    db.session.execute(update(MemberSession).values(**change))
    db.session.commit()
    assert put(real, candidate, 1, {"option": "A", "seq": 1}).status_code == status
    assert db.session.scalars(select(AnswerEvent)).all() == []


@pytest.mark.parametrize(("change", "status"), [({"disabled_at": clock.wall()}, 401), ({"staff_role": "manager"}, 403)])
def test_an_account_that_is_no_candidates_saves_nothing(candidate, real, change, status):
    db.session.execute(update(Member).where(Member.id == candidate.member.id).values(**change))
    db.session.commit()
    assert put(real, candidate, 1, {"option": "A", "seq": 1}).status_code == status
    assert db.session.scalars(select(AnswerEvent)).all() == []


def test_another_candidates_session_saves_nothing(candidate, real, client):
    sessions.log_in(client, factories.member())
    assert put(client, candidate, 1, {"option": "A", "seq": 1}).status_code == 404
    assert db.session.scalars(select(AnswerEvent)).all() == []


def test_a_save_needs_the_form_token(candidate, real, app):
    app.config["WTF_CSRF_ENABLED"] = True
    assert put(real, candidate, 1, {"option": "A", "seq": 1}).status_code == 400
    assert db.session.scalars(select(AnswerEvent)).all() == []


@pytest.mark.parametrize("tail", ["%00", "%00/durum", "/durum%00"])
def test_a_nul_in_an_address_is_no_fault(candidate, real, tail):
    assert real.get(url(candidate, tail=tail)).status_code in (400, 404)


def test_a_nul_in_a_text_is_no_fault(candidate, web):
    assert web.post(url(candidate, tail="/cevap"), data={"number": "1", "option": "\x00"}).status_code < 500
