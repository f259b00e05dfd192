"""A member on the practice screens, and short ways through them."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from lms.core.db import transaction
from tests import factories
from tests.membership.helpers import log_in

FIRM = "ornek-mobilya"
INSURED = {
    "firm": FIRM, "founded": "2015-05-12", "taxpayer": "corporate", "size": "small", "net_sales": "6.500.000",
    "turnover": "4.000.000", "days": "180",
}  # fmt: skip
BUYERS: tuple[dict[str, Any], ...] = (
    {"buyer": "hayali-yapi", "kind": "company", "share": "30", "requested": "140.000"},
    {"buyer": "masal-ofis", "kind": "company", "share": "20", "requested": "100.000"},
    {"buyer": "kurgu-dekor", "kind": "sole_trader", "share": "12", "requested": "60.000"},
)


def text_of(answer: Any) -> str:
    """What a person reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


class Learner:
    """Somebody with a browser in one exercise."""

    def __init__(self, client: FlaskClient, code: str = "ilk-teklif") -> None:
        self.client, self.root = client, f"/uygulama/{code}"

    def post(self, path: str, **values: Any) -> Any:
        return self.client.post(f"{self.root}{path}", data=values)

    def get(self, path: str = "", **query: Any) -> Any:
        return self.client.get(f"{self.root}{path}", query_string=query)

    def begin(self, **values: Any) -> "Learner":
        assert self.post("/basla", **values).status_code == 303
        return self

    def draft(self, **changes: Any) -> str:
        """A draft with its buyers; where it stands."""
        answer = self.post("/teklif", **{**INSURED, **changes})
        assert answer.status_code == 303, text_of(answer)
        return str(answer.headers["Location"]).removeprefix(self.root)

    def quote(self, **changes: Any) -> str:
        """A sent application."""
        place = self.draft(**changes)
        for buyer in BUYERS:
            assert self.post(f"{place}/alici", **buyer).status_code == 303
        self.post(f"{place}/gonder")
        return place

    def policy(self, **payment: Any) -> str:
        """A policy; paid at once unless said otherwise."""
        answer = self.post(f"{self.quote()}/police", **(payment or {"way": "cash"}))
        assert answer.status_code == 303, text_of(answer)
        return str(answer.headers["Location"]).removeprefix(self.root)


@pytest.fixture
def member(client: FlaskClient, now: Any) -> Any:
    with transaction():
        person = factories.member()
    log_in(client, person)
    return person


@pytest.fixture
def learner(client: FlaskClient, member: Any) -> Learner:
    return Learner(client).begin()
