"""The authored texts as everybody reads them; drafts, proposals, publishing; taking files in and writing them out.

The published texts are the only truth at run time. While the database holds none (a fresh installation, a command before
any database exists) the files of the installation stand for them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import inspect, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.config import ROOT
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, NotFound
from lms.core.sources import Changed, Documents, Folder
from lms.documents import queries, rules
from lms.documents.models import Document, Publication, Revision
from lms.documents.queries import Standing
from lms.documents.rules import Action, Moved, State

T = TypeVar("T")
FILES = Actor(kind="system", label="dosyalar")
_KEPT = "lms.documents"
_made: dict[Callable[[Documents], object], tuple[str, object]] = {}


# --- reading ------------------------------------------------------------------------------------------------------


def published() -> Documents:
    """What everybody reads now, with the recordings of the installation."""
    return derived(_together)


def derived(make: Callable[[Documents], T]) -> T:
    """What ``make`` makes of the published documents: once for each process and publication. One statement a transaction."""
    code = _last_code()
    known = _made.get(make)
    if known is None or known[0] != code:
        below = _stored() if code else Folder(ROOT)
        known = _made[make] = (code, make(below))
    return cast("T", known[1])


def _together(documents: Documents) -> Documents:
    return documents


def _stored() -> Documents:
    return Changed(Folder(ROOT, keep=lambda name: rules.kind_of(name) is None), queries.published_bodies())


def _last_code() -> str:
    """The code of the last publication, asked once in each transaction; "" while there is none."""
    session = db.session()
    kept = session.info.get(_KEPT)
    if kept is None or kept[0] is not session.get_transaction():
        kept = session.info[_KEPT] = _ask()
    return cast("str", kept[1])


def _ask() -> tuple[object, str]:
    try:
        code = queries.last_code() or ""
    except (OperationalError, ProgrammingError):
        db.session.rollback()
        if inspect(db.engine).has_table(Publication.__tablename__):
            raise
        code = ""  # no schema yet: a command before `lms db upgrade`
    return db.session().get_transaction(), code


# --- drafts and proposals -----------------------------------------------------------------------------------------


def seen(path: str) -> str:
    """What a form is filled from, as a token: who saves over something newer is refused with its author's name."""
    return _token(queries.open_one(path), queries.published(path))


def _token(draft: Revision | None, current: Revision | None) -> str:
    return "/".join(f"{row.code}:{row.saves}" if row else "" for row in (draft, current))


def save(path: str, text: str, *, expected: str, note: str, actor: Actor, now: datetime) -> Revision:
    """Keep a person's draft of a document, which may be a new one.

    Errors: documents.taken (somebody else's draft or proposal, with name and instant), documents.changed (newer than
    ``expected``), documents.path, documents.too_long, documents.unreadable.
    """
    if rules.kind_of(path) is None:
        raise NotFound("documents.path", path=path)
    body, note = rules.checked_text(text), rules.checked_note(note)
    row, current = queries.open_one(path), queries.published(path)
    if row is not None and row.author_code != actor.code:
        raise Conflict("documents.taken", by=row.author_label, at=row.saved_at)
    if expected != _token(row, current):
        newest = max((r for r in (row, current) if r), key=_touched, default=None)
        raise (
            Conflict("documents.changed", by=_who(newest), at=_touched(newest))
            if newest
            else Conflict("documents.moved")
        )
    values = {"body": body, "content_hash": rules.hash_of(body.encode()), "note": note, "saved_at": now}
    if row is None:
        return _begin(path, values, actor)
    _claim(row, Action.SAVE, saves=row.saves + 1, base_id=current.id if current else None, **values)
    return row


def _touched(row: Revision) -> datetime:
    return row.decided_at or row.saved_at


def _who(row: Revision) -> str:
    return row.decided_label or row.author_label


def _begin(path: str, values: Mapping[str, object], actor: Actor) -> Revision:
    insert_ignore(Document, [{"path": path, "common_hash": None}], ["path"])
    standing = queries.standings()[path]
    code = new_code()
    row = {
        "code": code,
        "document_id": standing.document_id,
        "ordinal": standing.last + 1,
        "base_id": standing.revision_id,
        "state": State.DRAFT,
        "saves": 1,
        "author_code": actor.code,
        "author_label": actor.label,
        **_BLANK,
        **values,
    }
    if not insert_ignore(Revision, [row]):  # two began at the same instant: one wins
        other = queries.open_one(path)
        raise Conflict("documents.taken", by=other.author_label if other else "", at=values["saved_at"])
    return one(code)


_BLANK = {
    "proposed_at": None, "decided_at": None, "decided_code": "", "decided_label": "", "reason": "", "publication_id": None,
}  # fmt: skip


def one(code: str) -> Revision:
    """A revision, or 404."""
    row = queries.by_code(code)
    if row is None:
        raise NotFound
    return row


def propose(code: str, *, actor: Actor, now: datetime) -> Revision:
    """The author says it is ready. Errors: documents.taken, documents.moved."""
    row = _own(code, actor)
    _claim(row, Action.PROPOSE, proposed_at=now, reason="")
    return row


def take_back(code: str, *, actor: Actor) -> Revision:
    """The author wants to go on writing."""
    row = _own(code, actor)
    _claim(row, Action.TAKE_BACK, proposed_at=None)
    return row


def give_back(code: str, *, reason: str, actor: Actor, now: datetime) -> Revision:
    """A second person is not content, and says why. Errors: documents.own, documents.note, documents.moved."""
    row = one(code)
    if row.author_code == actor.code:
        raise Conflict("documents.own")
    _claim(row, Action.GIVE_BACK, reason=rules.checked_note(reason), **_decided(actor, now), proposed_at=None)
    return row


def drop(code: str, *, actor: Actor, now: datetime) -> Revision:
    """Give a draft up, one's own or one that somebody left lying; it stays in the history."""
    row = one(code)
    _claim(row, Action.DROP, **_decided(actor, now))
    return row


def _own(code: str, actor: Actor) -> Revision:
    row = one(code)
    if row.author_code != actor.code:
        raise Conflict("documents.taken", by=row.author_label, at=row.saved_at)
    return row


def _decided(actor: Actor, now: datetime) -> dict[str, object]:
    return {"decided_at": now, "decided_code": actor.code, "decided_label": actor.label}


def _claim(row: Revision, action: Action, **values: object) -> None:
    """The move as one conditional statement: of two at once, one finds the row as it knew it."""
    state = State(row.state)
    done = db.session.execute(
        update(Revision)
        .where(Revision.id == row.id, Revision.state == state, Revision.saves == row.saves)
        .values(state=rules.move(state, action), **values)
    )
    db.session.refresh(row)
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Conflict("documents.changed", by=_who(row), at=_touched(row))


# --- publishing ---------------------------------------------------------------------------------------------------


def with_proposals(rows: Sequence[Revision]) -> Documents:
    """What everybody would read if these revisions were published."""
    return Changed(published(), {row.path: _data(row.body) for row in rows})


def _data(body: str | None) -> bytes | None:
    return None if body is None else body.encode()


def publish(rows: Sequence[Revision], *, note: str, after: int, actor: Actor, now: datetime) -> Publication:
    """A second person makes proposals what everybody reads, all of them or none.

    ``after``: the number of the publication that the caller checked them against. Errors: documents.own (nobody
    publishes their own text), documents.outrun (another text of the same document was published meanwhile),
    documents.published_meanwhile, documents.moved.
    """
    for row in rows:
        if row.author_code == actor.code:
            raise Conflict("documents.own")
        current = queries.published(row.path)
        if (current.id if current else None) != row.base_id:
            by, at = (_who(current), current.decided_at) if current else ("", now)
            raise Conflict("documents.outrun", path=row.path, by=by, at=at)
    act = _act(note, after, actor, now)
    bases = [row.base_id for row in rows if row.base_id is not None]
    _supersede(bases)
    for row in rows:
        _claim(row, Action.PUBLISH, publication_id=act.id, **_decided(actor, now))
    return act


def number() -> int:
    """How many acts of publishing there were."""
    last = queries.last_publication()
    return last.number if last else 0


def _act(note: str, after: int, actor: Actor, now: datetime) -> Publication:
    code = new_code()
    row = {
        "number": after + 1, "code": code, "at": now, "by_code": actor.code, "by_label": actor.label, "note": note,
    }  # fmt: skip
    if not insert_ignore(Publication, [row], ["number"]):
        last = queries.last_publication()
        raise Conflict("documents.published_meanwhile", by=last.by_label if last else "", at=last.at if last else now)
    db.session().info.pop(_KEPT, None)
    return queries.publication(code)


def _supersede(revision_ids: Sequence[int]) -> None:
    if revision_ids:
        db.session.execute(
            update(Revision).where(Revision.id.in_(revision_ids)).values(state=State.SUPERSEDED),
            execution_options={"synchronize_session": "fetch"},
        )


# --- files --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking files in would do: ``changes`` are published, ``desk`` is newer here and stays, ``same`` is known."""

    changes: Mapping[str, bytes | None]
    desk: tuple[str, ...]
    same: Mapping[str, str | None]
    after: int
    documents: Documents  # what everybody will read afterwards

    def __str__(self) -> str:
        return f"{len(self.changes)} from the files, {len(self.desk)} newer at the desk, {len(self.same)} unchanged"


def intake(files: Documents, *, over: bool, below: str = "") -> Intake:
    """Compare files (those ``below`` a folder) with what is published; nothing is written.

    A document changed at both places since they last were the same is refused with its name (documents.conflict), unless
    ``over`` says that the files win. What the desk wrote stays in the history either way.
    """
    known = queries.standings()
    data = {name: files[name] for name in files if rules.kind_of(name) and name.startswith(below)}
    hashes = {name: rules.hash_of(text) for name, text in data.items()}
    changes: dict[str, bytes | None] = {}
    desk: list[str] = []
    conflicts: list[str] = []
    same: dict[str, str | None] = {}
    for name in sorted(data.keys() | {path for path in known if path.startswith(below)}):
        here = known.get(name)
        side = rules.moved(
            files=hashes.get(name),
            desk=here.published_hash if here else None,
            common=here.common_hash if here else None,
        )
        if side is Moved.NOBODY:
            same[name] = hashes.get(name)
        elif side is Moved.DESK and not over:
            desk.append(name)
        elif side is Moved.BOTH and not over:
            conflicts.append(name)
        else:
            changes[name] = data.get(name)
    if conflicts:
        raise Conflict("documents.conflict", paths=", ".join(conflicts))
    return Intake(changes, tuple(desk), same, number(), Changed(published(), changes))


def take_in(plan: Intake, *, actor: Actor, now: datetime) -> Publication | None:
    """Publish what only the files changed; None when there is nothing. Errors: documents.published_meanwhile."""
    known = queries.standings()
    _agree({name: digest for name, digest in plan.same.items() if name in known}, known)
    if not plan.changes:
        return None
    act = _act("", plan.after, actor, now)
    fresh = [{"path": name, "common_hash": None} for name in plan.changes if name not in known]
    insert_ignore(Document, fresh, ["path"])
    known = queries.standings()
    _supersede([found for name in plan.changes if (found := known[name].revision_id) is not None])
    insert_ignore(Revision, [_from_files(known[name], data, act, now) for name, data in plan.changes.items()])
    _agree({name: None if data is None else rules.hash_of(data) for name, data in plan.changes.items()}, known)
    return act


def _from_files(standing: Standing, data: bytes | None, act: Publication, now: datetime) -> dict[str, object]:
    return {
        **_BLANK,
        "code": new_code(),
        "document_id": standing.document_id,
        "ordinal": standing.last + 1,
        "base_id": standing.revision_id,
        "state": State.PUBLISHED,
        "body": None if data is None else data.decode(),
        "content_hash": None if data is None else rules.hash_of(data),
        "note": "",
        "saves": 1,
        "author_code": "",
        "author_label": FILES.label,
        "saved_at": now,
        "decided_at": now,
        "publication_id": act.id,
    }


def _agree(hashes: Mapping[str, str | None], known: Mapping[str, Standing]) -> None:
    """Files and database hold the same here now."""
    changed = [
        {"id": known[name].document_id, "common_hash": digest}
        for name, digest in hashes.items()
        if known[name].common_hash != digest
    ]
    if changed:
        db.session.execute(update(Document), changed)


@dataclass(frozen=True, slots=True)
class Written:
    """One file that the export wrote or removed."""

    path: str
    what: str  # new, changed, removed


def export(root: Path, *, home: bool, over: bool) -> list[Written]:
    """Write every published text to its file below ``root``; what was written.

    ``home``: these are the files that `take_in` reads, so both hold the same afterwards; a file that somebody changed and
    nobody took in is not overwritten (documents.not_taken_in, with its name) unless ``over``.
    """
    known = queries.standings()
    texts = queries.published_bodies()
    files = Folder(root, keep=lambda name: rules.kind_of(name) is not None)
    hashes = {name: rules.hash_of(files[name]) for name in files}
    if home and not over:
        newer = [
            name
            for name, row in known.items()
            if rules.moved(files=hashes.get(name), desk=row.published_hash, common=row.common_hash)
            in (Moved.FILES, Moved.BOTH)
        ]
        if newer:
            raise Conflict("documents.not_taken_in", paths=", ".join(sorted(newer)))
    written = []
    for name, row in sorted(known.items()):
        if hashes.get(name) == row.published_hash or (name not in texts and not home):
            continue
        what = "removed" if name not in texts else "changed" if name in hashes else "new"
        _write(root / name, texts.get(name))
        written.append(Written(name, what))
    if home:
        _agree({name: row.published_hash for name, row in known.items()}, known)
    return written


def _write(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(data)
    draft.replace(path)


# --- history ------------------------------------------------------------------------------------------------------


def diff(before: str | None, after: str | None) -> list[str]:
    """The lines that changed with three lines around them, as `diff -u` writes them, without its head."""
    lines = difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=3)
    return list(lines)[2:]
