"""The tour of the demonstration: what it promises is there."""

import re

from apiflask import APIFlask
from flask.testing import FlaskClient

from lms.demo import accounts
from lms.membership.rules import identity


def test_the_tour_gives_a_number_to_register_with(app: APIFlask, client: FlaskClient) -> None:
    page = client.get("/demo").text
    numbers = set(re.findall(r"\b[1-9]\d{10}\b", page))
    assert numbers
    assert all(identity.tckn(number) == number for number in numbers)


def test_spare_numbers_pass_and_differ() -> None:
    spare = {accounts.spare_tckn() for _ in range(50)}
    assert len(spare) == 50
    assert all(identity.tckn(number) == number for number in spare)
