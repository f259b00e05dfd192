"""The one way in for files: scanned by a real clamd, refused on record, never let through unseen."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from lms.attachments import services
from lms.attachments.gateways import ScannerError, scan
from lms.attachments.models import RefusedUpload
from lms.core import config as configuration
from lms.core.access import ANONYMOUS
from lms.core.config import Config, ConfigError
from lms.core.db import db
from lms.core.errors import Invalid
from tests import clamd, factories
from tests.attachments.test_formats import pdf_with, picture
from tests.conftest import TestClock

UNREACHABLE = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    with clamd.server() as url:
        yield url


@pytest.fixture
def scanned_by(config: Config) -> Iterator[Callable[[str], None]]:
    yield lambda url: configuration.activate(replace(config, clamd_url=url))
    configuration.activate(config)


def refusals() -> list[RefusedUpload]:
    return list(db.session.scalars(select(RefusedUpload).order_by(RefusedUpload.id)))


def test_a_known_harmful_file_is_kept_out_and_recorded(
    app: APIFlask, now: TestClock, scanner: str, scanned_by: Callable[[str], None]
) -> None:
    scanned_by(scanner)
    person = factories.member()
    db.session.commit()
    harmful = pdf_with() + clamd.HARMFUL  # a readable PDF all the same
    with pytest.raises(Invalid, match=r"document\.infected"):
        services.clean(harmful, "12345678901 gazi.pdf", actor=person.actor("10.0.0.7"), place="exemptions", now=now())
    [row] = refusals()
    assert (row.reason, row.signature, row.label) == ("document.infected", f"{clamd.SIGNATURE}.UNOFFICIAL", "*** gazi")
    assert (row.actor_code, row.ip, row.place, row.size, row.at) == (person.code, "10.0.0.7", "exemptions", len(harmful), now())  # fmt: skip
    assert len(row.sha256) == 64


def test_a_harmless_file_passes_the_scanner_and_is_cleaned(
    app: APIFlask, now: TestClock, scanner: str, scanned_by: Callable[[str], None]
) -> None:
    scanned_by(scanner)
    [one, two] = services.clean_all([("a.pdf", pdf_with()), (None, picture("PNG"))], actor=ANONYMOUS, place="mail", now=now())  # fmt: skip
    assert (one.label, one.media_type, two.label) == ("a.pdf", "application/pdf", "Belge 2.png")
    assert refusals() == []


def test_without_its_scanner_nothing_is_let_through(
    app: APIFlask, now: TestClock, scanned_by: Callable[[str], None]
) -> None:
    scanned_by(UNREACHABLE)
    with pytest.raises(Invalid, match=r"document\.unscanned"):
        services.clean(pdf_with(), "a.pdf", actor=ANONYMOUS, place="mail", now=now())
    assert [row.reason for row in refusals()] == ["document.unscanned"]


def test_what_is_no_document_is_recorded_without_a_scanner(app: APIFlask, now: TestClock) -> None:
    for data, reason in ((b"MZ", "document.type"), (b"", "document.empty"), (b"%PDF-1.7", "document.broken")):
        with pytest.raises(Invalid, match=reason.replace(".", r"\.")):
            services.clean(data, None, ordinal=3, actor=ANONYMOUS, place="mail", now=now())
    assert [(row.reason, row.label) for row in refusals()] == [
        ("document.type", "Belge 3"), ("document.empty", "Belge 3"), ("document.broken", "Belge 3")
    ]  # fmt: skip


def test_too_many_files_at_once_are_refused_before_any_is_opened(app: APIFlask, now: TestClock) -> None:
    with pytest.raises(Invalid, match=r"document\.too_many"):
        services.clean_all([("a.png", b"x")] * 9, actor=ANONYMOUS, place="mail", now=now())
    assert refusals() == []


def test_every_file_that_is_refused_is_named_and_recorded(
    app: APIFlask, now: TestClock, scanned_by: Callable[[str], None]
) -> None:
    files = [("a.exe", b"MZ"), ("b.pdf", pdf_with()), (None, b"")]
    with pytest.raises(Invalid, match=r"document\.type") as found:
        services.clean_all(files, actor=ANONYMOUS, place="mail", now=now())
    told = [(one.code, one.params["file"]) for one in (found.value, *found.value.also)]
    assert told == [("document.type", "a.exe"), ("document.empty", "Belge 3")]
    assert [row.reason for row in refusals()] == ["document.type", "document.empty"]
    scanned_by(UNREACHABLE)
    with pytest.raises(Invalid, match=r"document\.unscanned") as silent:
        services.clean_all([("b.pdf", pdf_with())] * 3, actor=ANONYMOUS, place="mail", now=now())
    assert silent.value.also == ()


def test_the_scanner_is_reached_over_tcp_as_well() -> None:
    with clamd.server(tcp=True) as url:
        assert scan(b"quiet" * 100_000, url) is None
        assert scan(clamd.HARMFUL, url) == f"{clamd.SIGNATURE}.UNOFFICIAL"
    with pytest.raises(ScannerError):
        scan(b"x", url)


def test_an_address_of_another_kind_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="LMS_CLAMD_URL"):
        Config.from_env({"LMS_CLAMD_URL": "http://127.0.0.1"})
