"""/api/docs as people read it."""

import html
import re

from flask.testing import FlaskClient

from lms.api.views.document import GROUPS, type_words


def test_types_are_said_in_words() -> None:
    assert str(type_words({"type": "array", "items": {"type": "string", "format": "date"}})) == "list of day"
    assert str(type_words({"anyOf": [{"type": "integer"}, {"type": "null"}]})) == "whole number or nothing"
    assert str(type_words({"type": ["string", "null"]})) == "text or nothing"
    assert str(type_words({"enum": ["a", None]})) == "one of: a, nothing"
    assert str(type_words({"$ref": "#/components/schemas/Money"})) == '<a href="#schema-Money">Money</a>'
    assert str(type_words({})) == "anything"


def test_the_calls_stand_in_reading_order_after_an_example(client: FlaskClient) -> None:
    page = html.unescape(client.get("/api/docs").text)
    headings = re.findall(r'<h2 lang="en">(.*?)</h2>', page)
    assert headings == ["An example", *(title for title, _words in GROUPS), "Schemas"]
    assert "{'" not in page
    assert page.index("POST /api/v1/payments") < page.index("POST /api/v1/exams/")
    assert "curl -s" in page
    assert len(page.encode()) < 200_000
    anchors = set(re.findall(r'href="#(schema-\w+)"', page))
    assert anchors <= set(re.findall(r'id="(schema-\w+)"', page))
