"""Lesson files: what they say, and what is said about a broken one (file, line, reason)."""

import shutil
from pathlib import Path

import pytest

from lms.core.sources import BrokenSource, Folder
from lms.courses import services
from lms.courses.formats import BLOCKS, read_course
from lms.tariff.loader import load as load_tariffs

ROOT = Path(__file__).parents[2]
AUTHORED = Folder(ROOT)

LESSON = """code: bir
title: Birinci ders
summary: Deneme dersi.
as_of: 2025-01-08
"""
SLIDES = """# Başlık
layout: cover

???
Bu bir cümledir.
---
# Tablo

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
    return lessons


def read(lessons):
    return read_course(Folder(lessons.parents[3]), "deneme")


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
    (course / "01-bir" / "narration" / "02.txt").write_text("Başka bir anlatım. 5 TL.", "utf-8")
    assert [s.said for s in read(course).lessons[0].slides[1].sentences] == ["Başka bir anlatım.", "beş lira."]


WHERE = "content/programmes/deneme/lessons/01-bir"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('mark: ["1,2"]', 'mark: ["3,2"]', 10, "'mark' names a cell"),
        ('- [120 gün, "0,50"]', "- [120 gün]", 12, "the row has 1 cells, the head 2"),
        ("head: [Vade, Oran]", "head: [Vade, Oran", 11, "not YAML"),
        ("head: [Vade, Oran]", "heads: [Vade, Oran]", 10, "unknown key 'heads'"),
        ("```table", "```tablo", 9, "unknown block 'tablo'"),
        ("# Tablo\n", "\n", 7, "a slide without a title"),
        ("# Tablo\n", "# Tablo\n# İki\n", 8, "a second title"),
        ("layout: cover", "layout: kapak", 1, "unknown layout 'kapak'"),
        ("Tabloyu okuyalım.", "", 7, "no narration"),
        ("Tabloyu okuyalım.", "Tabloyu okuyalım", 7, "a sentence without an end"),
        ("- Bir madde", "Bir madde", 15, "not understood: 'Bir madde'"),
        ("```\n- Bir madde", "- Bir madde", 9, "the block is not closed"),
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


def test_a_recording_must_be_a_wav(course):
    (course / "01-bir" / "narration").mkdir()
    (course / "01-bir" / "narration" / "01.wav").write_bytes(b"no sound")
    assert any("narration/01.wav:1: not a WAV file" in fault for fault in faults(course))


# --- the lessons that we ship -------------------------------------------------------------------------------------


def test_R078_the_course_covers_the_product_and_the_three_screens():
    (course,) = services.check(AUTHORED)
    lessons = {lesson.code: lesson for lesson in course.lessons}
    assert {"sistem", "teminat", "prim", "ekranlar"} <= lessons.keys()
    titles = " ".join(slide.title.lower() + slide.kicker.lower() for slide in lessons["ekranlar"].slides)
    for screen in ("teklif başvuru", "teklif sorgulama", "poliçe sorgulama"):
        assert screen in titles
    assert {slide.block.kind for lesson in course.lessons for slide in lesson.slides if slide.block} <= BLOCKS.keys()


def test_every_number_of_the_tariff_tables_is_the_tariffs():
    tariff = load_tariffs(AUTHORED).version("DDAS-TT-2020")
    assert tariff is not None
    prices = next(lesson for lesson in read_course(AUTHORED, "ddta").lessons if lesson.code == "prim")
    checked = 0
    for slide in prices.slides:
        if (
            slide.block is None
            or slide.block.kind != "table"
            or "Vadeli satış cirosu (TL)" not in slide.block.data["head"]
        ):
            continue
        for row in slide.block.data["rows"]:
            band = row[0].replace(" – ", "-")
            for head, cell in zip(slide.block.data["head"][1:], row[1:], strict=True):
                address = f"premium/{band}/{head.split()[0]}" if head.endswith("gün") else f"limits/{band}"
                assert tariff.cell(address).text == cell
                checked += 1
    assert checked == 6 * 4 + 6


def test_a_lesson_cannot_show_another_number_than_the_tariff(tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(ROOT / "content", copy)
    path = copy / "programmes/ddta/lessons/05-prim-ve-tarife/lesson.yaml"
    path.write_text(path.read_text("utf-8").replace('shows: "0,45"', 'shows: "0,54"'), "utf-8")
    with pytest.raises(BrokenSource) as broken:
        services.check(Folder(tmp_path))
    assert "05-prim-ve-tarife/lesson.yaml:" in str(broken.value)
    assert "premium/3.000.001-5.000.000/120 is 0,45, the lesson shows 0,54" in str(broken.value)
