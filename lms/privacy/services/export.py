"""KVKK m.11: a copy of everything about a person, found by following the inventory's tables to them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, and_, or_, select, update

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import BANK, SYSTEM, Actor
from lms.core.codes import mask_name, new_code
from lms.core.db import Base, db, insert_ignore
from lms.core.errors import NotFound
from lms.core.files import files
from lms.corporate.models import Institution
from lms.mailroom.rules import Match
from lms.membership.models import LegalText, Member
from lms.membership.services.accounts import recipient
from lms.notifications.models import SEALED
from lms.notifications.services import enqueue
from lms.payments.models import Payment
from lms.privacy import queries
from lms.privacy.loader import policy
from lms.privacy.models import PersonalExport
from lms.privacy.rendering import archive
from lms.privacy.rules.requests import EXPORT_KEPT
from lms.register.models import RegisterEntry

_SECRETS: Final = frozenset(
    {
        "password_hash", "totp_sealed", "totp_last_step", "token_hash", "tckn_index", "tckn_sealed", "file_key", "pdf_key", "raw_key",
        "request_hash", "name_folded", "key", "digests", "answer_dedupe", "dedupe",
    }
)  # fmt: skip
"""Never leaves: what opens something, the keys of questions in use, and our own bookkeeping."""
_QUESTIONS: Final = frozenset({"stem", "table", "options", "variant"})
"""Of a paper: the bank's property, and what the next candidates are asked."""
_OWN_RULE: Final = ("member", "dispute", "audit_entry", "invitation", "inbound_mail", "branch_line")
_NAMED: Final[Mapping[str, tuple[type[Any], Callable[[Any], dict[str, Any]]]]] = {
    "text_id": (LegalText, lambda text: {"text_kind": text.kind, "text_version": text.version}),
    "institution_id": (Institution, lambda house: {"institution": house.name}),
}
"""Keys of ours that are told by name: what was accepted, and by whom somebody was invited."""
UNREACHED: Final[Mapping[str, str]] = {
    "exam_sign": "Something for staff to look at that concerns several people at once; told on request, the others left out.",
    "login_tally": "Counts by network and number's hash, forgotten in two days; nothing leads from a row to a person.",
}
"""Tables with personal data that the copy leaves out, and why."""


def order(*, actor: Actor, now: datetime) -> None:
    """Ask for a copy; one at a time, the second click finds the first."""
    row = {"code": new_code(20), "member_id": actor.member_id, "asked_at": now}
    if insert_ignore(PersonalExport, [row]):
        record(Act.EXPORT_ASKED, actor=actor, subject=("member", actor.code), now=now)


def make_next(now: datetime) -> bool:
    """Make the oldest copy that is wanted; False: none is. Two at once make it once."""
    waiting = queries.waiting_exports(1)
    if not waiting:
        return False
    row = waiting[0]
    data = archive(_about(row.member), everything(row.member), now)
    key = files().put("exports", data, ".zip")
    made = db.session.execute(
        update(PersonalExport)
        .where(PersonalExport.id == row.id, PersonalExport.made_at.is_(None), PersonalExport.erased_at.is_(None))
        .values(made_at=now, file_key=key, size=len(data))
        .returning(PersonalExport.id)
        .execution_options(synchronize_session=False)
    ).first()
    if made is None:
        files().delete(key)
        return True
    db.session.refresh(row)
    params = {"first_name": row.member.first_name, "until": (now + EXPORT_KEPT).isoformat()}
    enqueue("export_ready", to=recipient(row.member), params=params, dedupe=f"export_ready:{row.code}", now=now)
    return True


def fetch(code: str, *, actor: Actor, now: datetime) -> bytes:
    """The copy, once: it is erased with this. Somebody else's, or a fetched one, is not found."""
    row = db.session.scalars(select(PersonalExport).filter_by(code=code, member_id=actor.member_id)).one_or_none()
    taken = (
        row is not None
        and db.session.execute(
            update(PersonalExport)
            .where(PersonalExport.id == row.id, PersonalExport.made_at.is_not(None), PersonalExport.erased_at.is_(None))
            .values(fetched_at=now, erased_at=now, file_key=None)
            .returning(PersonalExport.id)
            .execution_options(synchronize_session=False)
        ).first()
    )
    if row is None or not taken or row.file_key is None:
        raise NotFound
    data = files().read(row.file_key)
    files().delete(row.file_key)
    record(Act.EXPORT_FETCHED, actor=actor, subject=("member", actor.code), now=now)
    return data


def everything(member: Member) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Each table's rows about this person, without keys, secrets, and the names of others."""
    found = {}
    for name, holding in sorted(policy()[1].items()):
        table = Base.metadata.tables[name]
        where = about(table, member) if holding.personal and name not in UNREACHED else None
        if where is not None:
            rows = db.session.execute(select(*_columns(table)).where(where)).mappings()
            found[name] = (holding.purpose, [_told(dict(row), member) for row in rows])
    return found


def about(table: Table, member: Member) -> ColumnElement[bool] | None:
    """Which rows of a table are about this person: by key or code, else through the table that they hang on; None: none is."""
    columns = table.c
    if table.name in _OWN_RULE:
        return _by_its_own_rule(table, member)
    for column, value in (("member_id", member.id), ("member_code", member.code), ("tckn_index", member.tckn_index)):
        if column in columns:
            return columns[column] == value
    for column in ("subject_code", "actor_code"):
        if column in columns:
            return columns[column] == member.code
    for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
        parent = key.column.table
        if parent is table or parent.name == "member" or not policy()[1][parent.name].personal:
            continue
        where = about(parent, member)
        if where is not None:
            return key.parent.in_(select(key.column).where(where))
    return None


def _by_its_own_rule(table: Table, member: Member) -> ColumnElement[bool]:
    """The person; a claim that gave them the account (until then its words are somebody else's), as a mail from their own
    address; an invitation of their number, answered or not; a bank's line that was counted for them, whatever number it bears, or
    that bears theirs and was counted for nobody; what the trail says.
    """
    columns = table.c
    if table.name == "member":
        return columns.id == member.id
    if table.name == "invitation":
        return or_(columns.member_id == member.id, columns.tckn_index == member.tckn_index)
    if table.name == "inbound_mail":
        return and_(columns.member_id == member.id, columns.match.in_((Match.BOTH, Match.ADDRESS)))
    if table.name == "branch_line":
        own = select(Payment.id).where(Payment.member_id == member.id)
        return or_(columns.payment_id.in_(own), queries.unclaimed(member.tckn_index))
    if table.name == "dispute":
        return and_(columns.member_id == member.id, columns.status == "moved")
    return or_(columns.actor_code == member.code, columns.subject_code.in_(_own_codes(member)))


def _own_codes(member: Member) -> list[str]:
    """What the trail calls this person's things: the account, and every row of theirs that has a code."""
    codes = [member.code]
    for table in Base.metadata.tables.values():
        where = about(table, member) if "member_id" in table.c and "code" in table.c else None
        if where is not None:
            codes += db.session.scalars(select(table.c.code).where(where))
    return codes


def _columns(table: Table) -> list[Column[Any]]:
    """What may leave: no keys of ours (except what is told by its name), no secrets, no bytes, no other person."""
    kept = []
    for column in table.columns:
        inner = (column.primary_key and column.name == "id") or (column.foreign_keys and column.name not in _NAMED)
        if (
            not inner
            and column.name not in _SECRETS | (_QUESTIONS if table.name == "paper_item" else frozenset())
            and not isinstance(column.type, LargeBinary)
        ):
            kept.append(column)
    return kept


def _told(row: dict[str, Any], member: Member) -> dict[str, Any]:
    for name in ("actor_label", "writer", "by_label", "settled_by"):
        if row.get(name):
            row[name] = _colleague(row[name])
    if isinstance(row.get("data"), dict) and row["data"].get("by"):
        row["data"] = {**row["data"], "by": _colleague(row["data"]["by"])}
    if row.get("actor_code") and row["actor_code"] != member.code:
        row["actor_code"] = ""
        row.pop("ip", None)
    if row.get("act") == Act.DISPUTE_FROZEN:
        row["data"] = {"frozen": row["data"]["frozen"]}  # why speaks of who claims the account
    for key, (model, told) in _NAMED.items():
        if key in row:
            row.update(told(db.session.get_one(model, row.pop(key))))
    if isinstance(row.get("params"), dict):
        row["params"] = {key: value for key, value in row["params"].items() if key != SEALED}
    return row


def _colleague(label: str) -> str:
    """Who of ours did something, masked; the system and the bank are nobody."""
    return label if label in (SYSTEM.label, BANK.label) else mask_name(label)


def _about(member: Member) -> dict[str, str]:
    held = db.session.scalars(select(RegisterEntry.number).where(RegisterEntry.tckn_index == member.tckn_index)).all()
    return {
        "Ad soyad": member.full_name, "T.C. kimlik numarası": member.tckn_masked, "Üyelik": member.code,
        "Sertifikalar": ", ".join(held),
    }  # fmt: skip
