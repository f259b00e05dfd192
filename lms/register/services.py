"""R002-R004, R029, D-2: who holds a certificate, who may enter a term, and leave to apply after a revocation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import instant
from lms.core.codes import new_verification_code
from lms.core.config import vault
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.text import nfc
from lms.membership.rules.identity import tckn as read_tckn
from lms.register import formats, queries, rules
from lms.register.formats import Line, Row
from lms.register.models import Leave, RegisterEntry
from lms.register.rules import Eligibility, Standing


@dataclass(frozen=True, slots=True)
class Holding:
    """What one person holds in one programme: at least one certificate, standing or revoked."""

    standing: Standing
    entries: Sequence[RegisterEntry]

    @property
    def latest(self) -> RegisterEntry:
        return self.entries[-1]


def holding(tckn_index: str, programme_code: str) -> Holding | None:
    """The person's certificates in the programme, earlier years included; None without any."""
    entries = queries.entries(tckn_index, programme_code)
    if not entries:
        return None
    return Holding(rules.standing([e.revoked_at is not None for e in entries]), entries)


def eligibility(tckn_index: str, *, programme_code: str, kind: str) -> Eligibility:
    """R003: may this person enter a term of `kind`? Asked before a payment button appears."""
    held = holding(tckn_index, programme_code)
    cleared = queries.has_leave(tckn_index, programme_code)
    return rules.eligibility(kind, held.standing if held else Standing.NONE, cleared=cleared)


def eligible_of(tckn_indexes: Collection[str], *, programme_code: str, kind: str) -> set[str]:
    """R003: the same for many people, in two statements."""
    flags = queries.revoked_flags(tckn_indexes, programme_code)
    cleared = queries.with_leave(tckn_indexes, programme_code)
    return {
        index
        for index in tckn_indexes
        if rules.eligibility(kind, rules.standing(flags.get(index, [])), cleared=index in cleared).eligible
    }


def check_eligible(tckn_index: str, *, programme_code: str, kind: str, declared: bool) -> None:
    """R003: the same as a refusal. `declared`: the person declared to hold no earlier certificate."""
    held = holding(tckn_index, programme_code)
    cleared = queries.has_leave(tckn_index, programme_code)
    rules.check_eligible(kind, held.standing if held else Standing.NONE, declared=declared, cleared=cleared)


def add(
    *, tckn: str, programme_code: str, number: str, holder: str, issued_on: date, verification_code: str | None,
    source: str = "issued", now: datetime,
) -> None:  # fmt: skip
    """Enter a certificate; a number that stands already is left as it is."""
    insert_ignore(
        RegisterEntry,
        [entry_row(tckn=tckn, programme_code=programme_code, number=number, holder=holder, issued_on=issued_on,
                   verification_code=verification_code, source=source, now=now)],
        ("programme_code", "number"),
    )  # fmt: skip


def entry_row(
    *, tckn: str, programme_code: str, number: str, holder: str, issued_on: date, verification_code: str | None,
    source: str, now: datetime,
) -> dict[str, object]:  # fmt: skip
    """The row of one certificate, for callers that enter many at once."""
    safe = vault()
    return {
        "tckn_index": safe.index(tckn), "tckn_sealed": safe.seal(tckn), "programme_code": programme_code, "number": number,
        "holder": holder, "issued_on": issued_on, "verification_code": verification_code, "source": source,
        "revoked_at": None, "created_at": now,
    }  # fmt: skip


def revoke(*, programme_code: str, number: str, now: datetime) -> None:
    """R114: the register follows a confirmed revocation; the first one stands."""
    entry = queries.by_number(programme_code, number)
    if entry is None:
        raise NotFound("register.unknown")
    if entry.revoked_at is None:
        entry.revoked_at = now
        db.session.flush()


def correct(*, programme_code: str, number: str, holder: str, verification_code: str) -> None:
    """R055: the register follows a certificate that was made anew."""
    entry = queries.by_number(programme_code, number)
    if entry is None:
        raise NotFound("register.unknown")
    entry.holder, entry.verification_code = holder, verification_code
    db.session.flush()


def move_holder(before: str, tckn_index: str, tckn_sealed: bytes) -> None:
    """R115: an identity number was corrected: what our own certificates and decisions say of its holder follows.

    Imported entries of earlier years stay: they were given to the holder of the number that they name.
    """
    queries.move_holder(before, tckn_index, tckn_sealed)


# --- leave to apply after a revocation ---------------------------------------------------------------------------


def awaiting_leave(tckn_index: str) -> list[str]:
    """D-2: the programmes in which all of this person's certificates are revoked and staff have not decided yet."""
    return [
        code
        for code in queries.programmes_of(tckn_index)
        if (held := holding(tckn_index, code))
        and held.standing is Standing.REVOKED
        and not queries.has_leave(tckn_index, code)
    ]


def give_leave(tckn_index: str, *, programme_code: str, subject: str, actor: Actor, now: datetime) -> None:
    """D-2: staff decided that the holder of a revoked certificate may apply; `subject` is the member's code."""
    if programme_code not in awaiting_leave(tckn_index):
        raise Conflict("register.no_leave_needed")
    row = {"tckn_index": tckn_index, "programme_code": programme_code, "given_by": actor.code, "given_at": now}
    if insert_ignore(Leave, [row], ("tckn_index", "programme_code")):
        data = {"programme": programme_code}
        audit.record(Act.LEAVE_GIVEN, actor=actor, subject=("member", subject), data=data, now=now)


# --- earlier years -----------------------------------------------------------------------------------------------

_CHUNK: Final = 500


class Outcome(StrEnum):
    """What became of one line."""

    ADDED = "added"
    PRESENT = "present"
    CORRECTED = "corrected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """One line's outcome; ``why`` is the code of a sentence (register.line.<why>) where it was refused."""

    line: int
    number: str
    outcome: Outcome
    why: str = ""


def import_table(
    data: bytes, *, programme_code: str, actor: Actor, now: datetime, correct: bool = False, dry_run: bool = False
) -> list[Result]:
    """R003, R029: enter certificates of earlier years; what became of each line. A bad line never stops the good ones.

    Each gets a verification code (D-22), by which an employer is answered as for one that was issued here (R111).

    A number that stands already with the same facts is left as it is, so the same table can be imported again. Other facts
    are taken only with ``correct``, and never for a certificate that was issued here; each correction is on record. Of two
    imports at once the second waits and meets what the first entered. Errors: register.file, .columns, .too_long, .programme.
    """
    lines = formats.read(data)
    if not queries.lock_programme(programme_code):
        raise Invalid("register.programme")
    results: list[Result] = []
    for start in range(0, len(lines), _CHUNK):
        part = lines[start : start + _CHUNK]
        results += _import_lines(part, programme_code, actor=actor, now=now, correct=correct, dry_run=dry_run)
    added = sum(one.outcome is Outcome.ADDED for one in results)
    if added and not dry_run:
        kept = {"rows": len(lines), "new": added}
        audit.record(Act.REGISTER_IMPORTED, actor=actor, subject=("programme", programme_code), data=kept, now=now)
    return results


def _import_lines(
    lines: Sequence[Line], programme_code: str, *, actor: Actor, now: datetime, correct: bool, dry_run: bool
) -> list[Result]:
    standing = queries.by_numbers(programme_code, [one.number for one in lines])
    results, fresh = [], []
    for one in lines:
        entry = standing.get(one.number)
        if one.row is None:
            results.append(Result(one.line, one.number, Outcome.REFUSED, one.fault or ""))
        elif entry is None:
            fresh.append(_imported(one.row, programme_code, now))
            results.append(Result(one.line, one.number, Outcome.ADDED))
        else:
            results.append(_again(one.line, one.row, entry, actor=actor, now=now, correct=correct, dry_run=dry_run))
    if not dry_run:
        insert_ignore(RegisterEntry, fresh, ("programme_code", "number"))
        db.session.flush()
    return results


def _imported(row: Row, programme_code: str, now: datetime) -> dict[str, object]:
    return entry_row(
        tckn=row.tckn, programme_code=programme_code, number=row.number, holder=row.holder, issued_on=row.issued_on,
        verification_code=new_verification_code(), source="imported", now=now,
    ) | {"revoked_at": instant(row.revoked_on) if row.revoked_on else None}  # fmt: skip


def _again(
    line: int, row: Row, entry: RegisterEntry, *, actor: Actor, now: datetime, correct: bool, dry_run: bool
) -> Result:
    """A number that stands already."""
    wanted = _imported(row, entry.programme_code, now)
    if entry.verification_code is None and not dry_run:  # entered before imported certificates had one
        entry.verification_code = new_verification_code()
    facts = ("tckn_index", "holder", "issued_on", "revoked_at")
    differs = [name for name in facts if getattr(entry, name) != wanted[name]]
    if not differs:
        return Result(line, row.number, Outcome.PRESENT)
    if entry.source != "imported":
        return Result(line, row.number, Outcome.REFUSED, "issued_here")
    if not correct:
        return Result(line, row.number, Outcome.REFUSED, "differs")
    if not dry_run:
        for name in (*facts, "tckn_sealed"):
            setattr(entry, name, wanted[name])
        kept = {"programme": entry.programme_code, "changed": differs}
        audit.record(Act.REGISTER_CORRECTED, actor=actor, subject=("register", entry.number), data=kept, now=now)
    return Result(line, row.number, Outcome.CORRECTED)


def find(typed: str) -> Sequence[RegisterEntry]:
    """Certificates by their number, or by their holder's T.C. kimlik number."""
    text = nfc(typed)
    try:
        return queries.of_person(vault().index(read_tckn(text)))
    except Invalid:
        return queries.with_number(text)
