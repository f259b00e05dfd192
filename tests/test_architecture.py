"""What import-linter cannot see: tables point down the stack, one commit, one clock, every view declares who may see it."""

import ast
import tomllib
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy.orm import configure_mappers

from lms.core.db import Base
from lms.web.access import rule_of

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "lms").rglob("*.py"))
PRODUCT = [path for path in SOURCES if "migrations" not in path.parts]
OPEN_ENDPOINTS = {"static", "openapi.spec"}


def _stack() -> dict[str, int]:
    """Feature -> height, read from the very contract that import-linter checks."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["name"].startswith("Features"))["layers"]
    names = [[name.strip(" ()") for name in layer.split("|")] for layer in reversed(layers)]
    return {name: height for height, layer in enumerate(names) for name in layer}


def _feature(module: str) -> str:
    return module.split(".")[1]


def test_foreign_keys_point_down_the_stack(app: APIFlask) -> None:
    configure_mappers()
    height = _stack()
    owner = {mapper.local_table.name: _feature(mapper.class_.__module__) for mapper in Base.registry.mappers}
    upward = [
        f"{table.name} -> {key.column.table.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if height[owner[key.column.table.name]] > height[owner[table.name]]
    ]
    assert upward == []


def test_relationships_point_down_the_stack(app: APIFlask) -> None:
    configure_mappers()
    height = _stack()
    upward = [
        str(relationship)
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
        if height[_feature(relationship.mapper.class_.__module__)] > height[_feature(mapper.class_.__module__)]
    ]
    assert upward == []


def _calls(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"))
    return [(ast.unparse(node.func), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _found(names: tuple[str, ...], allowed: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} {call}"
        for path in PRODUCT
        if path != ROOT / allowed
        for call, line in _calls(path)
        if call.endswith(names)
    ]


def test_only_core_db_commits() -> None:
    found = [row for row in _found((".commit",), "lms/core/db.py") if "bank_simulator" not in row]
    assert found == []


def test_only_core_clock_reads_the_wall_clock() -> None:
    assert _found(("datetime.now", "datetime.utcnow", "date.today", "time.time"), "lms/core/clock.py") == []


def test_imports_stand_at_the_top() -> None:
    """HOUSE.md: no imports hidden in functions to break a cycle; an exception carries its reason beside a noqa."""
    hidden = []
    for path in PRODUCT:
        lines = path.read_text("utf-8").splitlines()
        for function in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(function, ast.FunctionDef):
                inner = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
                hidden += [
                    f"{path.relative_to(ROOT)}:{n.lineno}"
                    for n in inner
                    if "noqa: PLC0415 - " not in lines[n.lineno - 1]
                ]
    assert hidden == []


def test_features_have_empty_inits() -> None:
    assert [
        str(p) for p in PRODUCT if p.name == "__init__.py" and p.stat().st_size and p.parent.name != "messages"
    ] == []


@pytest.mark.parametrize("limit", [500])
def test_files_have_one_subject(limit: int) -> None:
    long = {str(p.relative_to(ROOT)): n for p in PRODUCT if (n := len(p.read_text("utf-8").splitlines())) > limit}
    assert long == {}


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


def test_every_view_declares_who_may_see_it(app: APIFlask) -> None:
    assert [e for e in app.view_functions if e not in OPEN_ENDPOINTS and rule_of(e) is None] == []


def test_every_table_belongs_to_one_feature(app: APIFlask) -> None:
    owners = {mapper.local_table.name for mapper in Base.registry.mappers}
    assert set(Base.metadata.tables) == owners
