"""The course as it is written: each lesson keeps its measure, and the examples worked out on slides follow from the cells they cite."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from lms.core.sources import Folder
from lms.courses import services
from lms.tariff.loader import load
from lms.tariff.rules.versions import day_text, lira

AUTHORED = Folder(Path(__file__).parents[2])
(COURSE,) = services.check(AUTHORED)
LESSONS = {lesson.code: lesson for lesson in COURSE.lessons}
CATALOGUE = load(AUTHORED)


def value(address):
    return CATALOGUE.cell(address).value


def rows(code, slide):
    (found,) = [one for one in LESSONS[code].slides if one.id == slide]
    return [[cell.replace("*", "") for cell in row] for row in found.block.data["rows"]]


def test_the_syllabus_has_eleven_lessons_in_order():
    assert [lesson.number for lesson in COURSE.lessons] == list(range(1, 12))


@pytest.mark.parametrize("code", LESSONS)
def test_a_lesson_keeps_its_measure(code):
    lesson = LESSONS[code]
    words = sum(len(sentence.shown.split()) for slide in lesson.slides for sentence in slide.sentences)
    assert 9 <= len(lesson.slides) <= 13
    assert 380 <= words <= 520
    assert sum(slide.block is not None for slide in lesson.slides) * 2 >= len(lesson.slides)
    assert all(slide.source for slide in lesson.slides)
    assert (lesson.slides[0].layout, lesson.slides[-1].layout) == ("cover", "closing")


def test_the_days_of_a_claim_follow_from_its_periods():
    periods = value("DDAS-TT-2019:claims")
    day = date(2019, 4, 1) + timedelta(days=value("DDAS-TT-2019:terms.0"))
    longest, shortest = [day_text(day)], [day_text(day)]
    at_once = day
    for period in ("extension", "notice", "collection", "payment"):
        day += timedelta(days=periods[period])
        longest.append(day_text(day))
        if period in {"collection", "payment"}:
            at_once += timedelta(days=periods[period])
            shortest.append(day_text(at_once))
    table = rows("hasar", "takvim")
    assert [row[1] for row in table] == longest
    assert [row[2] for row in table if row[2] != "–"] == shortest


def test_the_fees_of_a_quote_follow_from_the_versions():
    old, changed, now = (value(f"{version}:query_fee") for version in ("DDAS-TT-2019", "DDAS-TT-2020", "DDAS-T-2024"))
    asked = old["insured"] + 8 * old["buyer"]
    assert [row[2:] for row in rows("teklif-police", "ucret-ornek")] == [
        [f"{asked + 8 * old['policy_buyer']} TL", f"{asked} TL"],
        ["0 TL", f"{changed['insured'] + 8 * changed['buyer']} TL"],
        ["0 TL", f"{8 * now['buyer']} TL"],
    ]


def test_the_ways_to_pay_follow_from_the_rule():
    premium, terms = 40_000, value("DDAS-T-2024:instalments")
    down = premium * terms["down_percent"] // 100
    cash = premium - premium * value("DDAS-T-2024:cash_discount") // 100
    each = (premium - down) // terms["count"]
    assert [row[2] for row in rows("haklar", "hesap")] == [f"{lira(sum_)} TL" for sum_ in (cash, down, each)]


def test_the_expenses_over_the_measure_are_carried_in_time():
    rule = value("DDAS-TT-2020:expense_rule")
    over = 26 - (180 + 20) * rule["percent"] // 100
    (slide,) = [one for one in LESSONS["reasurans"].slides if one.id == "tasima"]
    years = slide.block.data["items"]
    assert years[0]["title"] == f"{over} aşıldı"
    assert sum(int(year["title"].split()[0]) for year in years[1:]) == over
    assert len(years[1:]) == rule["carry_years"]
