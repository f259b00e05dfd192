"""The bank as it stands: what a board of examiners would check."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from lms.core.sources import Folder
from lms.questions.loader import check
from lms.questions.rules.drawing import Entry, draw, variant
from lms.questions.rules.sums import KINDS, countable
from lms.tariff.loader import load

CATALOGUE = load(Folder(Path()))
BANK, FAULTS = check(Folder(Path()), CATALOGUE)
DDTA = [question for question in BANK.questions if question.programme == "ddta"]


def test_the_bank_is_without_fault():
    assert FAULTS == []


COMPUTED = [question for question in DDTA if question.what]
VARIANTS = [(question.code, variant) for question in DDTA for variant in question.variants]
TARIFFS = {tariff.id: tariff for tariff in CATALOGUE.tariffs}


def test_there_are_enough_questions_and_computed_ones():
    assert len(DDTA) >= 150
    assert len(COMPUTED) >= 40


def test_every_question_has_four_options_a_key_an_explanation_and_a_source():
    assert all(question.sources for question in DDTA)
    for code, one in VARIANTS:
        assert len(set(one.options)) == 4, code
        assert one.explanation, code
        assert "{{" not in one.stem + one.explanation + "".join(one.options), code


def test_every_question_leads_to_the_slide_that_teaches_it_and_every_lesson_is_asked():
    """The check has seen that the slides exist; the eleven lessons are all asked."""
    assert all(question.slide for question in DDTA)
    assert {question.lesson for question in DDTA} == {
        "alacak-sigortasi", "sistem", "kobi", "teminat", "prim", "limit", "teklif-police", "hasar", "haklar", "reasurans", "ekranlar",
    }  # fmt: skip


def test_computed_questions_name_their_version_by_date_and_come_fresh():
    for question in COMPUTED:
        assert len({one.stem for one in question.variants}) == len(question.variants) >= 4
        for one in question.variants:
            tariff = TARIFFS[one.cites[0].address.partition(":")[0]]
            assert f"{tariff.from_day.day} " in one.stem
            assert str(tariff.from_day.year) in one.stem


def test_computed_questions_are_worked_again_and_done_in_the_head():
    for question in COMPUTED:
        for one in question.variants:
            tariff = TARIFFS[one.cites[0].address.partition(":")[0]]
            worked = KINDS[question.what].work(tariff, one.given)
            assert one.options[0] == worked.answer
            assert all(countable(*step) for step in worked.steps)
            slips = {(name, text) for name, text in worked.slips}
            assert set(zip(one.mistakes, one.options[1:], strict=True)) <= slips
            assert [cite.shown for cite in one.cites] == [
                tariff.cell(cite.address.partition(":")[2]).text for cite in one.cites
            ]


def test_no_historical_rate_is_called_current():
    for code, one in VARIANTS:
        if one.cites and one.cites[0].address.startswith("DDAS-TT-"):
            assert not re.search(r"yürürlük|bugün|güncel|hâlen", one.stem, re.IGNORECASE), code


def test_the_key_is_not_given_away_by_its_length():
    first = [(question.variants[0].options[0], question.variants[0].options[1:]) for question in DDTA]
    longest = [key for key, others in first if len(key) > max(map(len, others))]
    assert len(longest) / len(DDTA) < 0.4


def test_stems_are_not_twins():
    words = [re.sub(r"\W+", " ", one.stem.lower()) + str(one.options) for _, one in VARIANTS]
    assert [text for text, count in Counter(words).items() if count > 1] == []


def test_a_question_that_needs_rows_shows_them_as_a_table():
    for question in COMPUTED:
        for one in question.variants:
            if "turnover" in one.given:
                assert any(word in one.table.caption for word in ("prim oranları", "kredi limiti"))
                assert len(one.table.rows) == 3
                cell = one.cites[0].address.split("/")
                assert cell[1] in [row[0] for row in one.table.rows]
                assert one.cites[0].shown in [value for row in one.table.rows for value in row]


@pytest.mark.parametrize("day", [date(2025, 3, 3), date(2025, 11, 10)])
def test_papers_are_comparable_over_many_attempts(day):
    pool = [Entry(i, q.code, q.topic, q.difficulty) for i, q in enumerate(DDTA) if q.holds_on(day)]
    wanted = sorted(BANK.papers["ddta"])
    for candidate in range(20):
        used = set()
        for attempt in range(3):
            paper = draw(pool, BANK.papers["ddta"], used, f"{candidate}-{attempt}")
            assert sorted((entry.topic, entry.difficulty) for entry in paper) == wanted
            assert not used & {entry.id for entry in paper}
            used |= {entry.id for entry in paper}


def test_papers_are_comparable_and_every_question_of_a_slot_has_its_turn():
    day = date(2025, 3, 3)
    pool = [Entry(i, q.code, q.topic, q.difficulty) for i, q in enumerate(DDTA) if q.holds_on(day)]
    slots = BANK.papers["ddta"]
    drawn = Counter()
    for seed in range(2000):
        paper = draw(pool, slots, (), str(seed))
        assert Counter((entry.topic, entry.difficulty) for entry in paper) == Counter(slots)
        drawn.update(entry.code for entry in paper)
    for slot in set(slots):
        stock = [entry.code for entry in pool if (entry.topic, entry.difficulty) == slot]
        mean = 2000 * slots.count(slot) / len(stock)
        assert all(mean / 3 < drawn[code] < mean * 3 for code in stock), slot


def test_no_question_repeats_over_three_applications():
    pool = [Entry(i, q.code, q.topic, q.difficulty) for i, q in enumerate(DDTA) if q.holds_on(date(2025, 3, 3))]
    for candidate in range(20):
        used = set()
        for attempt in range(9):
            paper = {entry.id for entry in draw(pool, BANK.papers["ddta"], used, f"{candidate}-{attempt}")}
            assert len(paper) == 10
            assert not paper & used
            used |= paper


def test_two_papers_of_one_question_differ_in_numbers():
    for question in COMPUTED:
        count = len(question.variants)
        shown = [variant(str(seed), question.code, count) for seed in range(400)]
        assert set(shown) == set(range(count)), question.code
        assert max(Counter(shown).values()) < 3 * 400 / count


def test_process_facts_of_the_guide_are_not_asked():
    for code, one in VARIANTS:
        assert not re.search(r"533|Pazartesi|sınav hakkı|180 gün süreyle", one.stem), code


SEEDS = Path("../shared/seeds")


@pytest.mark.skipif(not SEEDS.is_dir(), reason="../shared is not here: quotes are not compared with their documents")
def test_every_quote_stands_in_its_document():
    texts = {path.stem: re.sub(r"\s+", " ", path.read_text("utf-8").replace("**", "")) for path in SEEDS.glob("*.txt")}
    missing = [
        (question.code, source.quote)
        for question in DDTA
        for source in question.sources
        if source.kind == "document" and source.quote and re.sub(r"\s+", " ", source.quote) not in texts[source.key]
    ]
    assert missing == []


def test_the_guide_for_authors_shows_questions_of_the_bank():
    blocks = re.findall(r"```yaml\n(.*?)```", Path("docs/authoring.md").read_text("utf-8"), re.DOTALL)
    shown = [entry for block in blocks if "- code:" in block for entry in yaml.safe_load(block)]
    shown = [entry for entry in shown if "stem" in entry]  # an exercise's firm is shown there too
    assert len(shown) == 2
    files = [yaml.safe_load(path.read_text("utf-8")) for path in Path("question_bank/ddta").glob("*.yaml")]
    written = {entry["code"]: entry for file in files for entry in file.get("questions", ())}
    for entry in shown:
        assert entry == {key: written[entry["code"]][key] for key in entry}
