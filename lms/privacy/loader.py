"""D-10: the retention classes and the data inventory, from content/reference."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from lms.core.config import ROOT
from lms.core.sources import Fault, Part, raise_if_broken, read
from lms.privacy.rules.retention import ACTIONS, Holding, Retention

_RETENTION, _INVENTORY = "reference/retention.yaml", "reference/inventory.yaml"


@lru_cache(maxsize=1)
def policy() -> tuple[Mapping[str, Retention], Mapping[str, Holding]]:
    """The classes by code and the tables by name, read once per process."""
    faults: list[Fault] = []
    found = read_policy(ROOT / "content", faults)
    raise_if_broken(faults)
    return found


def read_policy(content: Path, faults: list[Fault]) -> tuple[dict[str, Retention], dict[str, Holding]]:
    """Read and check both files; faults are collected."""
    classes = _classes(read(content / _RETENTION, _RETENTION, faults))
    return classes, _holdings(read(content / _INVENTORY, _INVENTORY, faults), classes)


def _classes(root: Part | None) -> dict[str, Retention]:
    found: dict[str, Retention] = {}
    for part in root.items("classes") if root else []:
        part.only("code", "title", "basis", "days", "counted_from", "action", "job")
        days = part.at("days")
        one = Retention(
            code=part.need("code", str, ""),
            title=part.need("title", str, ""),
            basis=part.need("basis", str, ""),
            days=None if days is None or days.value is None else days.plain(int, 1),
            counted_from=part.need("counted_from", str, ""),
            action=part.need("action", str, ""),
            job=part.get("job", str),
        )
        if one.action not in ACTIONS:
            part.fault(f"action: one of {', '.join(ACTIONS)}")
        if (one.days is None) != (one.action == "keep") or (one.days is not None and one.days < 1):
            part.fault("a class that is kept has no days; any other has a number of days above 0")
        if one.code in found:
            part.fault(f"{one.code!r} stands twice")
        found[one.code] = one
    return found


def _holdings(root: Part | None, classes: Mapping[str, Retention]) -> dict[str, Holding]:
    tables = root.at("tables") if root else None
    found: dict[str, Holding] = {}
    for name, part in tables.pairs() if tables else ():
        part.only("subject", "purpose", "basis", "recipients", "retention", "reason", "personal", "plain")
        personal = part.at("personal")
        one = Holding(
            table=name,
            subject=part.get("subject", str, ""),
            purpose=part.get("purpose", str, ""),
            basis=part.get("basis", str, ""),
            recipients=_names(part, "recipients"),
            retention=part.get("retention", str),
            reason=part.get("reason", str, ""),
            personal={kind: _names(personal, kind) for kind, _ in personal.pairs()} if personal else {},
            plain=_names(part, "plain"),
        )
        if one.retention is None and (one.personal or not one.reason):
            part.fault("personal data needs a retention class; a table without any says why")
        if one.retention is not None and not (one.retention in classes and one.personal and one.purpose and one.basis):
            part.fault("a table with personal data names a known class, its purpose and its basis")
        found[name] = one
    return found


def _names(part: Part, key: str) -> list[str]:
    return [item.plain(str, "") for item in part.items(key)]
