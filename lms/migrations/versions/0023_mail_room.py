"""incoming mail and its attachments; bank slips

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import BigKey, UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_REF = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OUTCOMES = "'waiting', 'ticket', 'thread', 'exemption', 'reapplication', 'slip', 'bounce', 'automatic', 'refused', 'set_aside'"


def upgrade() -> None:
    op.create_table(
        "inbound_mail",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("mailbox", sa.String(length=10), nullable=False),
        sa.Column("message_id", sa.String(length=260), nullable=False),
        sa.Column("replies_to", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("sender_name", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("taken_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("member_id", _REF, nullable=True),
        sa.Column("match", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=14), nullable=False),
        sa.Column("case_code", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", _REF, nullable=True),
        sa.Column("raw_key", sa.String(length=200), nullable=True),
        sa.Column("erased_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mailbox IN ('bilgi', 'muhasebe')", name=op.f("ck_inbound_mail_mailbox")),
        sa.CheckConstraint(f"outcome IN ({_OUTCOMES})", name=op.f("ck_inbound_mail_outcome")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_inbound_mail_member_id_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_inbound_mail_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("code", name=op.f("uq_inbound_mail_code")),
        sa.UniqueConstraint("message_id", name=op.f("uq_inbound_mail_message_id")),
    )
    op.create_index("ix_inbound_mail_outcome", "inbound_mail", ["outcome", "received_at"])
    op.create_index(op.f("ix_inbound_mail_member_id"), "inbound_mail", ["member_id"])
    op.create_index(op.f("ix_inbound_mail_case_code"), "inbound_mail", ["case_code"])
    op.create_table(
        "inbound_document",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("mail_id", _REF, nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("refused", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["inbound_mail.id"], name=op.f("fk_inbound_document_mail_id_inbound_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_document")),
        sa.UniqueConstraint("code", name=op.f("uq_inbound_document_code")),
    )
    op.create_index(op.f("ix_inbound_document_mail_id"), "inbound_document", ["mail_id"])
    op.create_table(
        "bank_slip",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("member_id", _REF, nullable=True),
        sa.Column("source", sa.String(length=5), nullable=False),
        sa.Column("mail_code", sa.String(length=40), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("arrived_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", _REF, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('mail', 'form', 'staff')", name=op.f("ck_bank_slip_source")),
        sa.CheckConstraint("status IN ('waiting', 'accepted', 'refused')", name=op.f("ck_bank_slip_status")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_bank_slip_member_id_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_bank_slip_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_slip")),
        sa.UniqueConstraint("code", name=op.f("uq_bank_slip_code")),
    )
    op.create_index("ix_bank_slip_status", "bank_slip", ["status", "arrived_at"])
    op.create_index(op.f("ix_bank_slip_member_id"), "bank_slip", ["member_id"])
    op.create_table(
        "slip_document",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("slip_id", _REF, nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=False),
        sa.Column("erased_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["slip_id"], ["bank_slip.id"], name=op.f("fk_slip_document_slip_id_bank_slip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_document")),
        sa.UniqueConstraint("code", name=op.f("uq_slip_document_code")),
    )
    op.create_index(op.f("ix_slip_document_slip_id"), "slip_document", ["slip_id"])


def downgrade() -> None:
    for name in ("slip_document", "bank_slip", "inbound_document", "inbound_mail"):
        op.drop_table(name)
