"""The pages of membership, as a browser meets them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import zxingcpp
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.app import create_app
from lms.core import clock
from lms.core import config as configuration
from lms.core.access import SYSTEM
from lms.core.config import Config, vault
from lms.core.db import db, transaction
from lms.membership import credential, jobs, qr, queries
from lms.membership.models import Member, MemberSession
from lms.membership.services import staff
from lms.notifications import queries as outbox
from lms.notifications.services import compose
from tests.membership.helpers import NOW, PASSWORD, code_now, log_in, person, register

WALL = clock.wall()


def form(**changes: object) -> dict[str, object]:
    typed = person(**changes)
    return {name: ("y" if value is True else value) for name, value in typed.items() if value is not False}


def enter(client: FlaskClient, member: Member, password: str = PASSWORD, **more: object) -> TestResponse:
    return client.post("/giris", data={"tckn": vault().open(member.tckn_sealed), "password": password, **more})


def is_in(client: FlaskClient) -> bool:
    return client.get("/hesabim").status_code == 200


def session_token(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get("_user_id")


# --- registering -----------------------------------------------------------------------------------------------------


def test_R028_R030_registering_logs_in_at_once(client: FlaskClient) -> None:
    answer = client.post("/kaydol", data=form(phone="0532 123 45 67"))
    assert (answer.status_code, answer.location) == (302, "/")
    page = client.get("/hesabim").text
    assert "/hesabim/verilerim" in page  # R063: a person finds what may be asked about their data
    assert "Çağla Işık" in page
    assert "0532 123 45 67" in page
    assert "cagla500@example.org adresine gelecek" in page  # read back
    assert person()["tckn"] not in page


def test_a_line_of_the_summary_says_its_label_once(client: FlaskClient) -> None:
    page = client.post("/kaydol", data=form(tckn="1", email="a@b")).text
    assert '<a href="#tckn">T.C. kimlik numarası 11 rakamdan oluşur' in page
    assert re.search(r'<a href="#email">[^<]*: [^<]*ad@kurum.com.tr', page)


def test_R031_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    answer = client.post("/kaydol", data=form(tckn="12345678912", email="a@b", password="galatasaray1905"))
    assert answer.status_code == 422
    for sentence in ("geçerli bir T.C. kimlik numarası değil", "ad@kurum.com.tr biçiminde", "çok bilinen şifrelerden"):
        assert sentence in answer.text
    assert 'value="12345678912"' in answer.text
    assert 'value="Çağla"' in answer.text
    assert "galatasaray1905" not in answer.text
    assert db.session.scalars(select(Member)).all() == []


def test_R047_a_slip_in_the_address_is_asked_about_once(client: FlaskClient) -> None:
    first = client.post("/kaydol", data=form(email="cagla@gmial.com"))
    assert first.status_code == 200
    assert "cagla@gmail.com</strong> mi demek istediniz?" in first.text
    assert PASSWORD not in first.text
    assert re.search(r'<input[^>]*\bautofocus\b[^>]*name="email"|name="email"[^>]*\bautofocus\b', first.text)
    asked = re.search(r'name="asked_email"[^>]*value="([^"]*)"', first.text)
    assert asked is not None
    second = client.post("/kaydol", data={**form(email="cagla@gmial.com"), "asked_email": asked[1]})
    assert second.status_code == 302


def test_R047_the_question_comes_with_everything_else_that_is_wrong(client: FlaskClient) -> None:
    answer = client.post("/kaydol", data=form(email="cagla@gmial.com", tckn="12345678912"))
    assert answer.status_code == 422
    assert "mi demek istediniz?" in answer.text
    assert "geçerli bir T.C. kimlik numarası değil" in answer.text


def test_R047_the_page_reads_an_address_back(client: FlaskClient) -> None:
    def ask(email: object) -> object:
        return client.post("/kaydol/e-posta", json={"email": email}).json

    assert ask("a@Gmial.com") == {"email": "a@gmial.com", "meant": "a@gmail.com"}
    assert ask("ışıl@gmail.com") == {"email": None, "meant": "isil@gmail.com"}
    assert ask(7) == ask(None) == ask("x") == {"email": None, "meant": None}
    assert client.post("/kaydol/e-posta", data="[").status_code == 200


def test_R031_a_used_number_gets_a_neutral_page(client: FlaskClient) -> None:
    register()
    answer = client.post("/kaydol", data=form(email="thief@example.org"))
    assert answer.status_code == 409
    assert "yeni bir üyelik açılamadı" in answer.text
    assert not is_in(client)


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "{{7*7}}", "Robert'); DROP TABLE member;--"])
def test_V1_2_hostile_names_stay_text(client: FlaskClient, name: str) -> None:
    answer = client.post("/kaydol", data=form(first_name=name))
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "49" not in re.findall(r'name="first_name"[^>]*value="([^"]*)"', answer.text)


def test_V15_3_3_a_form_cannot_make_its_sender_staff(client: FlaskClient) -> None:
    client.post("/kaydol", data={**form(), "staff_role": "manager", "role": "manager", "id": "1", "code": "x"})
    assert db.session.scalars(select(Member)).one().staff_role is None


# --- logging in and out ----------------------------------------------------------------------------------------------


def test_R031_V7_2_4_a_log_in_makes_a_new_cookie(client: FlaskClient) -> None:
    member = register()
    client.get("/giris")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "planted-by-an-attacker"
        cookie["planted"] = "yes"
    answer = enter(client, member)
    assert (answer.status_code, answer.location) == (302, "/")
    token = session_token(client)
    assert token
    assert token != "planted-by-an-attacker"
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    enter(client, member)
    assert session_token(client) != token


def test_R031_one_sentence_for_every_failure(client: FlaskClient, now: object) -> None:
    member = register()
    wrong = enter(client, member, "yanlış şifre 99")
    unknown = client.post("/giris", data={"tckn": person(999)["tckn"], "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401

    def said(answer: TestResponse) -> str:
        return re.sub(r'value="[^"]*"', "", answer.text)

    assert said(wrong) == said(unknown)
    assert "T.C. kimlik numarası ya da şifre yanlış" in wrong.text


def test_V6_3_1_the_sixth_try_is_asked_to_wait(client: FlaskClient) -> None:
    member = register()
    for _ in range(5):
        assert enter(client, member, "yanlış şifre 99").status_code == 401
    answer = enter(client, member)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 5
    assert "hesabınız kilitlenmedi" in answer.text


def test_V6_3_1_a_browser_that_was_in_before_is_not_slowed(app: APIFlask, client: FlaskClient) -> None:
    member = register()
    enter(client, member)
    client.post("/cikis")
    stranger = app.test_client()
    for _ in range(8):
        enter(stranger, member, "yanlış şifre 99")
    assert enter(stranger, member).status_code == 429
    assert enter(client, member).status_code == 302
    stolen = app.test_client()
    stolen.set_cookie("device", "forged.value.here")
    assert enter(stolen, member).status_code == 429


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/sinavlar?liste=1", "/sinavlar?liste=1"),
        ("//evil.example", "/"),
        ("//[", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_V3_7_2_after_the_log_in_only_our_own_pages(client: FlaskClient, wanted: str, goes: str) -> None:
    assert enter(client, register(), next=wanted).location == goes


def test_V7_4_1_logging_out_kills_the_cookie_on_the_server(app: APIFlask, client: FlaskClient) -> None:
    member = register()
    enter(client, member)
    token = session_token(client)
    assert "Çıkış" in client.get("/cikis").text
    assert is_in(client)  # asking changes nothing
    answer = client.post("/cikis")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert not is_in(client)
    assert not is_in(thief)
    assert thief.get("/hesabim").location == "/giris?next=/hesabim"


def test_V7_3_an_idle_session_is_over_and_use_keeps_it(client: FlaskClient) -> None:
    log_in(client, register())
    live = db.session.scalars(select(MemberSession)).one()
    with transaction():
        live.seen_at = clock.wall() - timedelta(minutes=59)
    assert is_in(client)
    db.session.expire_all()
    assert clock.wall() - live.seen_at < timedelta(minutes=1)
    with transaction():
        live.seen_at = clock.wall() - timedelta(minutes=61)
    assert not is_in(client)


def test_V3_3_cookies_are_guarded(app: APIFlask, client: FlaskClient, config: Config, tmp_path) -> None:
    member = register()
    for cookie in enter(client, member).headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    secure = create_app(replace(config, base_url="https://aday.example"))
    secure.config["WTF_CSRF_ENABLED"] = False
    client = secure.test_client()
    with secure.app_context():
        cookies = client.get("/giris?lang=tr", base_url="https://aday.example").headers.getlist("Set-Cookie")
        page = client.post("/cikis", base_url="https://aday.example")
    configuration.activate(config)
    cookies += page.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-") for cookie in cookies)
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_V3_5_1_a_post_without_a_token_is_refused(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client = app.test_client()
    for path in ("/giris", "/kaydol", "/sifremi-unuttum", "/cikis", "/kaydol/e-posta", "/hesabim/e-posta", "/destek"):
        assert client.post(path, data={}).status_code == 400, path


def test_an_ended_log_in_is_led_back_to_where_it_was(client: FlaskClient) -> None:
    assert client.get("/hesabim/sifre").location == "/giris?next=/hesabim/sifre"
    assert client.post("/hesabim/sifre").location == "/giris"


# --- staff -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def invitation(app: APIFlask) -> tuple[Member, str]:
    with transaction():
        member, link = staff.create_staff("support", actor=SYSTEM, now=NOW, wall=clock.wall())
    return member, link.removeprefix("http://localhost")


def test_V6_3_3_a_staff_member_s_first_day(client: FlaskClient, invitation: tuple[Member, str]) -> None:
    member, link = invitation
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
    typed = {name: person(810)[name] for name in ("tckn", "first_name", "last_name", "email", "password")}
    assert client.post(link, data={**typed, "email": "x"}).status_code == 422
    assert client.post(link, data=typed).location == "/giris"
    assert client.get(link).status_code == 404
    db.session.expire_all()
    assert enter(client, member).location == "/giris/kod"
    for path in ("/hesabim", "/yonetim/destek"):
        assert client.get(path).location == "/giris/kod"
    page = client.get("/giris/kod")
    secret = vault().open(member.totp_sealed or b"")
    assert " ".join(re.findall("....", secret)) in page.text
    assert client.post("/giris/kod", data={"code": "000000"}).status_code == 422
    before = session_token(client)
    assert client.post("/giris/kod", data={"code": code_now(member)}).location == "/yonetim"
    assert session_token(client) != before
    assert is_in(client)
    client.post("/cikis")
    enter(client, member)
    assert secret[:4] not in client.get("/giris/kod").text  # shown at the first time only


def test_the_qr_code_says_what_the_app_needs() -> None:
    text = (
        "otpauth://totp/SEGEM%20Akademi:a%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=SEGEM%20Akademi"
    )
    side, path = qr.modules(text)
    image = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(image)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        left, top = int(x) * 8, int(y) * 8
        draw.rectangle((left, top, left + 7, top + 7), fill=0)
    assert zxingcpp.read_barcodes(image)[0].text == text


# --- links -----------------------------------------------------------------------------------------------------------


def test_R032_forgotten_password_by_mail(client: FlaskClient, now: object) -> None:
    member = register()
    known = client.post("/sifremi-unuttum", data={"tckn": person()["tckn"], "channel": "mail"})
    unknown = client.post("/sifremi-unuttum", data={"tckn": person(999)["tckn"], "channel": "mail"})
    assert known.status_code == 200
    known_text, unknown_text = (re.sub(r'name="csrf_token" value="[^"]+"', "", one.text) for one in (known, unknown))
    assert known_text == unknown_text  # a token holds the second at which it was made
    link = re.search(r"http://localhost(/sifre-belirle/\S+)", compose(outbox.of_person(member.code)[0]).text)
    assert link is not None
    assert client.get(link[1]).status_code == 200
    assert client.post(link[1], data={"password": "kısa"}).status_code == 422
    assert client.post(link[1], data={"password": "yepyeni bir şifre"}).location == "/giris"
    assert client.post(link[1], data={"password": "yepyeni bir şifre"}).status_code == 404
    assert enter(client, member, "yepyeni bir şifre").status_code == 302


@pytest.mark.parametrize("token", ["x", "a" * 5000, "%00", "..%2f..", "ş"])
def test_a_made_up_link_is_dead(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/sifre-belirle/{token}")
    assert answer.status_code == 404


# --- one's own account -----------------------------------------------------------------------------------------------


def test_R068_change_of_password(app: APIFlask, client: FlaskClient) -> None:
    member = register()
    enter(client, member)
    other = app.test_client()
    enter(other, member)
    assert "Şifremi Değiştir" in client.get("/hesabim").text
    wrong = client.post("/hesabim/sifre", data={"current_password": "x", "password": "yepyeni bir şifre"})
    assert wrong.status_code == 422
    assert "Şimdiki şifreniz bu değil" in wrong.text
    token = session_token(client)
    done = client.post("/hesabim/sifre", data={"current_password": PASSWORD, "password": "yepyeni bir şifre"})
    assert done.location == "/hesabim"
    assert session_token(client) != token
    assert is_in(client)
    assert not is_in(other)


@pytest.mark.parametrize(
    ("path", "field", "value"), [("e-posta", "email", "yeni@example.org"), ("telefon", "phone", "0532 765 43 21")]
)
def test_V7_5_1_contact_details_need_the_password(client: FlaskClient, path: str, field: str, value: str) -> None:
    member = register()
    enter(client, member)
    before = getattr(member, field)
    assert client.post(f"/hesabim/{path}", data={field: value}).status_code == 422
    db.session.expire_all()
    assert getattr(member, field) == before
    assert client.post(f"/hesabim/{path}", data={field: value, "password": PASSWORD}).location == "/hesabim"
    db.session.expire_all()
    assert getattr(member, field) != before
    assert value in client.get("/hesabim").text


def test_V7_5_2_another_session_is_ended_and_a_stranger_s_is_not_there(app: APIFlask, client: FlaskClient) -> None:
    member, stranger = register(), register(501)
    enter(client, member)
    phone, foreign = app.test_client(), app.test_client()
    phone.post(
        "/giris", data={"tckn": person()["tckn"], "password": PASSWORD}, headers={"User-Agent": "Chrome/150 (Android)"}
    )
    enter(foreign, stranger)
    page = client.get("/hesabim").text
    assert "Chrome · Android" in page
    codes = re.findall(r"/hesabim/oturumlar/(\w+)/kapat", page)
    assert len(codes) == 1
    foreign_code = queries.sessions_of(stranger.id, clock.wall())[0].code
    assert client.post(f"/hesabim/oturumlar/{foreign_code}/kapat").status_code == 404
    assert is_in(foreign)
    client.post(f"/hesabim/oturumlar/{codes[0]}/kapat")
    assert not is_in(phone)
    assert is_in(client)


def test_the_language_is_remembered(client: FlaskClient) -> None:
    member = register()
    enter(client, member)
    assert client.post("/hesabim/dil", data={"language": "en"}).location == "/hesabim"
    assert '<html lang="en">' in client.get("/hesabim").text
    assert client.post("/hesabim/dil", data={"language": "de"}).status_code == 422


@pytest.fixture
def stranger(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    "path", ["/hesabim", "/hesabim/sifre", "/hesabim/e-posta", "/hesabim/telefon", "/yonetim/destek"]
)
def test_V8_2_1_a_stranger_sees_none_of_it(stranger: FlaskClient, path: str) -> None:
    assert stranger.get(path).status_code == 302
    assert stranger.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_V3_5_3_a_get_changes_no_row(client: FlaskClient) -> None:
    log_in(client, register())

    def rows() -> list[object]:
        db.session.rollback()
        return [db.session.execute(select(table)).all() for table in (Member.__table__, MemberSession.__table__)]

    before = rows()
    for path in (
        "/kaydol",
        "/giris",
        "/giris/kod",
        "/cikis",
        "/sifremi-unuttum",
        "/hesabim",
        "/hesabim/sifre",
        "/destek",
    ):
        client.get(path)
    assert rows() == before


def test_V14_3_private_pages_are_not_kept(client: FlaskClient) -> None:
    log_in(client, register())
    assert client.get("/hesabim").headers["Cache-Control"] == "no-store"


def test_V7_3_the_page_warns_before_an_idle_session_ends_and_asking_does_not_prolong_it(client: FlaskClient) -> None:
    log_in(client, register())
    live = db.session.scalars(select(MemberSession)).one()
    with transaction():
        live.seen_at = clock.wall() - timedelta(minutes=56)
    assert 230 < client.get("/hesabim/oturum").json["seconds"] <= 240
    assert client.get("/hesabim/oturum").json["seconds"] <= 240
    assert client.post("/hesabim/oturum").json["seconds"] > 3590
    page = client.get("/hesabim").text
    assert 'id="session-warning"' in page
    client.post("/cikis")
    assert 'id="session-warning"' not in client.get("/giris").text
    assert client.get("/hesabim/oturum", headers={"Accept": "application/json"}).status_code == 401


def test_old_sessions_links_and_tallies_are_tidied(client: FlaskClient) -> None:
    member = register()
    log_in(client, member)
    old = db.session.scalars(select(MemberSession)).one()
    with transaction():
        old.expires_at = clock.wall() - timedelta(days=31)
        credential.open_session(member, wall=clock.wall())
    assert jobs.tidy(NOW) == 1
    assert len(queries.sessions_of(member.id, clock.wall())) == 1
