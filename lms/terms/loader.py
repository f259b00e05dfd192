"""R007: programmes, terms and legal texts from authored files. Reading checks everything and writes nothing.

Every fault names file, line and reason; as long as there is one, nothing of the folder is applied. Money is written as
quoted text ("533.00"), windows as first and last civil day, both included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from lms.core.calendar import DayKind, Holiday, Window, turkish_calendar
from lms.core.errors import DomainError
from lms.core.money import kurus
from lms.core.sources import Fault, Part, read
from lms.terms import rules
from lms.terms.rules import Kind, Schedule

LANGUAGES: Final = ("tr", "en")
_TEXT_NAME: Final = re.compile(r"(?P<kind>[a-z_]+)\.(?P<language>tr|en)")
_LONGEST_TEXT: Final = 20_000

_SENSELESS: Final = {
    "term.uneven_points": "100 points cannot be divided evenly among this many questions",
    "term.study_ends_first": "the study window ends before the application window",
    "term.last_day_too_late": "a form sent on the last day reaches no exam",
}


@dataclass(frozen=True, slots=True)
class TermSource:
    """One term as authored; `parameters` are the columns of a term by name."""

    code: str
    parameters: dict[str, Any]
    file: str


@dataclass(frozen=True, slots=True)
class TextSource:
    """One legal text in one language; `kind` is `<programme>/<kind>` where a programme has its own wording."""

    kind: str
    language: str
    title: str
    body: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ProgrammeSource:
    """A programme's folder."""

    code: str
    name_tr: str
    name_en: str
    service_name: str
    number_prefix: str
    certificate_basis: str
    branch_service: str
    terms: tuple[TermSource, ...]
    texts: tuple[TextSource, ...]


# --- programmes --------------------------------------------------------------------------------------------------


def read_programmes(content: Path, faults: list[Fault]) -> tuple[ProgrammeSource, ...]:
    """Every folder of `content`/programmes; faults of all of them are collected."""
    root = content / "programmes"
    folders = sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
    if not folders:
        faults.append(Fault("programmes", 1, "there is no programme here"))
    found = [p for p in (_programme(folder, content, faults) for folder in folders) if p is not None]
    seen: dict[str, str] = {}
    for programme in found:
        for term in programme.terms:
            if term.code in seen:
                faults.append(Fault(f"programmes/{programme.code}/terms", 1, f"term code {term.code!r} stands twice"))
            seen[term.code] = programme.code
    return tuple(found)


def read_texts(content: Path, faults: list[Fault]) -> tuple[TextSource, ...]:
    """The general texts of `content`/texts; a programme's own stand in its folder and go before them."""
    return _texts(content / "texts", content, "", faults)


def _texts(folder: Path, content: Path, prefix: str, faults: list[Fault]) -> tuple[TextSource, ...]:
    found = [_text(path, _name(path, content), prefix, faults) for path in sorted(folder.glob("*.md"))]
    texts = tuple(text for text in found if text is not None)
    given = {(text.kind, text.language) for text in texts}
    for kind, language in sorted(given):
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        if (kind, other) not in given:
            name = f"{_name(folder, content)}/{kind.removeprefix(prefix)}.{language}.md"
            faults.append(Fault(name, 1, f"the {other!r} version is missing"))
    return texts


def _programme(folder: Path, content: Path, faults: list[Fault]) -> ProgrammeSource | None:
    name = _name(folder / "programme.yaml", content)
    root = read(folder / "programme.yaml", name, faults)
    if root is None:
        return None
    root.only("code", "name", "service_name", "number_prefix", "certificate_basis", "branch_service")
    code = root.need("code", str, folder.name)
    if code != folder.name:
        root.fault(f"the code {code!r} must be the folder's name {folder.name!r}")
    name_tr, name_en = _names(root)
    terms = [_term(path, _name(path, content), faults) for path in sorted((folder / "terms").glob("*.yaml"))]
    return ProgrammeSource(
        code=code,
        name_tr=name_tr,
        name_en=name_en,
        service_name=root.need("service_name", str, code),
        number_prefix=root.need("number_prefix", str, code.upper()),
        certificate_basis=" ".join(root.get("certificate_basis", str, "").split()),
        branch_service=root.get("branch_service", str, "")[:10],
        terms=tuple(t for t in terms if t is not None),
        texts=_texts(folder / "texts", content, f"{code}/", faults),
    )


def _name(path: Path, content: Path) -> str:
    return path.relative_to(content).as_posix()


def _names(part: Part) -> tuple[str, str]:
    both = part.at("name")
    if both is None:
        part.fault("'name' is missing (tr and en)")
        return ("", "")
    both.only(*LANGUAGES)
    return both.need("tr", str, ""), both.need("en", str, "")


# --- terms -------------------------------------------------------------------------------------------------------


def _term(path: Path, name: str, faults: list[Fault]) -> TermSource | None:
    root = read(path, name, faults)
    if root is None:
        return None
    before = len(faults)
    root.only(
        "code",
        "kind",
        "name",
        "example",
        "application",
        "study",
        "fee",
        "view_fee",
        "view_fee_example",
        "exemption_two_persons",
        *rules.COUNTS,
    )
    code = root.need("code", str, path.stem)
    if not rules.CODE.fullmatch(code):
        root.fault(f"the code {code!r} must be small letters, digits and hyphens")
    kind = root.need("kind", str, Kind.FIRST_TIME.value)
    if kind not in {k.value for k in Kind}:
        root.fault(f"unknown kind {kind!r}; known: {', '.join(Kind)}")
    name_tr, name_en = _names(root)
    application, study = _window(root, "application"), _window(root, "study")
    parameters: dict[str, Any] = {
        "kind": kind,
        "name_tr": name_tr,
        "name_en": name_en,
        "is_example": root.get("example", bool, default=False),
        "fee_kurus": _money(root, "fee"),
        "view_fee_kurus": _money(root, "view_fee"),
        "view_fee_is_example": root.get("view_fee_example", bool, default=False),
        "exemption_two_persons": root.get("exemption_two_persons", bool, default=False),
        **{key: _count(root, key, *limits) for key, limits in rules.COUNTS.items()},
    }
    if len(faults) > before or application is None or study is None:
        return None
    parameters |= {
        "application_from": application.start,
        "application_to": application.end,
        "study_from": study.start,
        "study_to": study.end,
    }
    fault = rules.senseless(schedule_of(parameters), parameters["question_count"], turkish_calendar())
    if fault is not None:
        root.fault(_SENSELESS[fault])
    return TermSource(code, parameters, name) if len(faults) == before else None


def schedule_of(parameters: Mapping[str, Any]) -> Schedule:
    """The part of a term's parameters that decides about time."""
    return Schedule(
        application=Window(parameters["application_from"], parameters["application_to"]),
        study=Window(parameters["study_from"], parameters["study_to"]),
        **{
            key: parameters[key]
            for key in (
                "attempts", "assignment_hours", "branch_hours", "guard_minutes", "warn_minutes", "receipt_days",
                "exemption_safe_days",
            )
        },
    )  # fmt: skip


def _window(root: Part, key: str) -> Window | None:
    part = root.at(key)
    if part is None:
        root.fault(f"{key!r} is missing (first_day and last_day)")
        return None
    part.only("first_day", "last_day")
    first, last = part.need("first_day", date, date.min), part.need("last_day", date, date.min)
    if date.min in (first, last):
        return None
    if last < first:
        part.fault("the last day is before the first")
        return None
    return Window.of_days(first, last)


def _money(root: Part, key: str) -> int:
    typed = root.need(key, str, "0.00")
    try:
        value = kurus(typed)
    except DomainError:
        value = -1
    if value < 0 or not re.fullmatch(r"\d+\.\d\d", typed):
        (root.at(key) or root).fault('an amount in lira is expected here, in quotes ("533.00")')
        return 0
    return value


def _count(root: Part, key: str, low: int, high: int) -> int:
    value = root.need(key, int, low)
    if not low <= value <= high:
        (root.at(key) or root).fault(f"{key} must be between {low} and {high}")
    return value


# --- legal texts -------------------------------------------------------------------------------------------------


def _text(path: Path, name: str, prefix: str, faults: list[Fault]) -> TextSource | None:
    match = _TEXT_NAME.fullmatch(path.stem)
    if match is None:
        faults.append(Fault(name, 1, "a text is named <kind>.<tr or en>.md"))
        return None
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(name, 1, f"cannot be read ({error})"))
        return None
    heading, _, body = content.partition("\n")
    if not heading.startswith("# ") or not body.strip():
        faults.append(Fault(name, 1, "the first line is the title (# ...), the text follows"))
        return None
    if len(body) > _LONGEST_TEXT:
        faults.append(Fault(name, 1, f"longer than {_LONGEST_TEXT} characters"))
        return None
    return TextSource(prefix + match["kind"], match["language"], heading[2:].strip(), body.strip())


# --- calendar overrides ------------------------------------------------------------------------------------------


def read_overrides(content: Path, faults: list[Fault]) -> dict[date, Holiday]:
    """`content`/reference/overrides.yaml: days on which the office departs from the public calendar."""
    path = content / "reference" / "overrides.yaml"
    if not path.is_file():
        return {}
    root = read(path, _name(path, content), faults)
    if root is None or not isinstance(root.value, list):
        if root is not None:
            root.fault("a list of days is expected here")
        return {}
    kinds = (DayKind.HOLIDAY, DayKind.HALF_DAY, DayKind.BUSINESS)
    table: dict[date, Holiday] = {}
    for part in root.value:
        part.only("on", "kind", "name")
        day, kind = part.need("on", date, date.min), part.need("kind", str, "holiday")
        if kind not in kinds:
            part.fault(f"unknown kind {kind!r}; known: {', '.join(kinds)}")
        elif day in table:
            part.fault(f"{day} stands twice")
        else:
            table[day] = Holiday(part.need("name", str, ""), DayKind(kind))
    return table
