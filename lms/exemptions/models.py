"""Fee exemption of relatives of martyrs and of veterans: requests, evidence, decisions (R116-R121)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member
from lms.terms.models import Term

_OPEN = text("status IN ('requested', 'more_documents', 'confirming', 'approved')")


class ExemptionRequest(Model):
    """One request for one term. The right exists only once the positive answer was sent: ``answered_at`` (R119)."""

    __tablename__ = "exemption_request"
    __table_args__ = (
        CheckConstraint(
            "relation IN ('martyr_spouse', 'martyr_child', 'veteran', 'veteran_spouse', 'veteran_child')",
            name="relation",
        ),
        CheckConstraint(
            "status IN ('requested', 'more_documents', 'confirming', 'approved', 'rejected')", name="status"
        ),
        CheckConstraint("source IN ('form', 'mail', 'staff')", name="source"),
        CheckConstraint("first_by IS NULL OR decided_by IS NULL OR first_by <> decided_by", name="four_eyes"),
        Index(
            "ux_exemption_request_open",
            "member_id",
            "term_code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True, foreign_keys=[member_id])
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    term: Mapped[Term] = relationship(lazy="joined", innerjoin=True)
    term_code: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str] = mapped_column(String(20))
    phone: Mapped[str | None] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    source: Mapped[str] = mapped_column(String(5), default="form")
    replies_to: Mapped[str | None] = mapped_column(Text)  # of one by mail: its thread, in which the answer goes
    earlier_id: Mapped[int | None] = mapped_column(ForeignKey("exemption_request.id"))  # declared to hold still
    status: Mapped[str] = mapped_column(String(20), index=True)
    requested_at: Mapped[datetime]  # the arrival, whatever the way
    first_at: Mapped[datetime | None]  # R119 where two persons decide: the first approval
    first_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason_code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    status_proven: Mapped[bool | None]
    kinship_proven: Mapped[bool | None]
    answer_dedupe: Mapped[str | None] = mapped_column(String(120))
    answered_at: Mapped[datetime | None]
    documents: Mapped[list["ExemptionDocument"]] = relationship(order_by="ExemptionDocument.id", lazy="selectin")
    barcodes: Mapped[list["ExemptionBarcode"]] = relationship(order_by="ExemptionBarcode.id", lazy="selectin")


class ExemptionDocument(Model):
    """A checked and cleaned file behind a random key; ``label`` is the harmless form of the name it came with."""

    __tablename__ = "exemption_document"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("exemption_request.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class ExemptionBarcode(Model):
    """The verification code of an e-Devlet document, in place of a file: staff look it up by hand and say that they did.

    Sealed, for whoever has it can open the document; forgotten with the documents.
    """

    __tablename__ = "exemption_barcode"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("exemption_request.id"), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    erased_at: Mapped[datetime | None]
