"""The desk tells every fault in Turkish: the sentences are found in the code that notes them, not listed again."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.editorial.rendering import fault_text
from lms.tariff.loader import SOURCES_FILE

READERS = ("core/sources.py", "tariff/loader.py", "tariff/rules/references.py", "courses/formats", "courses/rules/lesson.py", "practice/loader.py", "questions")  # fmt: skip
NOTING = {"fault": 0, "Fault": 2, "Left": 2, "Lost": 2, "BadReference": 0}
LISTS = ("faults", "reasons", "missing", "own")
# What stands at a place where neither a word nor a number would do.
PLACES = {"kind": "document", "SOURCES_FILE": SOURCES_FILE, "wanted": "a rate like 0,50", "place": "prim, difficulty 1", "when": "", "', '.join(kept)": "line breaks", "reason": "two options are equal", "error": "two options are equal", "error.code": "a source is missing"}  # fmt: skip


def sentences(node: ast.AST) -> Iterator[str]:
    """The sentences that an expression may be, with samples at the places of values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [[p.value] if isinstance(p, ast.Constant) else samples(p) for p in node.values]
        yield from ("".join(chosen) for chosen in itertools.product(*parts))
    elif isinstance(node, ast.IfExp):
        yield from (*sentences(node.body), *sentences(node.orelse))
    elif isinstance(node, ast.GeneratorExp | ast.ListComp):
        yield from sentences(node.elt)
    elif isinstance(node, ast.Tuple | ast.List):
        yield from itertools.chain(*map(sentences, node.elts))


def samples(place: ast.FormattedValue) -> list[str]:
    name = ast.unparse(place.value)
    found = [PLACES[name]] if name in PLACES else ["7", "x"]
    return [repr(one) for one in found] if place.conversion == ord("r") else found


def noted(tree: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    """Every expression that becomes a fault's reason, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            to = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            place = 0 if name == "append" and to in LISTS else NOTING.get(name)
            if place is not None and len(node.args) > place:
                yield node.lineno, node.args[place]
        elif isinstance(node, ast.FunctionDef) and node.name.endswith("faults"):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return | ast.Yield | ast.AugAssign) and inner.value is not None:
                    yield inner.lineno, inner.value


def every_reason() -> dict[tuple[str, int], list[str]]:
    files = [
        path
        for name in READERS
        for path in ([Path("lms", name)] if name.endswith(".py") else sorted(Path("lms", name).rglob("*.py")))
    ]
    found: dict[tuple[str, int], list[str]] = {}
    for path in files:
        for line, expression in noted(ast.parse(path.read_text("utf-8"))):
            if texts := [text for text in sentences(expression) if " " in text]:
                found.setdefault((path.as_posix(), line), []).extend(texts)
    return found


def test_every_fault_of_the_readers_is_told_in_turkish() -> None:
    reasons = every_reason()
    assert len(reasons) > 150
    assert {
        place: texts[0] for place, texts in reasons.items() if all(fault_text(text) == text for text in texts)
    } == {}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("prim-001: two options are equal", "prim-001: iki seçenek aynı"),
        (
            "hesap-001: turnover 7, days 120: 7 × 8 is not done in the head",
            "hesap-001: turnover 7, days 120: 7 × 8 akıldan yapılamaz",
        ),
        ("bilinmeyen bir söz", "bilinmeyen bir söz"),
    ],
)
def test_what_stands_before_the_colon_is_kept(reason: str, told: str) -> None:
    assert fault_text(reason) == told
