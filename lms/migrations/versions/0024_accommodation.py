"""extra time for an exam

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("status <> 'rejected'")


def upgrade() -> None:
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.add_column(sa.Column("extra_minutes", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "accommodation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("application_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("requested_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("file_label", sa.String(length=120), nullable=True),
        sa.Column("media_type", sa.String(length=40), nullable=True),
        sa.Column("erased_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('requested', 'granted', 'rejected')", name=op.f("ck_accommodation_status")),
        sa.CheckConstraint("(status = 'granted') = (minutes IS NOT NULL)", name=op.f("ck_accommodation_minutes")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_accommodation_application_id_application")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_accommodation_member_id_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_accommodation_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation")),
        sa.UniqueConstraint("code", name=op.f("uq_accommodation_code")),
    )
    with op.batch_alter_table("accommodation") as batch_op:
        batch_op.create_index(batch_op.f("ix_accommodation_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_accommodation_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_accommodation_status"), ["status"], unique=False)
        batch_op.create_index(
            "ux_accommodation_stands", ["application_id"], unique=True, sqlite_where=STANDS, postgresql_where=STANDS
        )


def downgrade() -> None:
    op.drop_table("accommodation")
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.drop_column("extra_minutes")
