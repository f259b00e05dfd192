"""The trail's words: whoever reads it finds no bare key where a Turkish word belongs."""

import ast
from pathlib import Path

from lms.privacy.rules.words import SUBJECTS


def _kinds(node: ast.AST) -> set[str]:
    """The kinds that stand first in a (kind, code) below this node."""
    pairs = (one for one in ast.walk(node) if isinstance(one, ast.Tuple) and len(one.elts) == 2)
    first = (pair.elts[0] for pair in pairs)
    return {one.value for one in first if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_each_kind_of_subject_that_the_trail_records_has_a_word() -> None:
    written = set()
    for path in (Path(__file__).resolve().parents[2] / "lms").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "subject":
                written |= _kinds(node.value)
    assert len(written) > 20, written
    assert sorted(written - SUBJECTS.keys()) == []
