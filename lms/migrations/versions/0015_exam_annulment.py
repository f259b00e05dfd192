"""exams annulled by staff; one counted attempt for each ordinal

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTED = sa.text("returned_from IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.add_column(sa.Column("annulled_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("annul_kind", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("annul_cause", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("annul_reason", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("annulled_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("returned_from", UTCDateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_attempt_annulled_by_member"), "member", ["annulled_by"], ["id"])
        batch_op.create_check_constraint(
            "annul_kind", "annul_kind IS NULL OR annul_kind IN ('technical', 'misconduct')"
        )
        batch_op.create_check_constraint("annulled", "(annul_kind IS NULL) = (annulled_at IS NULL)")
        batch_op.create_check_constraint(
            "returned", "(returned_from IS NOT NULL) = (COALESCE(annul_kind, '') = 'technical')"
        )
        batch_op.drop_constraint(op.f("uq_attempt_application_id_ordinal"), type_="unique")
        batch_op.create_index(
            "ux_attempt_counted", ["application_id", "ordinal"], unique=True,
            sqlite_where=COUNTED, postgresql_where=COUNTED,
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.drop_index("ux_attempt_counted", sqlite_where=COUNTED, postgresql_where=COUNTED)
        batch_op.create_unique_constraint(op.f("uq_attempt_application_id_ordinal"), ["application_id", "ordinal"])
        for name in ("returned", "annulled", "annul_kind"):
            batch_op.drop_constraint(name, type_="check")
        batch_op.drop_constraint(op.f("fk_attempt_annulled_by_member"), type_="foreignkey")
        for name in ("returned_from", "annulled_by", "annul_reason", "annul_cause", "annul_kind", "annulled_at"):
            batch_op.drop_column(name)
