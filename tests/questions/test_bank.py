"""The bank as it stands: what a board of examiners would check."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from lms.core.sources import Folder
from lms.questions.loader import check
from lms.questions.rules import Entry, draw
from lms.tariff.loader import load

CATALOGUE = load(Folder(Path()))
BANK, FAULTS = check(Folder(Path()), CATALOGUE)
DDTA = [question for question in BANK.questions if question.programme == "ddta"]


def test_the_bank_is_without_fault():
    assert FAULTS == []


def test_there_are_enough_questions_and_computed_ones():
    assert len(DDTA) >= 60
    assert sum(question.asks is not None for question in DDTA) >= 15


def test_every_question_has_four_options_a_key_an_explanation_and_a_source():
    for question in DDTA:
        assert len(set(question.options)) == 4
        assert question.explanation
        assert question.sources


def test_the_key_is_not_given_away_by_its_length():
    longest = [q for q in DDTA if len(q.options[0]) > max(len(option) for option in q.options[1:])]
    assert len(longest) / len(DDTA) < 0.4


def test_stems_are_not_twins():
    words = [re.sub(r"\W+", " ", question.stem.lower()) + str(question.options) for question in DDTA]
    assert [text for text, count in Counter(words).items() if count > 1] == []


def test_a_question_that_needs_rows_shows_them_as_a_table():
    for question in DDTA:
        if question.asks:
            assert question.table is not None, question.code
            assert any(word in question.table.caption for word in ("prim oranları", "kredi limiti"))


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


def test_process_facts_of_the_guide_are_not_asked():
    for question in DDTA:
        assert not re.search(r"533|Pazartesi|sınav hakkı|180 gün süreyle", question.stem), question.code


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
    assert len(shown) == 2
    by_code = {question.code: question for question in DDTA}
    for entry in shown:
        question = by_code[entry["code"]]
        assert (question.stem, question.options) == (entry["stem"], (entry["answer"], *entry["distractors"]))
