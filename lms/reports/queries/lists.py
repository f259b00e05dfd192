"""Reading completions for a list, and the lists that were asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from lms.certificates.models import Certificate
from lms.core.calendar import instant, local_date
from lms.core.config import vault
from lms.core.db import db
from lms.core.sheets import Cell
from lms.enrolment.models import Application
from lms.membership.models import Member
from lms.reports.models import CompletionList
from lms.reports.rules.lists import State
from lms.terms.models import Term


def completions(wanted: CompletionList, now: datetime) -> Iterator[tuple[str, Sequence[Cell]]]:
    """(the member's code, the list's line) of each certificate that has become available, revoked ones too, by number.

    A corrected certificate stands once, as it is now; the number of who was forgotten (D-10) is blank. Streamed: a term's whole list is never in memory.
    """
    statement = (
        select(
            Member.code, Certificate.printed_name, Member.tckn_sealed, Certificate.number, Certificate.available_from,
            Term.name_tr, Certificate.revoked_at,
        )
        .join(Application, Application.id == Certificate.application_id)
        .join(Member, Member.id == Certificate.member_id)
        .join(Term, Term.id == Application.term_id)
        .where(Certificate.replaced_at.is_(None), Certificate.available_from <= now)
        .order_by(Certificate.number)
        .execution_options(yield_per=1000)
    )  # fmt: skip
    if wanted.term_code is not None:
        statement = statement.where(Application.term_code == wanted.term_code)
    if wanted.from_day is not None:
        statement = statement.where(Certificate.available_from >= instant(wanted.from_day))
    if wanted.to_day is not None:
        statement = statement.where(Certificate.available_from < instant(wanted.to_day + timedelta(days=1)))
    opened = vault()
    for code, name, sealed, number, since, term, revoked in db.session.execute(statement):
        state = "iptal edildi" if revoked else "geçerli"
        ended = local_date(revoked) if revoked else None
        yield code, (name, opened.open(sealed) if sealed else "", number, local_date(since), term, state, ended)


def recent(limit: int = 50) -> Sequence[CompletionList]:
    """The lists asked for, newest first."""
    return db.session.scalars(select(CompletionList).order_by(CompletionList.id.desc()).limit(limit)).all()


def by_code(code: str) -> CompletionList | None:
    return db.session.scalar(select(CompletionList).where(CompletionList.code == code))


def next_waiting() -> CompletionList | None:
    """The oldest that waits, for this process alone."""
    rows = select(CompletionList).where(CompletionList.state == State.WAITING.value).order_by(CompletionList.id)
    return db.session.scalar(rows.limit(1).with_for_update(skip_locked=True, of=CompletionList))


def spent(before: datetime) -> Sequence[CompletionList]:
    """Whose files have been there long enough."""
    rows = select(CompletionList).where(CompletionList.state == State.READY.value, CompletionList.made_at < before)
    return db.session.scalars(rows).all()


def file_keys() -> set[str]:
    """The stored files that rows name."""
    rows = db.session.execute(
        select(CompletionList.csv_key, CompletionList.xlsx_key).where(CompletionList.csv_key.is_not(None))
    )
    return {key for pair in rows for key in pair}
