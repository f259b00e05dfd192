"""The learning pages and the player's calls: every state has its page, strangers see nothing, media need a signed address."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest

from lms.core.config import vault
from lms.core.db import db
from lms.core.files import files
from lms.membership.passwords import hash_password
from tests import factories


@pytest.fixture
def log_in(monkeypatch):
    def become(member):
        db.session.commit()  # a refused request rolls back what was not stored
        person = member and SimpleNamespace(actor=member.actor(), second_factor_done=True, fresh=True, member=member)
        monkeypatch.setattr("lms.web.access.principal", lambda: person)

    return become


@pytest.fixture
def application(now):
    release = factories.release()
    for lesson in release.lessons:
        lesson.video_key = files().put("lessons", b"0123456789" * 100, ".mp4")
        lesson.captions_key = files().put("lessons", b"WEBVTT\n", ".vtt")
        lesson.poster_key = files().put("lessons", b"\xff\xd8jpeg", ".jpg")
        lesson.about = {"as_of": "2025-01-08", "objectives": [], "sources": ["Kaynak A"]}
        lesson.transcript = [
            {
                "title": "Bölüm",
                "start": 0,
                "end": 5000,
                "sentences": [{"start": 450, "end": 2000, "text": "Bir cümle."}],
            }
        ]
    now.set("2025-01-09 09:00")
    return factories.application()


@pytest.fixture
def web(application, client, log_in):
    log_in(application.member)
    return client


def text(response, status=200):
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    return response.get_data(as_text=True)


def send(web, application, lesson="01-ders", **changes):
    body = {"session": "s", "seq": 0, "played": [], "position": 0, "rate": 1, **changes}
    return web.post(
        f"/egitimlerim/{application.code}/dersler/{lesson}/ilerleme", json=body, headers={"Accept": "application/json"}
    )


def complete(web, application, now):
    for number, seconds in ((1, 60), (2, 90), (3, 30)):
        send(web, application, f"{number:02d}-ders", session=f"s{number}")
        now.set(now() + timedelta(seconds=seconds))
        answer = send(web, application, f"{number:02d}-ders", session=f"s{number}", seq=1, played=[[0, seconds]])
    return answer


def test_R072_the_list_has_both_tabs_and_says_what_will_be_here(client, now, log_in):
    log_in(factories.member())
    body = text(client.get("/egitimlerim"))
    assert "E-Eğitimlerim" in body
    assert "Tamamladıklarım" in body
    assert "24 saat sonraki ilk iş gününde" in body
    assert "%100 izlediğinizde burada durur" in text(client.get("/egitimlerim?liste=tamamlanan"))


def test_R064_a_training_to_come_is_listed_with_its_date(web, application, now):
    now.set("2025-01-08 10:00")
    body = text(web.get("/egitimlerim"))
    assert "9 Ocak 2025 Perşembe, 09.00" in body
    assert "Eğitime başla" not in body
    assert "Eğitiminiz henüz açılmadı" in text(web.get(f"/egitimlerim/{application.code}"))


def test_R073_R075_the_player_shows_the_film_the_index_the_gaps_and_the_text(web, application, now):
    body = text(web.get(f"/egitimlerim/{application.code}"))
    for word in (
        "<video",
        'kind="captions"',
        "İndeks",
        "eğitim %0",
        "sıradaki boşluğa git",
        "Bir cümle.",
        "Kaynak A",
        "<noscript>",
        "Metni yazdır",
        "8 Ocak 2025",
    ):
        assert word in body, word
    assert "style=" not in body
    send(web, application)
    now.set(now() + timedelta(seconds=20))
    answer = send(web, application, seq=1, played=[[0, 20]], position=20).get_json()
    assert answer == {
        "watched": 20,
        "percent": 33,
        "training_percent": 11,
        "gaps": [[20, 60]],
        "completed": False,
        "elsewhere": False,
        "counted": 20,
    }
    body = text(web.get(f"/egitimlerim/{application.code}"))
    assert "%33 izlendi" in body
    assert "eğitim %11" in body
    assert "#t=20" in body
    assert "kalan 40 sn" in body
    assert "Kaldığınız yerden devam edin" in text(web.get("/egitimlerim"))
    assert "2. Ders 2" in text(web.get(f"/egitimlerim/{application.code}?ders=02-ders"))


def test_the_index_writes_every_percentage_as_its_language_does(web, application, now):
    complete(web, application, now)
    for query, form in (("?lang=tr", "%100"), ("?lang=en", "100%")):
        index = (
            text(web.get(f"/egitimlerim/{application.code}{query}")).partition('class="index"')[2].partition("</ol>")[0]
        )
        assert re.findall(r">([%\d]*100[%\d]*)<", index) == [form] * 3


def test_R077_a_complete_training_moves_to_the_second_tab_and_can_be_watched_again(web, application, now):
    assert complete(web, application, now).get_json()["training_percent"] == 100
    body = text(web.get("/egitimlerim"))
    assert "Eğitiminizi tamamladınız" in body
    assert 'href="/egitimlerim?liste=tamamlanan"' in body
    assert "İzlenecek eğitim yok" not in body
    body = text(web.get("/egitimlerim?liste=tamamlanan"))
    assert "Yeniden izle" in body
    body = text(web.get(f"/egitimlerim/{application.code}"))
    assert "Sınav hakkınız bu anda açıldı" in body
    now.set("2025-11-29 00:00")
    assert "Eğitim süresi sona erdi" in text(web.get(f"/egitimlerim/{application.code}"))
    assert send(web, application, seq=9).status_code == 409


def test_a_stranger_is_led_to_log_in_and_another_member_finds_nothing(web, application, now, log_in):
    log_in(None)
    assert web.get("/egitimlerim").status_code == 302
    assert web.get(f"/egitimlerim/{application.code}").status_code == 302
    assert send(web, application).status_code == 401
    log_in(factories.member())
    assert web.get(f"/egitimlerim/{application.code}").status_code == 404
    assert send(web, application).status_code == 404
    assert application.code not in text(web.get("/egitimlerim"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"played": "x"}, "played"),
        ({"seq": -1}, "seq"),
        ({"session": ""}, "session"),
        ({"rate": 0}, "rate"),
        ({"position": 1.5}, "position"),
    ],
)
def test_a_malformed_report_is_refused_and_changes_nothing(web, application, change, field):
    response = send(web, application, **change)
    assert response.status_code == 422
    problem = response.get_json()
    assert (problem["code"], problem["field"]) == ("progress.malformed", field)
    assert (
        web.post(
            f"/egitimlerim/{application.code}/dersler/01-ders/ilerleme",
            data="{",
            headers={"Accept": "application/json"},
        ).status_code
        == 422
    )
    assert send(web, application, lesson="yok").status_code == 404


def test_a_report_needs_the_csrf_header(web, application, app):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert send(web, application).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_media_answer_ranges_without_log_in_but_only_at_signed_addresses(web, application, log_in):
    body = text(web.get(f"/egitimlerim/{application.code}"))
    url = body.split('<source src="')[1].split("#")[0].replace("&amp;", "&")
    captions = body.split('srclang="tr"')[1].split('src="')[1].split('"')[0].replace("&amp;", "&")
    log_in(None)
    with web.get(url, headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data, part.mimetype) == (206, b"0123456789", "video/mp4")
        assert part.headers["Content-Range"] == "bytes 10-19/1000"
        assert part.headers["Cache-Control"].startswith("private")
    with web.get(captions) as file:
        assert (file.status_code, file.mimetype) == (200, "text/vtt")
    assert web.get(url.split("?")[0]).status_code == 404
    assert web.get(url.replace("imza=", "imza=0")).status_code == 404
    assert web.get("/medya/../../etc/passwd").status_code == 404


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_R066_R067_R069_R070_the_members_own_log_in_opens_the_academy_in_any_browser_and_the_api(
    application, client, now
):
    """D-12, R071: no shared password, none ever reset, no second account; one progress for page and mobile client."""
    tckn = vault().open(application.member.tckn_sealed)
    application.member.password_hash = before = hash_password("kendi şifrem 2025")
    db.session.commit()
    assert client.post("/giris", data={"tckn": tckn, "password": "alacak"}).status_code != 302
    assert client.post("/giris", data={"tckn": tckn, "password": "kendi şifrem 2025"}).status_code == 302
    assert "<video" in text(client.get(f"/egitimlerim/{application.code}", headers={"User-Agent": FIREFOX}))
    assert send(client, application).status_code == 200
    now.set(now() + timedelta(seconds=10))
    assert send(client, application, seq=1, played=[[0, 10]]).get_json()["watched"] == 10
    token = client.post("/api/v1/sessions", json={"tckn": tckn, "password": "kendi şifrem 2025"}).get_json()[
        "access_token"
    ]
    bearer = {"Authorization": f"Bearer {token}"}
    (training,) = client.get("/api/v1/trainings", headers=bearer).get_json()
    assert (training["id"], training["lessons"][0]["watched"], training["lessons"][0]["gaps"]) == (
        application.code,
        10,
        [[10, 60]],
    )
    mobile = f"/api/v1/trainings/{application.code}/lessons/01-ders/progress"
    client.post(mobile, headers=bearer, json={"session": "phone", "seq": 1, "played": [], "position": 10, "rate": 1})
    now.set(now() + timedelta(seconds=20))
    answer = client.post(
        mobile, headers=bearer, json={"session": "phone", "seq": 2, "played": [[10, 30]], "position": 30, "rate": 1}
    ).get_json()
    assert answer == {"watched": 30, "percent": 50, "training_percent": 16, "gaps": [[30, 60]]}
    assert "%50 izlendi" in text(client.get(f"/egitimlerim/{application.code}"))
    assert application.member.password_hash == before
