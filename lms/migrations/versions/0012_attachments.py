"""files that were kept out

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_upload",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_code", sa.String(length=40), nullable=False),
        sa.Column("actor_label", sa.String(length=120), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_upload")),
    )
    op.create_index(op.f("ix_refused_upload_at"), "refused_upload", ["at"], unique=False)
    op.create_index(op.f("ix_refused_upload_sha256"), "refused_upload", ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("refused_upload")
