"""corrections of a name or an identity number

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("status = 'requested'")


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=170), nullable=False),
        sa.Column("after", sa.String(length=170), nullable=False),
        sa.Column("tckn_index", sa.String(length=64), nullable=True),
        sa.Column("tckn_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("requested_by", KEY, nullable=False),
        sa.Column("requested_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reissued", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('name', 'tckn')", name=op.f("ck_correction_kind")),
        sa.CheckConstraint("status IN ('requested', 'confirmed', 'refused')", name=op.f("ck_correction_status")),
        sa.CheckConstraint(
            "kind = 'name' OR decided_by IS NULL OR decided_by <> requested_by", name=op.f("ck_correction_four_eyes")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_correction_member_id_member")),
        sa.ForeignKeyConstraint(["requested_by"], ["member.id"], name=op.f("fk_correction_requested_by_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_correction_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("code", name=op.f("uq_correction_code")),
    )
    with op.batch_alter_table("correction") as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "ux_correction_open", ["member_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )


def downgrade() -> None:
    op.drop_table("correction")
