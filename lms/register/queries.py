"""Reading the register."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update

from lms.core.db import db
from lms.register.models import Leave, RegisterEntry
from lms.terms.models import Programme


def entries(tckn_index: str, programme_code: str) -> Sequence[RegisterEntry]:
    """Every certificate of one person in one programme, oldest first."""
    return db.session.scalars(
        select(RegisterEntry)
        .where(RegisterEntry.tckn_index == tckn_index, RegisterEntry.programme_code == programme_code)
        .order_by(RegisterEntry.issued_on, RegisterEntry.id)
    ).all()


def revoked_flags(tckn_indexes: Collection[str], programme_code: str) -> dict[str, list[bool]]:
    """Of many people: for each of their certificates whether it was revoked."""
    found: dict[str, list[bool]] = {}
    rows = select(RegisterEntry.tckn_index, RegisterEntry.revoked_at).where(
        RegisterEntry.tckn_index.in_(tckn_indexes), RegisterEntry.programme_code == programme_code
    )
    for index, revoked_at in db.session.execute(rows):
        found.setdefault(index, []).append(revoked_at is not None)
    return found


def with_leave(tckn_indexes: Collection[str], programme_code: str) -> set[str]:
    """D-2: of many people those whom staff let apply again."""
    mine = select(Leave.tckn_index).where(Leave.tckn_index.in_(tckn_indexes), Leave.programme_code == programme_code)
    return set(db.session.scalars(mine))


def programmes_of(tckn_index: str) -> Sequence[str]:
    """The programmes in which the register knows this person."""
    return db.session.scalars(
        select(RegisterEntry.programme_code)
        .where(RegisterEntry.tckn_index == tckn_index)
        .distinct()
        .order_by(RegisterEntry.programme_code)
    ).all()


def by_number(programme_code: str, number: str) -> RegisterEntry | None:
    return db.session.scalar(
        select(RegisterEntry).where(RegisterEntry.programme_code == programme_code, RegisterEntry.number == number)
    )


def by_numbers(programme_code: str, numbers: Collection[str]) -> dict[str, RegisterEntry]:
    """Of many numbers those that stand, in one statement."""
    rows = select(RegisterEntry).where(
        RegisterEntry.programme_code == programme_code, RegisterEntry.number.in_(set(numbers))
    )
    return {entry.number: entry for entry in db.session.scalars(rows)}


def with_number(number: str) -> Sequence[RegisterEntry]:
    """The certificates with this number, of whatever programme."""
    return db.session.scalars(select(RegisterEntry).where(RegisterEntry.number == number)).all()


def of_person(tckn_index: str) -> Sequence[RegisterEntry]:
    """Every certificate of one person, newest first."""
    rows = select(RegisterEntry).where(RegisterEntry.tckn_index == tckn_index)
    return db.session.scalars(rows.order_by(RegisterEntry.issued_on.desc())).all()


def programmes() -> list[tuple[str, str]]:
    """Every programme: code and Turkish name."""
    rows = select(Programme.code, Programme.name_tr).order_by(Programme.code)
    return [(code, name) for code, name in db.session.execute(rows)]


def lock_programme(code: str) -> bool:
    """One import of a programme after the other, until the transaction ends; False where there is no such programme."""
    mine = select(Programme.id).where(Programme.code == code).with_for_update(key_share=True)
    return db.session.scalar(mine) is not None


def counts() -> list[tuple[str, str, int]]:
    """For each programme and source how many certificates stand in the register."""
    rows = select(RegisterEntry.programme_code, RegisterEntry.source, func.count())
    rows = rows.group_by(RegisterEntry.programme_code, RegisterEntry.source)
    ordered = rows.order_by(RegisterEntry.programme_code, RegisterEntry.source)
    return [(programme, source, number) for programme, source, number in db.session.execute(ordered)]


def has_leave(tckn_index: str, programme_code: str) -> bool:
    """D-2: whether staff let this person apply although a certificate was revoked."""
    mine = select(Leave.id).where(Leave.tckn_index == tckn_index, Leave.programme_code == programme_code)
    return db.session.scalar(mine) is not None


def move_holder(before: str, tckn_index: str, tckn_sealed: bytes) -> None:
    silently = {"synchronize_session": False}
    db.session.execute(
        update(RegisterEntry)
        .where(RegisterEntry.tckn_index == before, RegisterEntry.source == "issued")
        .values(tckn_index=tckn_index, tckn_sealed=tckn_sealed),
        execution_options=silently,
    )
    db.session.execute(
        update(Leave).where(Leave.tckn_index == before).values(tckn_index=tckn_index), execution_options=silently
    )
