"""Forms of the editor's desk."""

from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.documents.rules import MAX_LETTERS, NOTE_LENGTH
from lms.web.forms import Form, choices

_NOTE = "Ne değişti, neden? Yayımlayacak kişi önce bunu okur."


class DraftForm(Form):
    """What every editing has: what it started from, and why."""

    expected = HiddenField()
    note = StringField("Değişikliğin açıklaması", [InputRequired("Ne değiştiğini kısaca yazın."), Length(*NOTE_LENGTH)], description=_NOTE)  # fmt: skip


class TextForm(DraftForm):
    """A document, or one slide of it, as text."""

    body = TextAreaField("Metin", [InputRequired("Metin boş olamaz."), Length(max=MAX_LETTERS)])


class QuestionForm(DraftForm):
    """One question. A computed one has no options: they come from the tariff."""

    stem = TextAreaField("Soru", [InputRequired("Sorunun metnini yazın."), Length(max=2000)])
    answer = TextAreaField("Doğru yanıt", [Length(max=500)])
    first = TextAreaField("1. çeldirici", [Length(max=500)])
    second = TextAreaField("2. çeldirici", [Length(max=500)])
    third = TextAreaField("3. çeldirici", [Length(max=500)])
    explanation = TextAreaField("Doğru yanıtın nedeni", [InputRequired("Açıklamayı yazın."), Length(max=2000)])  # fmt: skip
    difficulty = IntegerField("Güçlük (1-3)", [NumberRange(1, 3, "1, 2 ya da 3 yazın.")])
    lesson = StringField("Ders", [Length(max=120)], description="Konunun dersinden başkaysa: ders kodu, ya da prim#taban gibi slaydıyla.")  # fmt: skip
    sources = TextAreaField("Kaynaklar", [Length(max=4000)], description="Her satıra bir kaynak: belge | ddas-faq | söz: …")  # fmt: skip
    cells = TextAreaField("Dayandığı tarife hücreleri", [Length(max=4000)], description="Her satıra bir adres: DDAS-TT-2020:min_premium")  # fmt: skip
    starts = DateField("Sorulabileceği ilk gün", [Optional()])
    ends = DateField("Artık sorulmayacağı gün", [Optional()], description="Bugünü anlatan soru, değişikliğin yürürlük günü bankadan çıkar.")  # fmt: skip
    claims = SelectField("Soru bugünü mü anlatıyor?", choices=choices([("", "Hayır, tarihini söylüyor"), ("current", "Evet, yürürlükteki kuralı soruyor")]))  # fmt: skip


class DecisionForm(Form):
    """Why a proposal goes back."""

    reason = StringField("Gerekçe", [InputRequired("Gerekçeyi yazın; yazar bunu okur."), Length(*NOTE_LENGTH)])


class PublishForm(Form):
    """What is published together, and why."""

    note = StringField("Yayının açıklaması", [InputRequired("Bu yayında ne değiştiğini yazın."), Length(*NOTE_LENGTH)])
