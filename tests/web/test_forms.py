"""The one form macro: what a field asks for stands at it before anything was sent."""

from __future__ import annotations

from collections.abc import Iterator

from apiflask import APIFlask
from wtforms import TextAreaField

from lms.web.forms import Form, Letters

WORDS = ("reason", "evidence", "need", "explanation", "reference")
ANY_LENGTH = {
    ("lms.exams.forms", "DecisionForm"), ("lms.exams.forms", "AccommodationDecisionForm"),  # needed to refuse, however short
    ("lms.editorial.forms", "QuestionForm"),  # why an answer is right: a text of the bank, no decision
}  # fmt: skip


class Example(Form):
    reason = TextAreaField("Gerekçe", [Letters(10, 500)], description="Denetim izinde durur.")


def test_how_many_letters_are_needed_stands_in_the_hint(app: APIFlask) -> None:
    with app.test_request_context():
        html = app.jinja_env.get_template("macros/forms.html").module.field(Example().reason)  # type: ignore[attr-defined]
    assert '<p class="hint" id="reason-hint">Denetim izinde durur. En az 10 karakter.</p>' in html
    assert 'aria-describedby="reason-hint"' in html
    assert 'maxlength="500" minlength="10"' in html


def _forms(cls: type[Form]) -> Iterator[type[Form]]:
    for one in cls.__subclasses__():
        yield one
        yield from _forms(one)


def test_every_field_for_a_reason_says_how_many_letters_it_needs(app: APIFlask) -> None:
    silent = set()
    with app.test_request_context():
        for one in _forms(Form):
            for field in one(formdata=None):
                typed = field.type in ("TextAreaField", "StringField")
                if typed and field.short_name in WORDS and not field.flags.minlength:
                    silent.add((one.__module__, one.__name__))
    assert silent == ANY_LENGTH
