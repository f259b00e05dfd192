"""R050, R052: provinces with their districts, and the institutions listed for each applicant type, from content/reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from lms.core.config import ROOT
from lms.core.sources import Fault, raise_if_broken, read
from lms.core.text import nfc, sort_key
from lms.enrolment.rules import INSTITUTION_MAX, ApplicantType

PROVINCES: Final = 81
DISTRICTS: Final = 973


@dataclass(frozen=True, slots=True)
class Reference:
    """Names in the order of the Turkish alphabet."""

    districts: Mapping[str, tuple[str, ...]]
    institutions: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The product's own reference data, read once per process."""
    faults: list[Fault] = []
    found = read_reference(ROOT / "content", faults)
    raise_if_broken(faults)
    return found


def read_reference(content: Path, faults: list[Fault]) -> Reference:
    """Read and check; faults are collected, with file, line and reason."""
    return Reference(_districts(content, faults), _institutions(content, faults))


def _districts(content: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    name = "reference/provinces.json"
    try:
        rows = json.loads((content / name).read_text("utf-8"))
        table = {nfc(row["name"]): tuple(sorted(map(nfc, row["districts"]), key=sort_key)) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        faults.append(Fault(name, line, f"cannot be read ({error})"))
        return {}
    count = sum(len(set(districts)) for districts in table.values())
    if (len(table), count) != (PROVINCES, DISTRICTS):
        reason = f"{PROVINCES} provinces and {DISTRICTS} districts are expected, {len(table)} and {count} stand here"
        faults.append(Fault(name, 1, reason))
    return dict(sorted(table.items(), key=lambda row: sort_key(row[0])))


def _institutions(content: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    name = "reference/institutions.yaml"
    root = read(content / name, name, faults)
    if root is None:
        return {}
    root.only(*ApplicantType)
    table: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for kind in ApplicantType:
        names = []
        for part in root.items(kind):
            institution = nfc(part.plain(str, ""))
            if institution in seen:
                part.fault(f"{institution!r} stands twice")
            if len(institution) > INSTITUTION_MAX:
                part.fault(f"longer than {INSTITUTION_MAX} characters")
            seen.add(institution)
            names.append(institution)
        table[kind.value] = tuple(sorted(names, key=sort_key))
    return table
