"""The poller against a real IMAP server: what comes is taken once, what fails is tried again, nothing is lost."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from lms.cli import operate
from lms.core import config as configuration
from lms.core.config import Config
from lms.core.db import db
from lms.mailroom import formats, gateways, jobs
from lms.mailroom.gateways import Account, ImapMailbox, MailboxError
from lms.mailroom.models import InboundMail
from lms.mailroom.services import intake
from lms.notifications import jobs as outbox
from lms.notifications.queries import failed
from tests import imap
from tests.mailroom.letters import bounce, letter, nested, png

ARRIVED = datetime(2025, 3, 3, 6, 15, tzinfo=UTC)
NOW = ARRIVED + timedelta(minutes=5)


@pytest.fixture(scope="module")
def imap_server() -> Iterator[str]:
    with imap.server() as url:
        yield url


@pytest.fixture
def imap_url(imap_server: str, app: APIFlask, config: Config, request: pytest.FixtureRequest) -> Iterator[str]:
    """The server with fresh mailboxes, which the application is told of."""
    bilgi, muhasebe = (f"{box}-{request.node.name[:30]}" for box in ("bilgi", "muhasebe"))
    accounts = f"bilgi={bilgi}:{imap.PASSWORD} muhasebe={muhasebe}:{imap.PASSWORD}"
    configuration.activate(replace(config, imap_url=imap_server, imap_accounts=accounts))
    yield imap_server
    configuration.activate(config)


def user(box: str = "bilgi") -> str:
    return next(one.user for one in gateways.accounts(configuration.config().imap_accounts or "") if one.mailbox == box)


def taken() -> list[InboundMail]:
    return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)))


def test_what_waits_is_taken_once_and_marked_as_seen(imap_url: str) -> None:
    imap.deliver(imap_url, user(), letter(), bounce("<x@y>"), nested(50))
    imap.deliver(imap_url, user("muhasebe"), letter(message_id="<d@x>", files=(("dekont.png", png()),)))
    assert jobs.poll(NOW) == 4
    assert [(m.mailbox, m.outcome) for m in taken()] == [
        ("bilgi", "ticket"), ("bilgi", "automatic"), ("bilgi", "refused"), ("muhasebe", "slip")
    ]  # fmt: skip
    assert taken()[0].received_at == ARRIVED  # the server's word
    assert imap.unseen(imap_url, user()) == imap.unseen(imap_url, user("muhasebe")) == 0
    assert jobs.poll(NOW) == 0


def test_a_crash_before_the_mark_is_harmless(imap_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    imap.deliver(imap_url, user(), letter(), letter(message_id="<m2@x>"))

    def crash(*_: Any) -> None:
        raise MailboxError("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr(ImapMailbox, "done", crash)
        jobs.poll(NOW)
    assert len(taken()) == 1
    assert imap.unseen(imap_url, user()) == 2
    assert jobs.poll(NOW + timedelta(minutes=1)) == 1
    assert [m.message_id for m in taken()] == ["<m1@example.org>", "<m2@x>"]
    assert imap.unseen(imap_url, user()) == 0


def test_one_bad_mail_stops_no_other(imap_url: str, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    imap.deliver(imap_url, user(), letter(), letter(message_id="<m2@x>"))
    good = intake.take

    def flaky(raw: bytes, **kept: Any) -> Any:
        if b"<m1@example.org>" in raw:
            raise RuntimeError("the disk is full")
        return good(raw, **kept)

    with monkeypatch.context() as patched:
        patched.setattr(intake, "take", flaky)
        assert jobs.poll(NOW) == 1
    assert "was left in mailbox" in caplog.text
    assert imap.unseen(imap_url, user()) == 1
    assert jobs.poll(NOW) == 1


def test_a_mail_that_is_too_large_is_not_even_fetched(imap_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 5000)
    imap.deliver(imap_url, user(), letter("x" * 6000))
    assert jobs.poll(NOW) == 1
    assert [(m.outcome, m.reason) for m in taken()] == [("refused", "mail.too_big")]
    assert imap.unseen(imap_url, user()) == 0


def test_mail_waits_while_the_scanner_does_not_answer(imap_url: str) -> None:
    configuration.activate(replace(configuration.config(), clamd_url="tcp://127.0.0.1:1"))
    imap.deliver(imap_url, user(), letter(files=(("belge.png", png()),)))
    assert jobs.poll(NOW) == 0
    assert taken() == []
    configuration.activate(replace(configuration.config(), clamd_url=None))
    assert jobs.poll(NOW) == 1


@pytest.mark.parametrize("change", [{"imap_url": "imap://127.0.0.1:1"}, {"imap_accounts": "bilgi=x:wrong"}])
def test_a_mailbox_that_cannot_be_read_is_logged_and_tried_again(
    imap_url: str, change: dict[str, str], caplog: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.activate(replace(configuration.config(), **change))
    assert jobs.poll(NOW) == 0
    assert "mailbox bilgi: imap" in caplog.text
    assert "wrong" not in caplog.text
    with pytest.raises(MailboxError):
        operate._mail_in()


def test_doctor_tells_what_waits(imap_url: str) -> None:
    imap.deliver(imap_url, user(), letter())
    assert operate._mail_in() == "bilgi: 1 waiting, muhasebe: 0 waiting"
    configuration.activate(replace(configuration.config(), imap_url=None))
    assert operate._mail_in() == "not configured (LMS_IMAP_URL)"
    assert jobs.poll(NOW) == 0


@pytest.fixture
def own_authority(tmp_path: Path) -> Path:
    """A key and the certificate for "localhost" that it signed itself."""
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), at, at + timedelta(days=1)
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = tmp_path / "own.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    path.chmod(0o644)
    return path


def test_over_tls_only_a_server_whose_certificate_is_trusted_is_believed(
    app: APIFlask, own_authority: Path, config: Config, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        secure = free.getsockname()[1]

    def poll(url: str) -> int:
        accounts = f"bilgi=sealed:{imap.PASSWORD}"
        configuration.activate(replace(config, imap_url=url, imap_accounts=accounts))
        return jobs.poll(NOW)

    with imap.server(own_authority, secure) as plain:
        imap.deliver(plain, "sealed", letter())
        assert poll(f"imaps://localhost:{secure}") == 0
        assert "SSLCertVerificationError" in caplog.text
        monkeypatch.setenv("SSL_CERT_FILE", str(own_authority))  # how an operator names an authority of their own
        assert poll(f"imaps://127.0.0.1:{secure}") == 0  # another name than the certificate's
        assert taken() == []
        assert poll(f"imaps://localhost:{secure}") == 1
        imap.deliver(plain, "sealed", letter(message_id="<m2@x>"))
        monkeypatch.setattr(
            gateways, "_is_loopback", lambda _host: False
        )  # elsewhere STARTTLS comes before the password
        assert poll(plain.replace("127.0.0.1", "localhost")) == 1
    configuration.activate(config)


def test_accounts_are_read_from_one_line() -> None:
    assert gateways.accounts("bilgi=a%40b:p%3Ax muhasebe=m:n") == (Account("bilgi", "a@b", "p:x"), Account("muhasebe", "m", "n"))  # fmt: skip
    for wrong in ("x=a:b", "bilgi=a", "bilgi"):
        with pytest.raises(ValueError, match="LMS_IMAP_ACCOUNTS"):
            gateways.accounts(wrong)


def test_the_whole_way_by_real_servers(
    imap_server: str, live_database: Callable[[], APIFlask], smtp_box: tuple[list[bytes], str]
) -> None:
    """A question comes by IMAP, its acknowledgement leaves by SMTP into the thread; its bounce comes back by IMAP."""
    mails, smtp_url = smtp_box
    with live_database().app_context():
        accounts = f"bilgi=whole:{imap.PASSWORD}"
        configuration.activate(replace(configuration.config(), imap_url=imap_server, imap_accounts=accounts, mail_url=smtp_url))  # fmt: skip
        imap.deliver(imap_server, "whole", letter())
        assert jobs.poll(NOW) == 1
        assert outbox.send_due(NOW) == 1
        sent = message_from_bytes(mails[0], policy=policy.default)
        assert (sent["To"], sent["In-Reply-To"]) == ("deniz@example.org", "<m1@example.org>")
        imap.deliver(imap_server, "whole", bounce(str(sent["Message-ID"])))
        assert jobs.poll(NOW) == 1
        assert [row.bounce_reason for row in failed()] == ["smtp; 550 5.1.1 no such mailbox"]
