"""R002-R004, R029, D-2: who holds a certificate, who may enter a term, and leave to apply after a revocation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import instant
from lms.core.config import vault
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, NotFound
from lms.core.sources import Fault, raise_if_broken
from lms.register import formats, queries, rules
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


def import_table(data: bytes, name: str, *, programme_code: str, actor: Actor, now: datetime) -> int:
    """R003, R029: enter certificates of earlier years; how many were new. One fault (BrokenSource) and nothing is entered.

    A number that stands already is left as it is, so the same table can be imported again.
    """
    faults: list[Fault] = []
    rows = formats.read(data, name, faults)
    raise_if_broken(faults)
    values = [
        entry_row(
            tckn=row.tckn,
            programme_code=programme_code,
            number=row.number,
            holder=row.holder,
            issued_on=row.issued_on,
            verification_code=None,
            source="imported",
            now=now,
        )
        | {"revoked_at": instant(row.revoked_on) if row.revoked_on else None}
        for row in rows
    ]
    starts = range(0, len(values), _CHUNK)
    added = sum(insert_ignore(RegisterEntry, values[at : at + _CHUNK], ("programme_code", "number")) for at in starts)
    if added:
        data_kept = {"rows": len(rows), "new": added}
        audit.record(Act.REGISTER_IMPORTED, actor=actor, subject=("programme", programme_code), data=data_kept, now=now)
    return added
