"""R007, R127: terms as data, a change as a new version; the calendar with its overrides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import Calendar, DayKind, Holiday, local_date, turkish_calendar
from lms.core.db import db, insert_ignore
from lms.core.errors import NotFound
from lms.core.sources import Fault, raise_if_broken
from lms.core.text import nfc
from lms.membership.models import LegalText
from lms.terms import queries, rules
from lms.terms.loader import ProgrammeSource, TermSource, TextSource, read_overrides, read_programmes, read_texts
from lms.terms.models import CalendarOverride, Programme, Term
from lms.terms.rules import Channel

# --- asking ------------------------------------------------------------------------------------------------------


def calendar() -> Calendar:
    """The calendar with the overrides known now. A date already promised keeps its own explanation (R127)."""
    return turkish_calendar(queries.overrides())


def current_term(code: str) -> Term:
    """The newest version of a term, or 404."""
    found = queries.current_term(code)
    if found is None:
        raise NotFound("term.unknown")
    return found


def open_terms(now: datetime) -> Sequence[Term]:
    """R008: terms that take payments and forms at `now`."""
    return queries.open_terms(now)


def announced_terms(now: datetime) -> Sequence[Term]:
    """Terms that are not over yet, the open ones of first certificates first."""
    return [t for t in queries.current_terms() if t.study_to > now]


def reachable_attempts(term: Term, now: datetime, channel: Channel = Channel.CARD) -> int:
    """R015: exams that someone who pays now can still reach."""
    return rules.reachable_if_paid_now(now, channel, term.schedule, calendar())


# --- overrides by staff ------------------------------------------------------------------------------------------


def add_override(day: date, kind: DayKind, name: str, *, actor: Actor, now: datetime) -> None:
    """An office day unlike the public calendar: leave, a bridge day, a worked holiday. Promised dates stay (R127)."""
    name = nfc(name)
    rules.check_override(day, name, taken=day in queries.overrides(), today=local_date(now))
    db.session.add(CalendarOverride(on=day, kind=kind.value, name=name, created_at=now))
    db.session.flush()
    data = {"day": day.isoformat(), "kind": kind.value, "name": name}
    audit.record(Act.CALENDAR_OVERRIDDEN, actor=actor, subject=("calendar", day.isoformat()), data=data, now=now)


def withdraw_override(day: date, *, actor: Actor, now: datetime) -> None:
    """Take an override back while its day is still to come."""
    row = db.session.scalar(select(CalendarOverride).where(CalendarOverride.on == day))
    if row is None:
        raise NotFound
    rules.check_override(day, row.name, taken=False, today=local_date(now))
    db.session.delete(row)
    db.session.flush()
    data = {"day": day.isoformat(), "withdrawn": True}
    audit.record(Act.CALENDAR_OVERRIDDEN, actor=actor, subject=("calendar", day.isoformat()), data=data, now=now)


# --- importing ---------------------------------------------------------------------------------------------------


def import_content(content: Path, *, actor: Actor, now: datetime) -> int:
    """Bring programmes, terms, legal texts and overrides in line with `content`; the number of rows changed.

    Idempotent. A changed term or text becomes a new version, what was promised keeps pointing at the old one. One fault in
    any file (BrokenSource) and nothing changes.
    """
    faults: list[Fault] = []
    programmes = read_programmes(content, faults)
    texts = read_texts(content, faults)
    days = read_overrides(content, faults)
    raise_if_broken(faults)
    changed = sum(_import_text(text, now=now) for text in texts)
    changed += sum(_import_programme(p, actor=actor, now=now) for p in programmes)
    return changed + _import_overrides(days, actor=actor, now=now)


def _import_programme(source: ProgrammeSource, *, actor: Actor, now: datetime) -> int:
    row = queries.programme(source.code) or Programme(code=source.code)
    row.name_tr, row.name_en = source.name_tr, source.name_en
    row.service_name, row.number_prefix = source.service_name, source.number_prefix
    row.certificate_basis = source.certificate_basis
    changed = int(row not in db.session or db.session.is_modified(row))
    db.session.add(row)
    db.session.flush()
    changed += sum(_import_term(row, term, actor=actor, now=now) for term in source.terms)
    return changed + sum(_import_text(text, now=now) for text in source.texts)


def _import_term(programme: Programme, source: TermSource, *, actor: Actor, now: datetime) -> int:
    """R127: what differs becomes the next version; the old row stays for those who hold it."""
    current = queries.current_term(source.code)
    if current is not None:
        if all(getattr(current, key) == value for key, value in source.parameters.items()):
            return 0
        current.superseded_at = now
        db.session.flush()
    version = queries.last_version(source.code) + 1
    row = Term(code=source.code, version=version, programme_id=programme.id, created_at=now, **source.parameters)
    db.session.add(row)
    db.session.flush()
    audit.record(Act.TERM_LOADED, actor=actor, subject=("term", source.code), data={"version": version}, now=now)
    return 1


def _import_text(source: TextSource, *, now: datetime) -> int:
    versions = db.session.scalars(
        select(LegalText)
        .where(LegalText.kind == source.kind, LegalText.language == source.language)
        .order_by(LegalText.version.desc())
    ).all()
    current = next((t for t in versions if t.superseded_at is None), None)
    if current is not None and current.sha256 == source.sha256:
        return 0
    if current is not None:
        current.superseded_at = now
    again = next((t for t in versions if t.sha256 == source.sha256), None)
    if again is not None:  # an earlier wording is taken up again
        again.superseded_at = None
        return 1
    db.session.add(
        LegalText(
            kind=source.kind,
            language=source.language,
            version=versions[0].version + 1 if versions else 1,
            title=source.title,
            body=source.body,
            sha256=source.sha256,
            published_at=now,
            superseded_at=None,
        )
    )
    db.session.flush()
    return 1


def _import_overrides(days: dict[date, Holiday], *, actor: Actor, now: datetime) -> int:
    rows = [{"on": day, "kind": h.kind.value, "name": h.name, "created_at": now} for day, h in days.items()]
    added = insert_ignore(CalendarOverride, rows, ("on",))
    if added:
        audit.record(
            Act.CALENDAR_OVERRIDDEN, actor=actor, subject=("calendar", "overrides"), data={"days": added}, now=now
        )
    return added
