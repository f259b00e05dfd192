"""Lesson files: what they say, and what is said about a broken one (file, line, reason)."""

import shutil
from pathlib import Path

import pytest

from lms.core.sources import BrokenSource, Folder
from lms.courses import services
from lms.courses.formats.blocks import BLOCKS, DRAWN
from lms.courses.formats.course import read_course
from lms.tariff.loader import load as load_tariffs

ROOT = Path(__file__).parents[2]
AUTHORED = Folder(ROOT)
TARIFFS = load_tariffs(AUTHORED)

LESSON = """code: bir
title: Birinci ders
summary: Deneme dersi.
as_of: 2025-01-08
"""
CHECK = """questions:
  - stem: "Oran %{{DDAS-TT-2020:premium/0-3.000.000/120}} mi?"
    answer: Evet
    distractors: [Hayır, Belki, Bilinmez]
    explanation: Tabloda yazar.
    slide: tablo
  - {stem: İki mi?, answer: İki, distractors: [Bir, Üç, Dört], explanation: Sayın., slide: baslik}
  - {stem: Üç mü?, answer: Üç, distractors: [Bir, İki, Dört], explanation: Sayın., slide: tablo}
"""
SLIDES = """# Başlık
id: baslik
layout: cover

???
Bu bir cümledir.
---
# Tablo
id: tablo
```table
head: [Vade, Oran]
rows:
  - [120 gün, "0,50"]
mark: ["1,2"]
```
- Bir madde

???
Tabloyu okuyalım.
"""


@pytest.fixture
def course(tmp_path):
    lessons = tmp_path / "content" / "programmes" / "deneme" / "lessons"
    (lessons / "01-bir").mkdir(parents=True)
    (lessons / "course.yaml").write_text("title: Deneme\nspoken: {TL: lira}\n", "utf-8")
    (lessons / "01-bir" / "lesson.yaml").write_text(LESSON, "utf-8")
    (lessons / "01-bir" / "slides.md").write_text(SLIDES, "utf-8")
    (lessons / "01-bir" / "check.yaml").write_text(CHECK, "utf-8")
    return lessons


def read(lessons):
    return read_course(Folder(lessons.parents[3]), "deneme", TARIFFS)


def faults(lessons):
    with pytest.raises(BrokenSource) as broken:
        read(lessons)
    return [str(fault) for fault in broken.value.faults]


def test_a_lesson_is_read(course):
    found = read(course)
    assert (found.programme, found.title) == ("deneme", "Deneme")
    (lesson,) = found.lessons
    assert (lesson.code, lesson.number, lesson.title) == ("bir", 1, "Birinci ders")
    cover, table = lesson.slides
    assert (cover.layout, cover.sentences[0].shown) == ("cover", "Bu bir cümledir.")
    assert table.block is not None
    assert table.block.data["rows"] == [["120 gün", "0,50"]]
    assert table.bullets == ("Bir madde",)


def test_narration_beside_the_slides_replaces_it(course):
    (course / "01-bir" / "narration").mkdir()
    (course / "01-bir" / "narration" / "tablo.txt").write_text("Başka bir anlatım. 5 TL.", "utf-8")
    assert [s.said for s in read(course).lessons[0].slides[1].sentences] == ["Başka bir anlatım.", "beş lira."]


WHERE = "content/programmes/deneme/lessons/01-bir"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('mark: ["1,2"]', 'mark: ["3,2"]', 11, "'mark' names a cell"),
        ('- [120 gün, "0,50"]', "- [120 gün]", 13, "the row has 1 cells, the head 2"),
        ("head: [Vade, Oran]", "head: [Vade, Oran", 12, "not YAML"),
        ("head: [Vade, Oran]", "heads: [Vade, Oran]", 11, "unknown key 'heads'"),
        ("head: [Vade, Oran]", "head: [{{A:b}}, Oran]", 11, "a reference {{...}} stands in quotes"),
        ("```table", "```tablo", 10, "unknown block 'tablo'"),
        ("# Tablo\n", "\n", 8, "a slide without a title"),
        ("# Tablo\n", "# Tablo\n# İki\n", 9, "a second title"),
        ("id: tablo", "id: Tablo 1", 9, "an id is made of a-z, 0-9 and single hyphens"),
        ("id: tablo\n", "\n", 8, "a slide without an id"),
        ("id: tablo", "id: baslik", 8, "the slide id 'baslik' stands twice"),
        ("layout: cover", "layout: kapak", 1, "unknown layout 'kapak'"),
        ("Tabloyu okuyalım.", "", 8, "no narration"),
        ("Tabloyu okuyalım.", "Tabloyu okuyalım", 8, "a sentence without an end"),
        ("- Bir madde", "Bir madde", 16, "not understood: 'Bir madde'"),
        ("- Bir madde", "- {{YOK:premium}}", 16, "YOK"),
        ('"0,50"', '"{{DDAS-TT-2020:premium/7-8/120}}"', 13, "premium/7-8/120"),
        ("Tabloyu okuyalım.", "Bir.\nTabloyu {{DDAS-TT-2020:yok}} okuyalım.", 20, "yok"),
        ("```\n- Bir madde", "- Bir madde", 10, "the block is not closed"),
    ],
)
def test_R079_a_broken_slide_is_named_with_file_line_and_reason(course, old, new, line, reason):
    path = course / "01-bir" / "slides.md"
    assert old in SLIDES
    path.write_text(SLIDES.replace(old, new, 1), "utf-8")
    found = faults(course)
    assert any(fault.startswith(f"{WHERE}/slides.md:{line}: ") and reason in fault for fault in found), found


def test_faults_of_the_lesson_file(course):
    path = course / "01-bir" / "lesson.yaml"
    path.write_text(LESSON.replace("code: bir", "code: Bir Ders") + "yazar: kim\n", "utf-8")
    found = faults(course)
    assert f"{WHERE}/lesson.yaml:1: a code is made of a-z, 0-9 and single hyphens" in found
    assert any("lesson.yaml:5: unknown key 'yazar'" in fault for fault in found)


def test_a_code_is_used_once_and_folders_have_names(course):
    shutil.copytree(course / "01-bir", course / "02-iki")
    shutil.copytree(course / "01-bir", course / "uc")
    found = faults(course)
    assert any("the code 'bir' is taken by 01-bir" in fault for fault in found)
    assert any("is called NN-slug" in fault for fault in found)


def test_references_are_replaced_and_noted_with_their_places(course):
    (course / "01-bir" / "lesson.yaml").write_text(
        LESSON.replace("Deneme dersi.", '"Oran %{{DDAS-TT-2020:premium/0-3.000.000/120}}."'), "utf-8"
    )
    slides = SLIDES.replace("Bu bir cümledir.", "Önce bu.\nPrim en az {{DDAS-TT-2020:min_premium}} TL'dir.")
    slides = slides.replace('"0,50"', '"%{{DDAS-TT-2020:premium/0-3.000.000/120}}"').replace(
        "- Bir madde", "- Kat {{DDAS-TT-2020:premium/0-3.000.000/multiple}}"
    )
    (course / "01-bir" / "slides.md").write_text(slides, "utf-8")
    (lesson,) = read(course).lessons
    assert lesson.summary == "Oran %0,50."
    assert lesson.slides[0].sentences[1].shown == "Prim en az 2.000 TL'dir."
    assert lesson.slides[0].sentences[1].said == "Prim en az iki bin liradır."
    assert lesson.slides[1].block.data["rows"] == [["120 gün", "%0,50"]]
    assert lesson.checks[0].stem == "Oran %0,50 mi?"
    rate = "DDAS-TT-2020:premium/0-3.000.000/120"
    assert {(one.slide, one.place): (one.start, one.end, one.shown, one.address) for one in lesson.all_cited} == {
        ("", "summary"): (6, 10, "0,50", rate),
        ("", "checks/0/stem"): (6, 10, "0,50", rate),
        ("baslik", "narration/1"): (11, 16, "2.000", "DDAS-TT-2020:min_premium"),
        ("tablo", "block/rows/0/1"): (1, 5, "0,50", rate),
        ("tablo", "bullets/0"): (4, 6, "30", "DDAS-TT-2020:premium/0-3.000.000/multiple"),
    }


def test_a_table_and_a_curve_are_drawn_from_the_tariff(course):
    body = SLIDES[SLIDES.index("```table") : SLIDES.index("- Bir madde")]
    asked = '```tariff-table\nversion: DDAS-TT-2020\ntable: premium\nrows: ["3.000.001-5.000.000"]\nterms: [120, 180]\nmark: ["3.000.001-5.000.000/180"]\n```\n'
    (course / "01-bir" / "slides.md").write_text(SLIDES.replace(body, asked), "utf-8")
    (table,) = read(course).lessons[0].slides[1:]
    assert table.block.kind == "table"
    assert table.block.data["head"] == ["Vadeli satış cirosu (TL)", "120 gün", "180 gün"]
    assert table.block.data["rows"] == [["3.000.001 – 5.000.000", "0,45", "0,70"]]
    assert table.block.data["mark"] == [[1, 3]]
    assert [(one.place, one.address) for one in table.cited] == [
        ("block/rows/0/1", "DDAS-TT-2020:premium/3.000.001-5.000.000/120"),
        ("block/rows/0/2", "DDAS-TT-2020:premium/3.000.001-5.000.000/180"),
    ]
    drawn = "```curve\n{version: DDAS-TT-2020, days: 120, upto: 4000000}\n```\n"
    (course / "01-bir" / "slides.md").write_text(SLIDES.replace(body, drawn), "utf-8")
    curve = read(course).lessons[0].slides[1].block
    assert curve.data["lines"] == [
        [[0, 2000], [400_000, 2000], [3_000_000, 15_000]],
        [[3_000_000, 13_500], [4_000_000, 18_000]],
    ]
    assert curve.data["rows"][0] == ["0 – 3.000.000", "0,50", "2.000", "15.000", "1.500"]
    for broken, reason in (
        (asked.replace("DDAS-TT-2020", "YOK"), "there is no tariff YOK"),
        (asked.replace("[120, 180]", "[90]"), "no column '90'"),
        (asked.replace("rows: [", 'rows: ["1-2", '), "no row '1-2'"),
        (asked.replace("DDAS-TT-2020", "DDAS-T-2023"), "does not know this table"),
        (drawn.replace("120", "90"), "no curve for 90 days"),
    ):
        (course / "01-bir" / "slides.md").write_text(SLIDES.replace(body, broken), "utf-8")
        assert any(reason in fault for fault in faults(course)), broken


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("[Hayır, Belki, Bilinmez]", "[Hayır, Belki]", 2, "2 distractors"),
        ("[Hayır, Belki, Bilinmez]", "[Hayır, Belki, evet]", 2, "two options are equal"),
        ("slide: baslik", "slide: yok", 7, "the lesson has no slide 'yok'"),
        ("{{DDAS-TT-2020:premium/0-3.000.000/120}}", "{{YOK:premium}}", 2, "YOK"),
        ("answer: Evet", "cevap: Evet", 3, "unknown key 'cevap'"),
        ("  - {stem: Üç mü?, answer: Üç, distractors: [Bir, İki, Dört], explanation: Sayın., slide: tablo}\n", "", 1, "2 questions"),
    ],
)  # fmt: skip
def test_a_broken_check_question_is_named_with_file_line_and_reason(course, old, new, line, reason):
    assert old in CHECK
    (course / "01-bir" / "check.yaml").write_text(CHECK.replace(old, new, 1), "utf-8")
    found = faults(course)
    assert any(fault.startswith(f"{WHERE}/check.yaml:{line}: ") and reason in fault for fault in found), found


def test_a_recording_of_no_slide_is_a_fault(course):
    (course / "01-bir" / "narration").mkdir()
    (course / "01-bir" / "narration" / "02.txt").write_text("Boşuna.", "utf-8")
    assert any("narration/02.txt:1: no slide of this lesson has this id" in fault for fault in faults(course))


def test_a_recording_must_be_a_wav(course):
    (course / "01-bir" / "narration").mkdir()
    (course / "01-bir" / "narration" / "baslik.wav").write_bytes(b"no sound")
    assert any("narration/baslik.wav:1: not a WAV file" in fault for fault in faults(course))


# --- the lessons that we ship -------------------------------------------------------------------------------------


def test_R078_the_course_covers_the_product_and_the_three_screens():
    (course,) = services.check(AUTHORED)
    lessons = {lesson.code: lesson for lesson in course.lessons}
    assert {"sistem", "teminat", "prim", "ekranlar"} <= lessons.keys()
    titles = " ".join(slide.title.lower() + slide.kicker.lower() for slide in lessons["ekranlar"].slides)
    for screen in ("teklif başvuru", "teklif sorgulama", "poliçe sorgulama"):
        assert screen in titles
    kinds = {slide.block.kind for lesson in course.lessons for slide in lesson.slides if slide.block}
    assert kinds <= BLOCKS.keys() | DRAWN.keys()
