"""Documents that must stay true: the table of rules, links, the English catalogue."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

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


def _turkish_sentences() -> set[str]:
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = set()
    for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "lms").rglob("*.py")]:
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        for _line, text, _comments, _context in extract_from_file(
            method, str(path), keywords, options={"encoding": "utf-8", "trimmed": "true"}
        ):
            found.add(text if isinstance(text, str) else text[0])
    return found


def test_every_sentence_has_its_english_twin() -> None:
    with (ROOT / "lms/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    missing = sorted(
        text for text in _turkish_sentences() if (entry := catalogue.get(text)) is None or not entry.string
    )
    assert missing == []


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_refusals_speak_both_languages_with_the_same_values() -> None:
    turkish, english = messages.table("tr"), messages.table("en")
    assert turkish.keys() == english.keys()
    assert [code for code in turkish if _fields(turkish[code]) != _fields(english[code])] == []
