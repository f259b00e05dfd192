"""Questions from and to other programs: round trips, the real files of other programs, hostile ones."""

import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core.sources import BrokenSource, Folder
from lms.questions import loader
from lms.questions.formats import aiken, bank, gift, moodle, qti
from lms.questions.formats.item import MAX_BYTES, Exchange, Item, Lost
from lms.questions.rules.question import Table
from lms.tariff.loader import load

AUTHORED = Folder(Path())
CATALOGUE = load(AUTHORED)
BANK = loader.load(AUTHORED, CATALOGUE)
KNOWN = {question.code: question for question in BANK.questions}
SAMPLES = Path("../shared/samples")
samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared with files of other programs is absent")
HERE = bank.Defaults("prim", "prim", 1, {"document": "ddas-faq", "place": "deneme"}, ("DDAS-FAQ:product",))

words = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)  # fmt: skip
codes = st.from_regex(r"[a-z]{2,6}-[0-9]{3}", fullmatch=True)
tables = st.builds(
    lambda head, rows: Table("Oranlar", tuple(head), tuple(tuple(row) for row in rows)),
    st.just(["Ciro", "120 gün"]),
    st.lists(st.lists(words, min_size=2, max_size=2), min_size=1, max_size=3),
)


@st.composite
def items(draw):
    options = draw(st.lists(words, min_size=2, max_size=5, unique=True))
    return Item(
        place="",
        name=draw(codes),
        stem="\n".join(draw(st.lists(words, min_size=1, max_size=3))),
        options=tuple(options),
        key=draw(st.integers(0, len(options) - 1)),
        explanation=draw(st.just("") | words),
        category="ddta/prim",
        tags=tuple(draw(st.lists(words, max_size=3, unique=True))),
        table=draw(st.none() | tables),
    )


def bare(item):
    return replace(item, place="")


@settings(max_examples=150)
@given(st.lists(items(), min_size=1, max_size=4))
def test_gift_carries_everything(written):
    read = gift.read(gift.write(written).encode(), "x.gift")
    assert (read.left, read.lost) == ([], [])
    assert [bare(item) for item in read.items] == written


@settings(max_examples=150)
@given(st.lists(items(), min_size=1, max_size=4))
def test_moodle_xml_carries_everything(written):
    read = moodle.read(moodle.write(written), "x.xml")
    assert (read.left, read.lost) == ([], [])
    assert [bare(item) for item in read.items] == written


@settings(max_examples=150)
@given(st.lists(items(), min_size=1, max_size=4))
def test_aiken_carries_stem_options_and_key_and_names_the_rest(written):
    text, said = aiken.write(written)
    read = aiken.read(text.encode(), "x.txt")
    assert len(said.items) + len(said.left) == len(written)
    assert {item.name for item in written if item.table} <= {left.name for left in said.left}
    shown = [(" ".join(item.stem.split()), item.options, item.key) for item in said.items]
    assert [(item.stem, item.options, item.key) for item in read.items] == shown


@pytest.mark.parametrize(
    ("write", "read"), [(lambda i: gift.write(i).encode(), gift.read), (moodle.write, moodle.read)]
)
def test_our_own_bank_comes_back_as_it_was(write, read):
    said = bank.items_of(BANK.questions)
    back = read(write(said.items), "bank")
    assert (back.left, back.lost) == ([], [])
    assert [bare(item) for item in back.items] == [bare(item) for item in said.items]
    taken = bank.take(back, AUTHORED, KNOWN, "ddta", HERE)
    assert (taken.new, sorted(taken.same)) == ((), sorted(KNOWN))
    assert all(taken.documents[name] == AUTHORED[name] for name in taken.documents)


def test_the_export_names_the_computed_questions_whose_numbers_stay_behind():
    said = bank.items_of(BANK.questions)
    assert {lost.name for lost in said.lost} == {question.code for question in BANK.questions if question.what}


FOREIGN = """// [tag:difficulty:2] [tag:yabancı]
::deneme::Prim taksitle ödenirse ilk ödeme ne zaman yapılır? {
=Poliçe başlarken ~Vade sonunda ~Hasarda ~[plain]%50 sonra
####Peşinat poliçe başlarken ödenir.}

Kırmızı mı? {T}

::iki::Seçin {=a =b ~c ~d}

::kısa::Yazın {=evet}
"""


def test_a_foreign_question_gets_the_next_code_and_the_rest_is_told():
    taken = bank.take(gift.read(FOREIGN.encode(), "f.gift"), AUTHORED, KNOWN, "ddta", HERE)
    (code,) = taken.new
    read, faults = loader.check(taken.documents, CATALOGUE)
    assert faults == []
    added = next(question for question in read.questions if question.code == code)
    assert added.variants[0].options == ("Poliçe başlarken", "Vade sonunda", "Hasarda", "%50 sonra")
    assert (added.difficulty, added.lesson, added.sources[0].key) == (2, "prim", "ddas-faq")
    told = "\n".join(bank.report(taken.exchange))
    assert "true or false" in told
    assert "2 options are right" in told
    assert "short-answer" in told
    assert "tags (yabancı)" in told


def test_a_question_without_a_source_stops_the_whole_import():
    taken = bank.take(gift.read(FOREIGN.encode(), "f.gift"), AUTHORED, KNOWN, "ddta", bank.Defaults("prim", "prim"))
    assert any("a source is missing" in fault.reason for fault in loader.check(taken.documents, CATALOGUE)[1])


def test_a_changed_wording_of_a_known_code_is_not_taken():
    (item,) = bank.items_of([next(q for q in BANK.questions if not q.what)]).items
    read = gift.read(gift.write([replace(item, stem="Başka bir soru mu?")]).encode(), "f.gift")
    taken = bank.take(read, AUTHORED, KNOWN, "ddta", HERE)
    assert (taken.new, taken.same) == ((), ())
    assert "other words" in taken.exchange.left[0].why


# --- traps of the formats -----------------------------------------------------------------------------------------


def one(read):
    (item,) = read.items
    return item


def test_gift_percent_signs_entities_and_missing_words():
    item = one(gift.read(b"Oran {=[plain]%50 ~%%50 ~[html]&\\#37;30 ~%-25%%10} olur.", "x"))
    assert item.stem == "Oran _____ olur."
    assert item.options[0] == "%50"
    assert item.options[2] == "%30"


@pytest.mark.parametrize(
    ("text", "line"),
    [("::a::Soru {=doğru ~yanlış", 1), ("\n\nSoru }=doğru ~yanlış{", 3), ("Soru =doğru ~yanlış}", 1)],
)
def test_gift_braces_that_do_not_match_name_the_line(text, line):
    with pytest.raises(BrokenSource) as refused:
        gift.read(text.encode(), "x.gift")
    assert [fault.line for fault in refused.value.faults] == [line]


def test_a_file_in_windows_1254_is_refused_with_a_hint():
    for read in (gift.read, aiken.read):
        with pytest.raises(BrokenSource, match="Windows-1254"):
            read("Sığorta {=ş ~ı}".encode("windows-1254"), "x")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Soru?\nA) bir\nB) iki\nANSWER: Z", 4, "names one of the options"),
        ("Soru?\nA) bir\nB) iki\nANSWER: A, B", 4, "names one of the options"),
        ("Soru iki\nsatır?\nA) bir\nB) iki\nANSWER: A", 2, "a stem is one line"),
        ("Soru?\nA) bir\nB) iki", 1, "no ANSWER"),
        ("ANSWER: A", 1, "without a question"),
        ("Soru?\nA) bir\nC) üç\nANSWER: A", 3, "in order"),
    ],
)
def test_aiken_names_the_line_that_does_not_fit(text, line, reason):
    with pytest.raises(BrokenSource) as refused:
        aiken.read(text.encode(), "x.txt")
    assert any(fault.line == line and reason in fault.reason for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ('<questiontext><text>&lt;img src="x.png"&gt; S?</text></questiontext>', "picture"),
        ("<single>false</single>", "several options"),
        ('<answer fraction="50"><text>c</text></answer>', "part of the points"),
        ('<answer fraction="100"><text>c</text></answer>', "2 options are right"),
        ('<answer fraction="çok"><text>c</text></answer>', "a fraction is"),
    ],
)
def test_moodle_xml_leaves_out_what_a_single_choice_cannot_hold(inside, why):
    text = f"""<quiz><question type="multichoice"><name><text>n</text></name>{inside}
      <questiontext><text>S?</text></questiontext>
      <answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer></question></quiz>"""
    read = moodle.read(text.encode(), "x.xml")
    assert read.items == []
    assert why in read.left[0].why


# --- hostile files ------------------------------------------------------------------------------------------------

BOMB = b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><quiz>&b;</quiz>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/hostname">]><quiz>&x;</quiz>'


def package(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(name.replace("__", "/"), body)
    return data.getvalue()


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, b"<quiz>", b"", b"\x00\x01", b"<quiz/>" + b" " * MAX_BYTES])
@pytest.mark.parametrize("read", [moodle.read, qti.read])
def test_hostile_and_broken_xml_is_refused(read, body):
    if (read, body[:8]) == (moodle.read, b"<quiz/> ") or body != b"<quiz/>":
        with pytest.raises(BrokenSource):
            read(body, "x.xml")


@pytest.mark.parametrize(
    "data",
    [
        package(**{"..__..__out.xml": "<a/>"}),
        package(**{"__etc__x.xml": "<a/>"}),
        package(**{f"f{number}.xml": "" for number in range(2_001)}),
        package(**{"big.xml": b"0" * 21_000_000}),
        package(**{"a.xml": BOMB}),
        b"PK\x03\x04 broken",
    ],
    ids=["slip", "absolute", "many", "large", "bomb", "broken"],
)
def test_hostile_packages_are_refused(data):
    with pytest.raises(BrokenSource):
        qti.read(data, "x.zip")


# --- files written elsewhere --------------------------------------------------------------------------------------


@samples
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("gift/*.gift")), ids=lambda path: path.name)
def test_real_gift_files_are_read_or_named_question_by_question(path):
    read = gift.read(path.read_bytes(), path.name)
    blocks = [b for b in gift._blocks(path.read_text("utf-8-sig").replace("\r", "")) if not b.lines[0].startswith("$")]
    assert len(read.items) + len(read.left) == len(blocks)
    assert all(one.why for one in read.left)


@samples
def test_real_moodle_files():
    counts = {path.name: moodle.read(path.read_bytes(), path.name) for path in sorted(SAMPLES.glob("moodlexml/*.xml"))}
    assert [len(read.items) for read in counts.values()] == [0, 1, 3]
    assert Counter(left.why for left in counts["sonsoleslp-test.xml"].left)["its type is truefalse"] == 3
    newton = counts["sonsoleslp-test.xml"].items[0]
    assert newton.options[newton.key] == "Newtons"


@samples
def test_a_real_aiken_file():
    text = (SAMPLES / "aiken/kevinuulong-readme.txt").read_bytes()
    assert aiken.read(text, "a").items


@samples
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("qti21/*.xml")), ids=lambda path: path.name)
def test_real_qti_files_are_read_or_refused_by_name(path):
    data = path.read_bytes()
    if not re.search(rb"<assessmentItem[\s>]", data):  # tests and templates are no items
        with pytest.raises(BrokenSource, match="holds no QTI 2"):
            qti.read(data, path.name)
        return
    read = qti.read(data, path.name)
    assert len(read.items) + len(read.left) == 1
    if path.name == "pie-mapping-disagrees-with-correct-response.xml":
        assert "mapping" in read.left[0].why
    if "multiple" in path.name or path.name == "qtiworks-choice-min.xml":
        assert "several options" in read.left[0].why


@samples
@pytest.mark.parametrize(
    "path", sorted([*SAMPLES.glob("qti3/*.xml"), *SAMPLES.glob("qti12-canvas/*.xml")]), ids=lambda p: p.name
)
def test_other_versions_of_qti_are_refused_by_their_name(path):
    with pytest.raises(BrokenSource, match=r"this is QTI (3|1\.2)|holds no QTI 2"):
        qti.read(path.read_bytes(), path.name)


def test_what_a_writing_lost_is_summed_up_unless_it_is_little():
    few = Exchange(lost=[Lost("hasar-004", "hasar-004", "with one of its 6 sets of numbers")])
    assert bank.told_of_writing(few) == ["hasar-004: written with one of its 6 sets of numbers"]
    many = Exchange(lost=[Lost(f"q-{n}", f"q-{n}", f"with one of its {n} sets of numbers") for n in range(2, 8)])
    assert bank.told_of_writing(many) == ["6 questions: written with one of their sets of numbers"]
