"""claims to an account

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("tckn_index", sa.String(length=64), nullable=False),
        sa.Column("tckn_masked", sa.String(length=11), nullable=False),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("name", sa.String(length=170), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("file_label", sa.String(length=120), nullable=True),
        sa.Column("media_type", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", KEY, nullable=True),
        sa.Column("proposed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("erased_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'proposed', 'moved', 'refused')", name=op.f("ck_dispute_status")),
        sa.CheckConstraint("status <> 'moved' OR decided_by <> proposed_by", name=op.f("ck_dispute_four_eyes")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_dispute_member_id_member")),
        sa.ForeignKeyConstraint(["proposed_by"], ["member.id"], name=op.f("fk_dispute_proposed_by_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_dispute_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("code", name=op.f("uq_dispute_code")),
    )
    with op.batch_alter_table("dispute") as batch_op:
        for name in ("tckn_index", "member_id", "status"):
            batch_op.create_index(batch_op.f(f"ix_dispute_{name}"), [name], unique=False)


def downgrade() -> None:
    op.drop_table("dispute")
