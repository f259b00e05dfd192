from datetime import date

import pytest

from lms.core.sources import BrokenSource, Fault, parse, raise_if_broken, read


def test_parts_know_their_lines():
    faults: list[Fault] = []
    root = parse(b"a: 1\nb:\n  - x: metin\n  - x: 2020-03-25\n", "f.yaml", faults)
    assert root is not None
    first, second = root.items("b")
    assert (root.need("a", int, 0), first.need("x", str, ""), second.need("x", date, date.min)) == (
        1,
        "metin",
        date(2020, 3, 25),
    )
    assert second.line == 4
    assert not faults


def test_every_fault_is_kept_with_its_place():
    faults: list[Fault] = []
    root = parse(b"a: bir\nzz: 1\nb: 3\n", "f.yaml", faults)
    assert root is not None
    root.only("a", "b", "c")
    assert root.need("a", int, 7) == 7
    root.items("b")
    root.need("c", str, "")
    assert [(f.line, f.reason) for f in sorted(faults)] == [
        (1, "'c' is missing"),
        (1, "a whole number is expected here"),
        (2, "unknown key 'zz'; known: a, b, c"),
        (3, "a list is expected here"),
    ]
    with pytest.raises(BrokenSource, match=r"f\.yaml:2: unknown key"):
        raise_if_broken(faults)


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"a: 1\na: 2\n", 2, "stands twice"),
        (b"a: [1\n", 2, "not YAML"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"", 1, "empty"),
        (b"a: &x [1]\nb: *x\n", 2, "aliases"),
        (b"a: !!python/object:os.system x\n", 1, "not YAML"),
        (b"[" * 5000, 1, "not YAML"),
    ],
)
def test_what_is_no_usable_yaml_is_a_fault(data, line, reason):
    faults: list[Fault] = []
    parse(data, "f.yaml", faults)
    assert faults[0].line == line
    assert reason in str(faults[0])


def test_a_missing_or_huge_file_is_a_fault(tmp_path):
    faults: list[Fault] = []
    assert read(tmp_path / "yok.yaml", "yok.yaml", faults) is None
    (tmp_path / "big.yaml").write_bytes(b"a" * 1_000_001)
    assert read(tmp_path / "big.yaml", "big.yaml", faults) is None
    assert [f.file for f in faults] == ["yok.yaml", "big.yaml"]
