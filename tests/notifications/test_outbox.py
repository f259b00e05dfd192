"""The outbox, with a real SMTP server and a real HTTP gateway on the loopback."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from apiflask import APIFlask
from sqlalchemy import event, select

from lms.core import config as configuration
from lms.core.config import Config
from lms.core.db import db, transaction
from lms.notifications import gateways, jobs, queries, services
from lms.notifications.models import OutboxMessage
from lms.notifications.services import Draft, Recipient

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
DENIZ = Recipient(email="deniz@example.org", phone="+905321234567", language="tr", code="deniz0000001")
RESET = {"name": "Çağla Şükran", "minutes": 30}


class Mailbox:
    """What an SMTP server got, and what it shall answer."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append(envelope.content)
        return answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


class SmsStand(HTTPServer):
    calls: list[tuple[str | None, dict[str, str]]]
    answers: list[int]


@pytest.fixture
def sms_stand() -> Iterator[tuple[SmsStand, str]]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            stand: SmsStand = self.server  # type: ignore[assignment]
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand.calls.append((self.headers.get("Authorization"), body))
            self.send_response(stand.answers.pop(0) if stand.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    stand = SmsStand(("127.0.0.1", 0), Handler)
    stand.calls, stand.answers = [], []
    thread = threading.Thread(target=stand.serve_forever)
    thread.start()
    yield stand, f"http://kurum:gizli@127.0.0.1:{stand.server_port}/gonder"
    stand.shutdown()
    thread.join()
    stand.server_close()


@pytest.fixture
def configured(config: Config) -> Iterator[Callable[..., None]]:
    yield lambda **changes: configuration.activate(replace(config, **changes))
    configuration.activate(config)


def put(dedupe: str = "k1", channels: tuple[str, ...] = ("mail",), **more: object) -> int:
    with transaction():
        return services.enqueue(
            "password_reset", to=DENIZ, params=RESET, secret={"link": "http://localhost/sifre-belirle/gizli-belge"},
            dedupe=dedupe, now=NOW, channels=channels, **more,
        )  # fmt: skip


def only() -> OutboxMessage:
    db.session.expire_all()
    return db.session.scalars(select(OutboxMessage)).one()


def test_a_message_is_enqueued_once_for_each_channel(app: APIFlask) -> None:
    assert put(channels=("mail", "sms")) == 2
    assert put(channels=("mail", "sms")) == 0
    assert {row.recipient for row in queries.of_person("deniz0000001")} == {"deniz@example.org", "+905321234567"}
    with transaction():
        none = services.enqueue(
            "password_reset", to=Recipient(email="a@example.org"), params=RESET, dedupe="k2", now=NOW, channels=("sms",)
        )
    assert none == 0


def test_an_unknown_template_is_noticed_at_once(app: APIFlask) -> None:
    with pytest.raises(LookupError), transaction():
        services.enqueue("no_such", to=DENIZ, dedupe="k", now=NOW)


def test_the_secret_lies_sealed_and_the_demo_shows_it_composed(app: APIFlask) -> None:
    put()
    assert "gizli-belge" not in json.dumps(only().params)
    assert jobs.send_due(NOW) == 1
    assert only().sent_at == NOW
    assert "gizli-belge" in services.compose(queries.latest()[0]).text


def test_a_mail_leaves_by_smtp_with_turkish_letters(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    put()
    assert jobs.send_due(NOW) == 1
    mail = message_from_bytes(box.mails[0], policy=policy.default)
    assert mail["To"] == "deniz@example.org"
    assert mail["From"] == "SEGEM Akademi <bilgi@segem.org.tr>"
    assert mail["Subject"] == "Şifre yenileme bağlantınız"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@segem.org.tr>")
    text = mail.get_content()
    assert "Merhaba Çağla Şükran" in text
    assert "/sifre-belirle/gizli-belge" in text
    assert only().spent  # forgotten once it was sent
    assert jobs.send_due(NOW) == 0


def test_a_mail_keeps_its_id_answers_in_its_thread_and_is_known_when_it_comes_back(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    box.answers = ["450 later"]
    put(replies_to="<a@example.org> <b@example.org>")
    assert [jobs.send_due(NOW), jobs.send_due(NOW + timedelta(minutes=2))] == [0, 1]
    mail = message_from_bytes(box.mails[0], policy=policy.default)
    assert mail["Message-ID"] == f"<{only().message_id}@segem.org.tr>"
    assert (mail["In-Reply-To"], mail["References"]) == ("<b@example.org>", "<a@example.org> <b@example.org>")
    later = NOW + timedelta(hours=1)
    with transaction():
        assert services.bounced("<no-such@segem.org.tr>", at=later, reason="x") is None
        row = services.bounced(str(mail["Message-ID"]), at=later, reason="5.1.1 no such mailbox")
    assert row is not None
    assert queries.failed() == [row]
    with transaction():  # told twice, kept once
        assert services.bounced(str(mail["Message-ID"]), at=later + timedelta(hours=1), reason="again") is None
    assert (only().bounced_at, only().bounce_reason) == (later, "5.1.1 no such mailbox")


def test_a_busy_server_is_tried_again_and_again(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    box.answers = ["451 busy", "451 busy"]
    put()
    at = NOW
    for pause in (timedelta(minutes=1), timedelta(minutes=5)):
        assert jobs.send_due(at) == 0
        assert only().next_try_at == at + pause
        assert jobs.send_due(at + pause - timedelta(seconds=1)) == 0
        at += pause
    assert jobs.send_due(at) == 1
    assert only().tries == 3


def test_a_refusal_for_good_is_marked_and_not_tried_again(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    box.answers = ["550 no such user"]
    put()
    assert jobs.send_due(NOW) == 0
    assert [row.failed_at for row in queries.failed()] == [NOW]
    assert queries.failed()[0].error == "smtp 550"
    assert jobs.send_due(NOW + timedelta(days=9)) == 0
    assert only().sent_at is None


def test_no_server_at_all_loses_no_message_however_long_it_takes(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    configured(mail_url="smtp://127.0.0.1:1")
    put()
    for day in range(30):
        assert jobs.send_due(NOW + timedelta(days=day)) == 0
    assert (only().tries, only().failed_at, only().error) == (0, None, "smtp ConnectionRefusedError")
    configured(mail_url=mailbox[1])
    assert jobs.send_due(NOW + timedelta(days=30)) == 1


def test_a_busy_server_gives_up_after_the_last_pause(
    app: APIFlask, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    box.answers = ["451 busy"] * 8
    put()
    for day in range(8):
        jobs.send_due(NOW + timedelta(days=day))
    assert only().tries == 8
    assert only().failed_at is not None


def test_an_sms_leaves_through_the_gateway(
    app: APIFlask, sms_stand: tuple[SmsStand, str], configured: Callable[..., None]
) -> None:
    stand, url = sms_stand
    configured(sms_url=url)
    stand.answers = [503]
    put(channels=("sms",))
    assert jobs.send_due(NOW) == 0
    assert jobs.send_due(NOW + timedelta(minutes=2)) == 1
    login, body = stand.calls[-1]
    assert login is not None
    assert login.startswith("Basic ")
    assert body["to"] == "+905321234567"
    assert body["text"].startswith("SEGEM Akademi: Yeni şifrenizi 30 dakika içinde belirleyin: http")
    assert body["reference"] == stand.calls[0][1]["reference"]


def test_a_wrong_number_is_not_tried_again(
    app: APIFlask, sms_stand: tuple[SmsStand, str], configured: Callable[..., None]
) -> None:
    stand, url = sms_stand
    configured(sms_url=url)
    stand.answers = [400]
    put(channels=("sms",))
    assert jobs.send_due(NOW) == 0
    assert only().error == "sms 400"
    assert only().failed_at == NOW


def test_production_without_an_sms_operator_never_says_sent(app: APIFlask, configured: Callable[..., None]) -> None:
    configured(mode="production", mail_url=None)
    put(channels=("sms",))
    assert jobs.send_due(NOW) == 0
    assert only().failed_at == NOW


def test_a_template_at_fault_does_not_stop_the_others(app: APIFlask, configured: Callable[..., None]) -> None:
    with transaction():
        services.enqueue("password_reset", to=DENIZ, params={"name": "A"}, dedupe="broken", now=NOW)
    configured(mail_url="smtp://127.0.0.1:1")
    put("whole")
    jobs.send_due(NOW)
    db.session.expire_all()
    assert [row.error for row in queries.failed()] == ["template: message.template"]
    assert [row.dedupe for row in queries.waiting_ones()] == ["whole/mail"]


def test_a_message_that_cannot_be_opened_waits_and_the_others_leave(
    app: APIFlask, configured: Callable[..., None], mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, url = mailbox
    configured(mail_url=url)
    with transaction():
        services.enqueue("password_reset", to=DENIZ, dedupe="lost", params=RESET, secret={"link": "x"}, now=NOW)
        services.enqueue("password_reset", to=DENIZ, dedupe="kept", params={**RESET, "link": "y"}, now=NOW)
    with monkeypatch.context() as lost:
        lost.setattr("lms.core.vault.Vault.open", lambda *_args: _fault())
        assert jobs.send_due(NOW) == 1
    assert len(box.mails) == 1
    assert jobs.send_due(NOW + timedelta(minutes=2)) == 1  # the key is back


def _fault() -> str:
    raise KeyError(b"a key that was taken away")


def test_a_message_waits_for_its_hour(app: APIFlask) -> None:
    put(due_at=NOW + timedelta(days=2))
    assert jobs.send_due(NOW) == 0
    assert jobs.send_due(NOW + timedelta(days=2)) == 1


def test_a_claimed_message_is_left_to_its_sender(app: APIFlask) -> None:
    put()
    taken = jobs._claim(NOW)
    assert len(taken) == 1
    assert jobs.send_due(NOW + timedelta(minutes=9)) == 0
    assert jobs.send_due(NOW + timedelta(minutes=10)) == 1  # that sender died


def test_ten_thousand_messages_take_one_statement(app: APIFlask) -> None:
    drafts = [Draft(DENIZ, f"n{n}", RESET) for n in range(10_000)]
    statements: list[str] = []

    def count(_c, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.session.connection().engine, "before_cursor_execute", count)
    with transaction():
        assert services.enqueue_many("password_reset", drafts, now=NOW) == 10_000
    event.remove(db.session.connection().engine, "before_cursor_execute", count)
    assert sum("outbox_message" in s for s in statements) == 1


def test_a_server_that_is_down_costs_no_try(app: APIFlask, configured: Callable[..., None]) -> None:
    configured(mail_url="smtp://127.0.0.1:1")
    for n in range(60):
        put(f"m{n}")
    assert jobs.send_due(NOW) == 0
    db.session.expire_all()
    tries = [row.tries for row in db.session.scalars(select(OutboxMessage))]
    assert tries == [0] * 60
    assert jobs.send_due(NOW + timedelta(seconds=59)) == 0
    configured()
    assert (
        jobs.send_due(NOW + timedelta(minutes=1)) == 59
    )  # the one that found it down may be at fault: the others go first
    assert jobs.send_due(NOW + timedelta(minutes=2)) == 1


# --- servers that are slow, greylist, refuse or vanish ------------------------------------------------------------


class Picky(Mailbox):
    """A server that judges recipients."""

    def __init__(self) -> None:
        super().__init__()
        self.recipients: dict[str, list[str]] = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = self.recipients.get(address, [])
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer


@pytest.fixture
def picky() -> Iterator[tuple[Picky, str]]:
    box = Picky()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def to(address: str, dedupe: str) -> None:
    with transaction():
        services.enqueue("welcome", to=Recipient(email=address), params={"name": "Deniz"}, dedupe=dedupe, now=NOW)


def row(dedupe: str) -> OutboxMessage:
    db.session.expire_all()
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe == f"{dedupe}/mail")).one()


def test_greylisting_is_waited_out_and_one_bad_address_holds_nobody_up(
    app: APIFlask, picky: tuple[Picky, str], configured: Callable[..., None]
) -> None:
    box, url = picky
    configured(mail_url=url)
    box.recipients = {"grey@example.org": ["450 4.7.1 greylisted"], "gone@example.org": ["550 5.1.1 no such user"]}
    for name in ("grey", "gone", "good"):
        to(f"{name}@example.org", name)
    assert jobs.send_due(NOW) == 1
    assert (row("grey").error, row("grey").failed_at, row("grey").next_try_at) == (
        "smtp recipient 450", None, NOW + timedelta(minutes=1),
    )  # fmt: skip
    assert (row("gone").error, row("gone").failed_at) == ("smtp recipient 550", NOW)
    assert row("good").sent_at == NOW
    assert jobs.send_due(NOW + timedelta(minutes=1)) == 1
    assert row("grey").sent_at == NOW + timedelta(minutes=1)


def test_a_silent_server_costs_one_time_out_and_no_try(
    app: APIFlask, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, never says a word
        configured(mail_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        for name in ("a", "b", "c"):
            to(f"{name}@example.org", name)
        assert jobs.send_due(NOW) == 0
    assert [(row(name).tries, row(name).failed_at) for name in "abc"] == [(0, None)] * 3
    assert row("a").error == "smtp SMTPServerDisconnected"


class Unwilling(Mailbox):
    """A server that will not have mails from us; what it is asked to take is not at fault."""

    async def handle_MAIL(self, server, session, envelope, address, options):
        return "550 5.7.1 sender rejected"


def test_a_server_that_refuses_us_loses_no_message(app: APIFlask, configured: Callable[..., None]) -> None:
    controller = Controller(Unwilling(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        configured(mail_url=f"smtp://127.0.0.1:{controller.port}")
        for name in ("a", "b"):
            to(f"{name}@example.org", name)
        assert jobs.send_due(NOW) == 0
    finally:
        controller.stop()
    assert [(row(name).tries, row(name).failed_at) for name in "ab"] == [(0, None)] * 2
    assert row("a").error == "smtp SMTPSenderRefused 550"


@pytest.mark.parametrize(
    ("answer", "failed"),
    [(429, False), (500, False), (503, False), (401, False), (400, True), (404, True), (422, True)],
)
def test_what_the_sms_operator_answers_decides_on_another_try(
    app: APIFlask, sms_stand: tuple[SmsStand, str], configured: Callable[..., None], answer: int, failed: bool
) -> None:
    stand, url = sms_stand
    configured(sms_url=url)
    stand.answers = [answer]
    put(channels=("sms",))
    assert jobs.send_due(NOW) == 0
    assert (only().error, only().failed_at is not None) == (f"sms {answer}", failed)
    assert only().tries == (0 if answer in (401, 429, 503) else 1)  # not the message's fault: no try is lost
    assert jobs.send_due(NOW + timedelta(minutes=2)) == (0 if failed else 1)


def test_a_silent_sms_operator_is_tried_again(
    app: APIFlask, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configured(sms_url=f"http://127.0.0.1:{silent.getsockname()[1]}/gonder")
        put(channels=("sms",))
        assert jobs.send_due(NOW) == 0
    assert (only().error, only().tries, only().failed_at) == ("sms ReadTimeout", 0, None)
