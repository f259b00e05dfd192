"""Reading documents and their history."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from lms.core.db import db
from lms.documents.models import Document, Publication, Revision
from lms.documents.rules import OPEN, State


def last_publication() -> Publication | None:
    """The act that made what everybody reads now."""
    return db.session.scalars(select(Publication).order_by(Publication.number.desc()).limit(1)).first()


def publication(code: str) -> Publication:
    """An act that is known to be there."""
    return db.session.scalars(select(Publication).where(Publication.code == code)).one()


def last_code() -> str | None:
    """The same act's code; the one statement that tells whether a process knows the newest texts."""
    return db.session.scalar(select(Publication.code).order_by(Publication.number.desc()).limit(1))


def published_bodies() -> dict[str, bytes]:
    """Path -> text of everything published."""
    rows = db.session.execute(
        select(Document.path, Revision.body)
        .join(Revision, Revision.document_id == Document.id)
        .where(Revision.state == State.PUBLISHED, Revision.body.is_not(None))
    )
    return {path: body.encode() for path, body in rows if body is not None}


class Standing(NamedTuple):
    """A document as the comparison with files needs it."""

    document_id: int
    common_hash: str | None
    revision_id: int | None
    published_hash: str | None
    last: int


def standings() -> dict[str, Standing]:
    """Path -> what is published and what it last had in common with the files."""
    last = (
        select(Revision.document_id, func.max(Revision.ordinal).label("last")).group_by(Revision.document_id).subquery()
    )
    rows = db.session.execute(
        select(
            Document.path,
            Document.id,
            Document.common_hash,
            Revision.id,
            Revision.content_hash,
            func.coalesce(last.c.last, 0),
        )
        .outerjoin(Revision, (Revision.document_id == Document.id) & (Revision.state == State.PUBLISHED))
        .outerjoin(last, last.c.document_id == Document.id)
    )
    return {path: Standing(*rest) for path, *rest in rows}


def by_code(code: str) -> Revision | None:
    """One revision."""
    return db.session.scalars(select(Revision).where(Revision.code == code)).one_or_none()


def by_codes(codes: Collection[str]) -> Sequence[Revision]:
    """These revisions, in the order of their paths."""
    return db.session.scalars(
        select(Revision).join(Revision.document).where(Revision.code.in_(codes)).order_by(Document.path)
    ).all()


def published(path: str) -> Revision | None:
    """What a document says."""
    return db.session.scalars(_of(path).where(Revision.state == State.PUBLISHED)).one_or_none()


def open_one(path: str) -> Revision | None:
    """The draft or proposal of a document."""
    return db.session.scalars(_of(path).where(Revision.state.in_(OPEN))).one_or_none()


def open_ones() -> Sequence[Revision]:
    """Every draft and proposal, the oldest first."""
    return db.session.scalars(select(Revision).where(Revision.state.in_(OPEN)).order_by(Revision.saved_at)).all()


def history(path: str) -> Sequence[Revision]:
    """Everything a document ever said, newest first."""
    return db.session.scalars(
        _of(path).options(joinedload(Revision.publication)).order_by(Revision.ordinal.desc())
    ).all()


def _of(path: str) -> Select[Revision]:
    return select(Revision).join(Revision.document).where(Document.path == path)
