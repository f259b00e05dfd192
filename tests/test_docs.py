"""Documents that must stay true: the table of rules, links, the English catalogue."""

import re
import string
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from lms.practice.rules.tasks import ASK, DO
from lms.questions.rules.sums import KINDS
from lms.tariff.rules.versions import FACTS
from lms.web import messages
from tests import rules_table

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_of_rules_is_the_one_found() -> None:
    assert rules_table.TABLE.read_text("utf-8") == rules_table.render(), "run: python -m tests.rules_table"


def test_all_128_rules_are_listed() -> None:
    assert len(rules_table.titles()) == 128


def test_every_rule_has_a_test_or_is_open() -> None:
    tested = rules_table.places("tests", "*.py", skip=("tests/rules_table.py",))
    assert [rule for rule in rules_table.titles() if rule not in tested and rule not in rules_table.OPEN] == []


@pytest.mark.parametrize(
    "document", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
def test_links_inside_the_repository_lead_somewhere(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", path.read_text("utf-8"))
    assert [t for t in targets if not (path.parent / t).exists()] == []


@pytest.mark.parametrize(("head", "known"), [("statement", FACTS), ("`what`", KINDS), ("`do`", DO), ("`ask`", ASK)])
def test_the_guide_for_authors_lists_every_word_there_is(head: str, known: Iterable[str]) -> None:
    text = (ROOT / "docs/authoring.md").read_text("utf-8")
    (table,) = re.findall(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    listed = [word for line in table.splitlines() for word in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(listed) == sorted(known)


CATALOGUE = ROOT / "lms/translations/en/LC_MESSAGES/messages.po"
# What stands for a value, and the marks around it: the English sentence carries the same ones.
PLACES = re.compile(r"%\(\w+\)s|%%|\{\w+\}|</?\w+[^>]*>")


def _turkish_sentences() -> set[str]:
    """What `make messages` would extract: the same babel.cfg, the same keywords."""
    with (ROOT / "lms/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
    found = set()
    for _path, _line, text, _comments, _context in extract_from_dir(ROOT, methods, options, keywords):
        found.add(text if isinstance(text, str) else text[0])
    return found


def _catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_has_its_english_twin() -> None:
    catalogue = _catalogue()
    sentences = _turkish_sentences()
    assert len(sentences) > 700
    assert sorted(t for t in sentences if (entry := catalogue.get(t)) is None or not all(_english(entry))) == []


def test_english_sentences_keep_the_places_of_values() -> None:
    wrong = [
        english
        for entry in _catalogue()
        if entry.id
        for turkish in [entry.id if isinstance(entry.id, str) else entry.id[0]]
        for english in _english(entry)
        if sorted(PLACES.findall(turkish)) != sorted(PLACES.findall(english))
    ]
    assert wrong == []


def _english(entry: Message) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string)


def _fields(text: str) -> set[str]:
    """The values a sentence names; a holiday's name is another value in each language."""
    return {name.removesuffix("_en") for _, name, _, _ in string.Formatter().parse(text) if name}


def test_refusals_speak_both_languages_with_the_same_values() -> None:
    turkish, english = messages.table("tr"), messages.table("en")
    assert turkish.keys() == english.keys()
    assert [code for code in turkish if _fields(turkish[code]) != _fields(english[code])] == []
