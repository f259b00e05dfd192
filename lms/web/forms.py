"""The base of every form: Turkish built-in messages, errors by code, nothing typed is lost."""

from collections.abc import Iterable
from typing import Any, Final

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import DateField, DateTimeLocalField, Field
from wtforms.fields import choices as wtforms_choices

from lms.core.errors import DomainError, FieldErrors
from lms.web.i18n import language
from lms.web.messages import sentence


def choices(pairs: Iterable[tuple[str, object]]) -> list[Any]:
    """(value, label) pairs as WTForms wants them; plain tuples are deprecated there, and its stubs do not know better."""
    return [wtforms_choices.SelectChoice(value, label) for value, label in pairs]  # type: ignore[attr-defined]


def grouped(group: str, pairs: Iterable[tuple[str, object]]) -> list[Any]:
    """The same under one heading of the list."""
    return [wtforms_choices.SelectChoice(value, label, optgroup=group) for value, label in pairs]  # type: ignore[attr-defined]


_NO_DAY: Final = "Not a valid date value."
"""WTForms' own sentence, which it speaks in every language."""


def _plausible(field: DateField | DateTimeLocalField) -> None:
    """Days that somebody can mean: one at either end of the calendar has no instant, or none after it."""
    if field.data is not None and not 1800 <= field.data.year < 2200:
        field.data = None
        raise ValueError(field.gettext(_NO_DAY))


class DayField(DateField):
    """A civil day."""

    def process_formdata(self, valuelist: Any) -> None:
        super().process_formdata(valuelist)
        _plausible(self)


class MomentField(DateTimeLocalField):
    """A civil day with its time."""

    def process_formdata(self, valuelist: Any) -> None:
        super().process_formdata(valuelist)
        _plausible(self)


class Letters:
    """Tells the reader and the browser how many letters a field must hold; the rule itself stands in the services."""

    def __init__(self, least: int, most: int) -> None:
        self.field_flags = {"minlength": least, "maxlength": most}

    def __call__(self, _form: object, _field: object) -> None:
        return


class Form(FlaskForm):
    """A page's form. WTForms speaks the page's language; ``refuse`` shows a domain error beside its field."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:
            return [str(get_locale() or "tr")]

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """A page's form is sent as a form: JSON, whose values may be of any kind, fills none."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

        def get_translations(self, form: Any) -> Any:
            return super(FlaskForm.Meta, self).get_translations(form)

    def refuse(self, error: DomainError, field: str | None = None) -> None:
        """Attach the sentences of ``error`` to the fields they speak of, the rest to the form as a whole."""
        if isinstance(error, FieldErrors):
            for name, code in error.fields.items():
                self._attach(self._fields.get(name), sentence(code, error.params, language()))
            self._choose_again()
            return
        for one in (error, *error.also):
            text = sentence(one.code, one.params, language())
            self._attach(self._fields.get(field) if field else None, text)
        self._choose_again()

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if not valid:
            self._choose_again()
        return valid

    def _choose_again(self) -> None:
        """No browser keeps the files of a form that comes back: whoever chose some reads that last."""
        text = _("Dosyalarınızı yeniden seçin; tarayıcı onları saklamaz.")
        for field in self:
            if isinstance(field, FileField | MultipleFileField) and field.data:
                field.errors = [*(told for told in field.errors if told != text), text]

    def _attach(self, field: Field | None, text: str) -> None:
        if field is None:
            self.form_errors: list[str] = [*self.form_errors, text]
        else:
            field.errors = [*field.errors, text]
