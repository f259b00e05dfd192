"""Forms of the editor's desk."""

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.documents.rules import MAX_LETTERS, NOTE_LENGTH
from lms.web.forms import DayField, Form, choices

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
    starts = DayField("Sorulabileceği ilk gün", [Optional()])
    ends = DayField("Artık sorulmayacağı gün", [Optional()], description="Bugünü anlatan soru, değişikliğin yürürlük günü bankadan çıkar.")  # fmt: skip
    claims = SelectField("Soru bugünü mü anlatıyor?", choices=choices([("", "Hayır, tarihini söylüyor"), ("current", "Evet, yürürlükteki kuralı soruyor")]))  # fmt: skip


KINDS = [("gift", "GIFT"), ("moodle", "Moodle XML"), ("aiken", "Aiken"), ("qti", "QTI 2.1 (XML ya da paket)")]


class ImportForm(Form):
    """A file of another program; what its questions do not say."""

    file = FileField("Dosya", [FileRequired("Dosyayı seçin.")], description="UTF-8; en çok 5 MB.")
    kind = SelectField("Biçim", choices=choices(KINDS))
    topic = SelectField("Soruların gideceği konu")
    lesson = StringField("Ders", [Length(max=120)], description="Dersini söylemeyen sorular için; boşsa konunun dersi. prim#taban gibi.")  # fmt: skip
    difficulty = IntegerField("Güçlük (1-3)", [NumberRange(1, 3, "1, 2 ya da 3 yazın.")], default=1, description="Güçlüğünü söylemeyen sorular için.")  # fmt: skip
    source = StringField("Kaynak", [Length(max=500)], description="Kaynağını söylemeyen sorular için: belge | ddas-faq | söz: …")  # fmt: skip
    cell = StringField("Dayandığı hüküm", [Length(max=200)], description="Hücresini söylemeyen sorular için, adresiyle: DDAS-FAQ:product")  # fmt: skip
    note = StringField("Açıklama", [InputRequired("Ne eklendiğini kısaca yazın."), Length(*NOTE_LENGTH)], description=_NOTE)  # fmt: skip


class ExportForm(Form):
    """The published bank, or a topic of it, for another program."""

    form = SelectField("Dosya biçimi", choices=choices(KINDS[:3]))
    part = SelectField("Konu")


class DecisionForm(Form):
    """Why a proposal goes back."""

    reason = StringField("Gerekçe", [InputRequired("Gerekçeyi yazın; yazar bunu okur."), Length(*NOTE_LENGTH)])


class PublishForm(Form):
    """What is published together, and why."""

    note = StringField("Yayının açıklaması", [InputRequired("Bu yayında ne değiştiğini yazın."), Length(*NOTE_LENGTH)])
