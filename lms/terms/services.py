"""R007, R127: terms as data, a change as a new version; the calendar with its overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update

from lms.audit import queries as trail
from lms.audit import services as audit
from lms.audit.models import AuditEntry
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import Calendar, DayKind, Holiday, local_date, spoken_end, turkish_calendar
from lms.core.db import db, insert_ignore, insert_many
from lms.core.errors import Conflict, DomainError, Invalid, NotFound
from lms.core.sources import Fault, raise_if_broken
from lms.core.text import nfc
from lms.membership.models import LegalText
from lms.terms import queries, rules
from lms.terms.formats import term_yaml
from lms.terms.loader import (
    ProgrammeSource,
    TermSource,
    TextSource,
    read_overrides,
    read_programmes,
    read_texts,
    schedule_of,
)
from lms.terms.models import CalendarOverride, Programme, Term, TermException
from lms.terms.rules import PARAMETERS, Channel, Schedule

REASON_MIN: Final = 10
REASON_MAX: Final = 1000

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


def served_by(branch_service: str) -> Sequence[Term]:
    """R042: the newest version of the terms of the programme that the bank calls so."""
    return [t for t in queries.current_terms() if branch_service and t.programme.branch_service == branch_service]


def term_of(member_id: int, code: str) -> Term:
    """The newest version of a term, or the row with the longer window that was given to this person (R127); or 404."""
    return _longest(current_term(code), queries.exceptions(member_id))


def open_to(member_id: int, now: datetime) -> Sequence[Term]:
    """R008: the terms that take payments and forms of this person at `now`."""
    own = queries.exceptions(member_id)
    listed = [_longest(term, own) for term in queries.open_terms(now)]
    known = {term.code for term in listed}
    return listed + [
        term for term in own.values() if term.code not in known and term.schedule.application.contains(now)
    ]


def _longest(current: Term, own: Mapping[str, Term]) -> Term:
    given = own.get(current.code)
    return given if given is not None and given.application_to > current.application_to else current


def announced_terms(now: datetime) -> Sequence[Term]:
    """Terms that are not over yet, the open ones of first certificates first."""
    return [t for t in queries.current_terms() if t.study_to > now]


def reachable_attempts(term: Term, now: datetime, channel: Channel = Channel.CARD) -> int:
    """R015: exams that someone who pays now can still reach."""
    return rules.reachable_if_paid_now(now, channel, term.schedule, calendar())


# --- terms by staff ----------------------------------------------------------------------------------------------


def check_parameters(parameters: Mapping[str, Any], *, before: Term | None, now: datetime) -> None:
    """R007, R127: whether these could be a term's next version. Errors: those of rules.senseless and rules.check_change."""
    schedule = check_sense(parameters)
    if before is not None:
        rules.check_change(before.schedule, schedule, now)
    elif schedule.application.end <= now:
        raise Invalid("term.born_over", today=local_date(now))


def check_sense(parameters: Mapping[str, Any]) -> Schedule:
    """R007: that the windows fit each other. Errors: those of rules.senseless."""
    schedule = schedule_of(parameters)
    code = rules.senseless(schedule, parameters["question_count"], calendar())
    if code is not None:
        raise Invalid(code)
    return schedule


def check_new(code: str, parameters: Mapping[str, Any], *, now: datetime) -> None:
    """Whether these could be a new term. Errors: term.code, term.code_taken, those of check_parameters."""
    rules.check_new_code(code)
    if queries.current_term(code) is not None:
        raise Conflict("term.code_taken", taken=code)
    check_parameters(parameters, before=None, now=now)


def open_term(
    programme: Programme, code: str, parameters: Mapping[str, Any], *, reason: str, actor: Actor, now: datetime
) -> Term:
    """A new term, its first version. Errors: those of check_new, term.reason."""
    check_new(code, parameters, now=now)
    row = _version(code, 1, programme.id, parameters, source="desk", now=now)
    if not insert_ignore(Term, [row], ("code", "version")):
        raise Conflict("term.code_taken", taken=code)
    _record(Act.TERM_OPENED, code, 1, {"reason": checked_reason(reason)}, actor=actor, now=now)
    return current_term(code)


def change_term(
    code: str, parameters: Mapping[str, Any], *, seen: int, reason: str, actor: Actor, now: datetime
) -> Term:
    """R127: the next version of a term, valid from now on; who holds an earlier one keeps it.

    `seen` is the version that the change was made from: of two at once one finds another there and is told whose.
    Errors: term.unchanged, term.changed_by, reason.needed, those of check_parameters.
    """
    before = current_term(code)
    changes = {name: [before.parameters[name], parameters[name]] for name in PARAMETERS}
    changes = {name: both for name, both in changes.items() if both[0] != both[1]}
    if before.version != seen:
        raise overtaken(code)
    if not changes:
        raise Conflict("term.unchanged")
    check_parameters(parameters, before=before, now=now)
    reason = checked_reason(reason)
    taken = db.session.execute(
        update(Term)
        .where(Term.code == code, Term.version == seen, Term.superseded_at.is_(None))
        .values(superseded_at=now)
        .returning(Term.id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise overtaken(code)
    version = queries.last_version(code) + 1
    row = _version(code, version, before.programme_id, parameters, source="desk", now=now)
    insert_many(Term, [row])
    db.session.expire(before)
    data = {"reason": reason, "changes": {name: [_plain(value) for value in both] for name, both in changes.items()}}
    _record(Act.TERM_CHANGED, code, version, data, actor=actor, now=now)
    return current_term(code)


def longer(
    held: Term, *, study_to: datetime | None = None, application_to: datetime | None = None, now: datetime
) -> Term:
    """R127: a row that differs from the one somebody holds only in later ends of its windows; never offered to others.

    Errors: extension.not_later, those of rules.senseless.
    """
    parameters = {**held.parameters, **later(held, study_to=study_to, application_to=application_to)}
    if parameters == held.parameters:
        raise Invalid("extension.not_later", until=spoken_end(held.study_to if study_to else held.application_to))
    check_sense(parameters)
    row = _version(
        held.code, queries.last_version(held.code) + 1, held.programme_id, parameters, source="desk", now=now
    )  # fmt: skip
    insert_many(Term, [{**row, "superseded_at": now}])
    return queries.version(held.code, row["version"])


def later(held: Term, *, study_to: datetime | None, application_to: datetime | None) -> dict[str, datetime]:
    """The ends of the windows that would really move."""
    wanted = {"study_to": study_to, "application_to": application_to}
    return {name: end for name, end in wanted.items() if end is not None and end > getattr(held, name)}


def give(member_ids: Sequence[int], term: Term) -> None:
    """R127: `term`, a longer row, holds for these people in place of the newest version; a longer one of before stays."""
    rows = [{"member_id": one, "term_code": term.code, "term_id": term.id} for one in member_ids]
    insert_ignore(TermException, rows, ("member_id", "term_code"))
    shorter = select(Term.id).where(Term.code == term.code, Term.application_to < term.application_to)
    db.session.execute(
        update(TermException)
        .where(TermException.member_id.in_(member_ids), TermException.term_code == term.code)
        .where(TermException.term_id.in_(shorter))
        .values(term_id=term.id)
        .execution_options(synchronize_session=False)
    )


def prolong(held: Term, longer: Term) -> None:
    """R127: who was given `held` as theirs has `longer` from now on."""
    db.session.execute(update(TermException).where(TermException.term_id == held.id).values(term_id=longer.id))


def checked_reason(reason: str) -> str:
    """Errors: reason.needed."""
    reason = nfc(reason)
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Invalid("term.reason", least=REASON_MIN, most=REASON_MAX)
    return reason


def history(code: str) -> list[tuple[Term, AuditEntry | None]]:
    """Every version with the audit row that tells who wrote it and why, newest first."""
    entries = trail.of_subject("term", code)
    by_version = {version: entry for entry in reversed(entries) for version in entry.data.get("versions", ())}
    by_version |= {entry.data["version"]: entry for entry in reversed(entries) if "version" in entry.data}
    return [(term, by_version.get(term.version)) for term in queries.versions(code)]


def overtaken(code: str) -> Conflict:
    """The refusal of the second of two: who was first, and when."""
    current = queries.current_term(code)
    entry = next(iter(trail.of_subject("term", code, limit=1)), None)
    if current is None or entry is None:
        return Conflict("term.changed")
    return Conflict("term.changed_by", by=entry.actor_label, at=entry.at)


def _version(
    code: str, version: int, programme_id: int, parameters: Mapping[str, Any], *, source: str, now: datetime
) -> dict[str, Any]:
    head = {"code": code, "version": version, "programme_id": programme_id, "source": source, "created_at": now}
    return head | {name: parameters[name] for name in PARAMETERS}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _record(act: Act, code: str, version: int, data: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    audit.record(act, actor=actor, subject=("term", code), data={"version": version, **data}, now=now)


# --- overrides by staff ------------------------------------------------------------------------------------------


def add_override(day: date, kind: DayKind, name: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """An office day unlike the public calendar: leave, a bridge day, a worked holiday. Promised dates stay (R127).
    Errors: term.reason, those of rules.check_override."""
    name, reason = nfc(name), checked_reason(reason)
    rules.check_override(day, name, taken=day in queries.overrides(), today=local_date(now))
    values = {"kind": kind.value, "name": name, "created_at": now, "withdrawn_at": None}
    if not insert_ignore(CalendarOverride, [{"on": day, **values}], ("on",)):
        again = update(CalendarOverride).where(CalendarOverride.on == day, CalendarOverride.withdrawn_at.is_not(None))
        if not db.session.execute(again.values(**values).returning(CalendarOverride.id)).first():
            raise Conflict("calendar.exists", day=day)
    data = {"day": day.isoformat(), "kind": kind.value, "name": name, "reason": reason}
    audit.record(Act.CALENDAR_OVERRIDDEN, actor=actor, subject=("calendar", day.isoformat()), data=data, now=now)


def withdraw_override(day: date, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take an override back while its day is still to come. Of two at once one does, the other is told who and when.
    Errors: term.reason, calendar.past, calendar.withdrawn_by."""
    standing = queries.overrides().get(day)
    if standing is None:
        raise withdrawn(day)
    rules.check_ahead(day, local_date(now))
    reason = checked_reason(reason)
    taken = db.session.execute(
        update(CalendarOverride)
        .where(CalendarOverride.on == day, CalendarOverride.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(CalendarOverride.id)
    ).first()
    if taken is None:
        raise withdrawn(day)
    data = {"day": day.isoformat(), "name": standing.name, "reason": reason}
    audit.record(Act.CALENDAR_WITHDRAWN, actor=actor, subject=("calendar", day.isoformat()), data=data, now=now)


def withdrawn(day: date) -> DomainError:
    """Why a day has no entry to take back: who did it already, and when; or there never was one."""
    entry = next(iter(trail.of_subject("calendar", day.isoformat(), limit=1)), None)
    return Conflict("calendar.withdrawn_by", by=entry.actor_label, at=entry.at) if entry else NotFound()


# --- importing ---------------------------------------------------------------------------------------------------


def import_content(content: Path, *, actor: Actor, now: datetime, over: bool = False) -> int:
    """Bring programmes, terms, legal texts and overrides in line with `content`; the number of rows changed.

    Idempotent. A changed term or text becomes a new version, what was promised keeps pointing at the old one. A term that
    only the desk changed stays as the desk wrote it; changed in the file as well it is a fault, unless `over` takes the
    file. One fault in any file (BrokenSource) and nothing changes.
    """
    faults: list[Fault] = []
    programmes = read_programmes(content, faults)
    texts = read_texts(content, faults)
    days = read_overrides(content, faults)
    if not over:
        faults += [fault for p in programmes for term in p.terms if (fault := _changed_at_both(term))]
    raise_if_broken(faults)
    changed = sum(_import_text(text, now=now) for text in texts)
    changed += sum(_import_programme(p, actor=actor, now=now) for p in programmes)
    return changed + _import_overrides(days, actor=actor, now=now)


def _import_programme(source: ProgrammeSource, *, actor: Actor, now: datetime) -> int:
    row = queries.programme(source.code) or Programme(code=source.code)
    row.name_tr, row.name_en = source.name_tr, source.name_en
    row.service_name, row.number_prefix = source.service_name, source.number_prefix
    row.certificate_basis, row.branch_service = source.certificate_basis, source.branch_service
    changed = int(row not in db.session or db.session.is_modified(row))
    db.session.add(row)
    db.session.flush()
    changed += sum(_import_term(row, term, actor=actor, now=now) for term in source.terms)
    return changed + sum(_import_text(text, now=now) for text in source.texts)


def _import_term(programme: Programme, source: TermSource, *, actor: Actor, now: datetime) -> int:
    """R127: what differs becomes the next version; the old row stays for those who hold it."""
    current = queries.current_term(source.code)
    if current is not None:
        if current.parameters == source.parameters:
            current.source = "file"
            return 0
        if current.source == "desk" and not _differs_from_last_file(source):
            return 0
        current.superseded_at = now
        db.session.flush()
    version = queries.last_version(source.code) + 1
    db.session.add(Term(**_version(source.code, version, programme.id, source.parameters, source="file", now=now)))
    db.session.flush()
    _record(Act.TERM_LOADED, source.code, version, {}, actor=actor, now=now)
    return 1


def _changed_at_both(source: TermSource) -> Fault | None:
    current = queries.current_term(source.code)
    if current is None or current.source == "file" or current.parameters == source.parameters:
        return None
    if not _differs_from_last_file(source):
        return None
    reason = f"changed here and at the desk (version {current.version}); --over takes the file, `lms content export` writes the desk's"
    return Fault(source.file, 1, reason)


def _differs_from_last_file(source: TermSource) -> bool:
    common = queries.last_from_file(source.code)
    return common is None or common.parameters != source.parameters


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


# --- exporting ---------------------------------------------------------------------------------------------------


def export_terms(content: Path, *, home: bool, over: bool, now: datetime, actor: Actor) -> list[str]:
    """Write the desk's terms to their files; the names of the files.

    At `home`, in the files of this installation, desk and file have them in common from then on; a file that changed as
    well is a fault (BrokenSource) unless `over`.
    """
    rows = queries.desk_terms()
    sources = [term for programme in read_programmes(content, []) for term in programme.terms]
    known = {term.code: term.file for term in sources}
    if home and not over:
        raise_if_broken([fault for term in sources if (fault := _changed_at_both(term))])
    written = []
    for row in rows:
        name = known.get(row.code) or f"programmes/{row.programme.code}/terms/{row.code}.yaml"
        path = content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(term_yaml(row.code, row.version, row.parameters), "utf-8")
        row.source = "file" if home else "desk"
        _record(Act.TERM_EXPORTED, row.code, row.version, {"file": name}, actor=actor, now=now)
        written.append(name)
    db.session.flush()
    return written
