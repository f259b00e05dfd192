"""Authored documents with their whole history: a document is a path, what it says is a revision, and publishing is one act."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.documents.rules import OPEN, State

_PUBLISHED = text("state = 'published'")
_IS_OPEN = text(f"state IN ({', '.join(repr(state.value) for state in OPEN)})")


class Publication(Model):
    """One act that changed what everybody reads. ``number`` counts them without gaps: who checked against the last one and
    finds another there lost the race."""

    __tablename__ = "document_publication"

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    at: Mapped[datetime]
    by_code: Mapped[str] = mapped_column(String(40))
    by_label: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text)


class Document(Model):
    """A file's place. ``common_hash`` is what files and database held when they last were the same; None = no such file."""

    __tablename__ = "document"

    id: Mapped[Key]
    path: Mapped[str] = mapped_column(String(200), unique=True)
    common_hash: Mapped[str | None] = mapped_column(String(64))


class Revision(Model):
    """What a document says, once published for good. ``body`` None = the document is taken away.

    ``saves`` counts the savings of a draft. A person's text is published by somebody else (four eyes); what files bring
    has no author's code.
    """

    __tablename__ = "document_revision"
    __table_args__ = (
        UniqueConstraint("document_id", "ordinal"),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in State)})", name="state"),
        CheckConstraint(
            "state NOT IN ('published', 'superseded') OR author_code = '' OR author_code <> decided_code",
            name="four_eyes",
        ),
        CheckConstraint(
            "state NOT IN ('published', 'superseded') OR publication_id IS NOT NULL", name="published_by_an_act"
        ),
        Index(
            "ux_document_revision_published", "document_id", unique=True,
            sqlite_where=_PUBLISHED, postgresql_where=_PUBLISHED,
        ),
        Index(
            "ux_document_revision_open", "document_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN,
        ),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)
    ordinal: Mapped[int]
    base_id: Mapped[int | None] = mapped_column(ForeignKey("document_revision.id"))
    state: Mapped[str] = mapped_column(String(12), index=True)
    body: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    saves: Mapped[int]
    author_code: Mapped[str] = mapped_column(String(40))
    author_label: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_code: Mapped[str] = mapped_column(String(40))
    decided_label: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("document_publication.id"), index=True)
    publication: Mapped[Publication | None] = relationship()

    @property
    def path(self) -> str:
        return self.document.path
