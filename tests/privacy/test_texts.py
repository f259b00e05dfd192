"""R036, R057, R063, D-6: texts have versions that anybody may read; information, contract and consent are asked apart, none is preset."""

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from wtforms import BooleanField

from lms.core.access import SYSTEM
from lms.core.config import ROOT
from lms.core.db import db, transaction
from lms.enrolment.forms import ApplicationForm
from lms.enrolment.services import TEXTS as FORM_TEXTS
from lms.exemptions.forms import RequestForm
from lms.membership.forms import RegisterForm
from lms.membership.models import LegalText
from lms.payments.forms import PaymentForm
from lms.terms.services import import_content
from lms.terms.views import PUBLISHED
from lms.web.forms import Form
from tests import factories
from tests.conftest import civil
from tests.membership.helpers import log_in

NOW = civil("2025-02-03 10:00")
ASKED = {
    RegisterForm: {"accepts_notice"},
    ApplicationForm: {"accepts_notice", "accepts_terms", "explicit_consent"},
    PaymentForm: {"accepts_contract", "accepts_immediate_performance", "declares_no_certificate"},
    RequestForm: {"notice"},
}


@pytest.mark.parametrize("form", ASKED, ids=lambda form: form.__name__)
def test_D6_each_form_asks_each_thing_by_itself_and_presets_none(app: APIFlask, form: type[Form]) -> None:
    with app.test_request_context("/"):
        boxes = {name: field for name, field in form(formdata=None)._fields.items() if isinstance(field, BooleanField)}
        assert {name: field.data for name, field in boxes.items()} == dict.fromkeys(ASKED[form], False)
        labels = [str(field.label.text) for field in boxes.values()]
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if "bilgilendirme" in label.lower() and "rıza" in label.lower()] == []


def test_D6_no_page_ticks_a_box_beforehand(app: APIFlask, client: FlaskClient) -> None:
    _load()
    page = client.get("/kaydol").text
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page)
    assert len(boxes) == 1
    assert all("checked" not in box for box in boxes)


def test_R057_the_form_s_texts_are_one_notice_one_contract_and_one_consent() -> None:
    assert set(FORM_TEXTS) == {"kvkk_notice", "application_terms", "explicit_consent"}


def _load() -> None:
    with transaction():
        import_content(ROOT / "content", actor=SYSTEM, now=NOW)


def test_R063_every_text_somebody_is_asked_about_is_public_with_its_version(app: APIFlask, client: FlaskClient) -> None:
    _load()
    kinds = {path.name.split(".")[0] for path in (ROOT / "content" / "texts").glob("*.md")}
    assert kinds == set(PUBLISHED.values())
    for name in PUBLISHED:
        assert "Sürüm 1" in client.get(f"/metinler/{name}").text
    listed = client.get("/metinler").text
    assert all(f"/metinler/{name}" in listed for name in PUBLISHED)
    assert "/hesabim/verilerim" in client.get("/aydinlatma").text  # from the notice to what may be asked
    assert client.get("/cerezler").status_code == 200
    assert "Cookies" in client.get("/cerezler?lang=en").text


def test_R063_earlier_versions_stay_readable(app: APIFlask, client: FlaskClient) -> None:
    _load()
    later = NOW + timedelta(days=90)
    old = db.session.scalars(select(LegalText).filter_by(kind="cookies", language="tr")).one()
    with transaction():
        old.superseded_at = later
        db.session.add(
            LegalText(kind="cookies", language="tr", version=2, title="Çerezler", body="Yeni metin", sha256="1" * 64, published_at=later)
        )  # fmt: skip
    assert "Yeni metin" in client.get("/cerezler").text
    before = client.get("/metinler/cerezler?surum=1").text
    assert "eski bir sürümdür" in before
    assert "Yeni metin" not in before
    assert client.get("/metinler/cerezler?surum=9").status_code == 404


def test_the_cookie_text_names_every_cookie(app: APIFlask, client: FlaskClient) -> None:
    _load()
    log_in(client, factories.member())
    client.get("/?lang=tr")
    page = client.get("/cerezler").text
    names = {cookie.key for cookie in client._cookies.values()}
    assert names
    assert [name for name in names if not re.search(rf"\b(__Host-)?{name}\b", page.partition("<article")[2])] == []
