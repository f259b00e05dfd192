"""support: tickets as threads, who cares for them, answers that stand ready

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import BigKey, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_message",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mail_code", sa.String(length=40), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "author IN ('person', 'staff', 'note', 'system')", name=op.f("ck_ticket_message_author")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_message_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["written_by"], ["member.id"], name=op.f("fk_ticket_message_written_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_message")),
    )
    op.create_index(op.f("ix_ticket_message_ticket_id"), "ticket_message", ["ticket_id"])
    op.create_table(
        "canned_answer",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body_tr", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("updated_at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answer")),
        sa.UniqueConstraint("code", name=op.f("uq_canned_answer_code")),
    )
    op.execute(
        "INSERT INTO ticket_message (ticket_id, author, body, at, written_by) "
        "SELECT id, 'person', body, created_at, member_id FROM ticket ORDER BY id"
    )
    op.execute(
        "INSERT INTO ticket_message (ticket_id, author, body, at, written_by) "
        "SELECT id, 'staff', answer, answered_at, answered_by FROM ticket WHERE answer IS NOT NULL ORDER BY id"
    )
    with op.batch_alter_table("ticket") as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("tckn_index", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("category", sa.String(length=20), server_default="other", nullable=False))
        batch_op.add_column(sa.Column("source", sa.String(length=5), server_default="form", nullable=False))
        batch_op.add_column(sa.Column("since", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("messages", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(
            sa.Column("assigned_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("assigned_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_ticket_source"), "source IN ('form', 'mail', 'staff')")
        batch_op.create_foreign_key(op.f("fk_ticket_assigned_to_member"), "member", ["assigned_to"], ["id"])
    op.execute(
        "UPDATE ticket SET since = coalesce(answered_at, created_at), "
        "messages = (SELECT count(*) FROM ticket_message WHERE ticket_message.ticket_id = ticket.id)"
    )
    with op.batch_alter_table("ticket") as batch_op:
        batch_op.alter_column("since", existing_type=UTCDateTime(timezone=True), nullable=False)
        batch_op.alter_column("category", existing_type=sa.String(length=20), server_default=None)
        batch_op.alter_column("source", existing_type=sa.String(length=5), server_default=None)
        batch_op.alter_column("messages", existing_type=sa.Integer(), server_default=None)
        batch_op.drop_index(op.f("ix_ticket_status"))
        batch_op.drop_constraint(op.f("fk_ticket_answered_by_member"), type_="foreignkey")
        for name in ("body", "answer", "answered_at", "answered_by"):
            batch_op.drop_column(name)
        batch_op.create_index("ix_ticket_status_since", ["status", "since"])
        batch_op.create_index(op.f("ix_ticket_tckn_index"), ["tckn_index"])
        batch_op.create_index(op.f("ix_ticket_assigned_to"), ["assigned_to"])


def downgrade() -> None:
    with op.batch_alter_table("ticket") as batch_op:
        for name in ("ix_ticket_assigned_to", "ix_ticket_tckn_index", "ix_ticket_status_since"):
            batch_op.drop_index(name)
        batch_op.drop_constraint(op.f("fk_ticket_assigned_to_member"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_ticket_source"), type_="check")
        for name in ("assigned_at", "assigned_to", "messages", "since", "source", "category", "tckn_index", "name"):
            batch_op.drop_column(name)
        batch_op.add_column(sa.Column("body", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("answer", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_foreign_key(op.f("fk_ticket_answered_by_member"), "member", ["answered_by"], ["id"])
        batch_op.create_index(op.f("ix_ticket_status"), ["status"])
    op.drop_table("canned_answer")
    op.drop_table("ticket_message")
