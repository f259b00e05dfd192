"""Forms and files say the same: what was read and written again unchanged means the same, whatever it holds."""

from pathlib import Path

import pytest

from lms.core.sources import Changed, Folder
from lms.editorial import formats
from lms.questions.loader import check as check_bank
from lms.tariff.loader import check, load
from lms.tariff.rules.versions import FACTS, TABLES

AUTHORED = Folder(Path())
TARIFFS = [name for name in AUTHORED if name.startswith("content/tariffs/DDAS") and name.count("/") == 2]
TOPICS = [name for name in AUTHORED if name.startswith("question_bank/ddta/") and not name.endswith("paper.yaml")]


def text_of(name):
    return AUTHORED[name].decode()


@pytest.mark.parametrize("name", TARIFFS)
def test_a_version_goes_through_the_form_unchanged(name):
    text = text_of(name)
    written, faults = formats.tariff_text(formats.tariff_form(text, FACTS), text, TABLES)
    assert faults == []
    version = Path(name).stem
    catalogue, wrong = check(Changed(AUTHORED, {name: written.encode()}))
    assert wrong == []
    assert catalogue.version(version) == load(AUTHORED).version(version)


def test_a_fault_leads_to_the_field():
    name = "content/tariffs/DDAS-TT-2020.yaml"
    form = formats.tariff_form(text_of(name), FACTS)
    bad = dict(form.statements)
    bad["premium"] = formats.Statement(**{**_fields(bad["premium"]), "table": "ciro 120 kat\n0-3.000.000 0.50 30"})
    bad["deductible"] = formats.Statement(**{**_fields(bad["deductible"]), "value": "iki bin"})
    bad["claims"] = formats.Statement(status="unknown")
    bad["ceiling"] = formats.Statement(**{**_fields(bad["ceiling"]), "sources": "faq"})
    written, faults = formats.tariff_text(formats.TariffText({**form.head, "gazette_date": "yarın"}, bad), "", TABLES)
    assert faults == [("ceiling", "source line not understood: faq")]
    _catalogue, wrong = check(Changed(AUTHORED, {name: written.encode()}))
    found = {formats.field_at(written, fault.line) for fault in wrong}
    assert found == {"gazette", "premium", "deductible", "claims", "ceiling"}


def _fields(statement):
    return {name: getattr(statement, name) for name in formats.Statement.__slots__}


def test_sources_are_typed_a_line_each():
    text = "belge | ddas-faq | söz: en az %25’i | yer: m.3\nRG | 31079\nsayfa | a | not: b: c"
    sources, strange = formats.sources_of(text + "\nkitap | x\nbelge\nbelge | a | bilmem")
    assert sources == [
        {"document": "ddas-faq", "quote": "en az %25’i", "place": "m.3"},
        {"gazette": "31079"},
        {"page": "a", "note": "b: c"},
    ]
    assert strange == ["kitap | x", "belge", "belge | a | bilmem"]
    assert formats.source_lines(sources) == text


@pytest.mark.parametrize("name", TOPICS)
def test_every_question_can_be_written_in_its_place(name):
    text = text_of(name)
    catalogue = load(AUTHORED)
    before = {q.code: q for q in check_bank(AUTHORED, catalogue)[0].questions}
    for code in formats.questions_in(text):
        text = formats.with_question(text, code, {})
    bank, faults = check_bank(Changed(AUTHORED, {name: text.encode()}), catalogue)
    assert faults == []
    assert {q.code: q for q in bank.questions} == before


def test_one_question_changes_and_the_others_keep_their_lines():
    text = text_of("question_bank/ddta/prim.yaml")
    changed = formats.with_question(text, "prim-002", {"answer": "%12", "until": None})
    before, after = text.splitlines(), changed.splitlines()
    place = formats.questions_in(text)["prim-002"]
    assert before[: place.start - 1] == after[: place.start - 1]
    assert before[place.end - 1 :] == after[len(after) - (len(before) - place.end + 1) :]
    assert formats.questions_in(changed)["prim-002"].values["answer"] == "%12"


@pytest.mark.parametrize("name", [name for name in AUTHORED if name.endswith("slides.md")])
def test_a_slide_is_put_back_in_its_place(name):
    text = text_of(name)
    slides = formats.slides_in(text)
    assert formats.slides_in(formats.with_slide(text, 2, slides[1])) == slides
    assert formats.slides_in(formats.with_slide(text, 2, "# Yeni\r\n\r\n???\r\nSöz."))[1] == "# Yeni\n\n???\nSöz."
