"""R063: lists of completions for SEDDK and ÖRYM: asked for on record, made by a job, logged person by person, erased."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from lms.audit import services as audit
from lms.audit.rules import Act, Basis, Fact, Recipient
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.core.sheets import Cell, csv_lines, write_xlsx
from lms.reports.models import CompletionList
from lms.reports.queries import lists as queries
from lms.reports.rules import lists as rules
from lms.reports.rules.lists import State
from lms.terms import queries as terms

NAMESPACE = "completion"
_RECIPIENTS, _BASES = {one.value: one for one in Recipient}, {one.value: one for one in Basis}
TOLD = (Fact.NAME, Fact.TCKN, Fact.CERTIFICATE, Fact.REVOCATION)


def ask(
    *, recipient: str, basis: str, reference: str, term_code: str, first: date | None, last: date | None,
    actor: Actor, now: datetime,
) -> CompletionList:  # fmt: skip
    """Put a list up for making. Errors: form.invalid with the fields."""
    known = terms.current_term(term_code) is not None
    rules.check_request(
        recipient=recipient, basis=basis, reference=reference, term_code=term_code, known=known, first=first, last=last
    )
    row = CompletionList(
        code=new_code(), recipient=recipient, basis=basis, reference=reference.strip(), term_code=term_code or None,
        from_day=first, to_day=last, requested_by=actor.member_id, requested_at=now, state=State.WAITING.value,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _record(Act.LIST_ASKED, row, actor, now)
    return row


def _record(act: Act, row: CompletionList, actor: Actor, now: datetime, **data: object) -> None:
    told = {"recipient": row.recipient, "reference": row.reference, "term": row.term_code, **data}
    audit.record(act, actor=actor, subject=("completion_list", row.code), data=told, now=now)


def make_next(*, now: datetime) -> int:
    """Write the files of the oldest list that waits, and log each person in it; how many lists (0 or 1)."""
    row = queries.next_waiting()
    if row is None:
        return 0
    people: list[str] = []
    store = files()
    with store.desk() as folder:
        plain, book = Path(folder) / "list.csv", Path(folder) / "list.xlsx"
        with plain.open("w", encoding="utf-8", newline="") as out:
            out.writelines(csv_lines(rules.HEAD, _lines(row, now, people)))
        with book.open("wb") as target:
            write_xlsx(target, "Tamamlayanlar", rules.HEAD, _read_back(plain))
        row.csv_key, row.xlsx_key = store.take(NAMESPACE, plain, ".csv"), store.take(NAMESPACE, book, ".xlsx")
    row.state, row.rows, row.made_at = State.READY.value, len(people), now
    if people:
        row.disclosure = audit.disclose_many(
            _RECIPIENTS[row.recipient], basis=_BASES[row.basis], subjects=[("member", code) for code in people], what=TOLD,
            actor=row.requester.actor(), now=now, reference=row.reference,
        )  # fmt: skip
    db.session.flush()
    return 1


def _lines(row: CompletionList, now: datetime, people: list[str]) -> Iterator[Sequence[Cell]]:
    """The lines as they are written; ``people`` keeps whose they are."""
    for code, line in queries.completions(row, now):
        people.append(code)
        yield line


def _read_back(path: Path) -> Iterator[Sequence[Cell]]:
    """The rows of the CSV file, so that both files say the same at the same instant."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = csv.reader(source, delimiter=";")
        next(rows)
        yield from rows


def take(code: str, form: str, *, actor: Actor, now: datetime) -> tuple[CompletionList, Path]:
    """The file to hand out, on record. Errors: report.waiting, report.erased."""
    row = queries.by_code(code)
    if row is None:
        raise NotFound
    key = {"csv": row.csv_key, "xlsx": row.xlsx_key}.get(form, "")
    if key == "":
        raise NotFound
    if key is None:
        raise Conflict(f"report.{row.state}")
    _record(Act.LIST_TAKEN, row, actor, now, form=form, rows=row.rows)
    return row, files().path(key)


def erase(*, now: datetime) -> int:
    """Delete the files of lists older than `rules.KEPT`; the row and the log of disclosures stay."""
    rows = queries.spent(now - rules.KEPT)
    keys = [key for row in rows for key in (row.csv_key, row.xlsx_key) if key]
    for row in rows:
        row.state, row.csv_key, row.xlsx_key, row.erased_at = State.ERASED.value, None, None, now
    db.session.flush()
    for key in keys:
        files().delete(key)
    return len(rows)


def sweep(wall: datetime) -> int:
    """Files whose rows were never stored, because the process died between the two."""
    named = queries.file_keys()
    lost = [key for key in files().keys(NAMESPACE, wall - rules.KEPT) if key not in named]
    for key in lost:
        files().delete(key)
    return len(lost)
