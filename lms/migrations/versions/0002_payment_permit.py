"""An approved re-application permits one more payment of the term (R099)."""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_permit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("granted_at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_payment_permit_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_permit")),
        sa.UniqueConstraint(
            "member_id", "term_code", "ordinal", name=op.f("uq_payment_permit_member_id_term_code_ordinal")
        ),
    )


def downgrade() -> None:
    op.drop_table("payment_permit")
