"""annulled items, what they credit to attempts; item statistics

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import JsonValue, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annulment",
        sa.Column("question_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("by_label", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_version_id"], ["question_version.id"], name=op.f("fk_annulment_question_version_id_question_version")
        ),
        sa.PrimaryKeyConstraint("question_version_id", name=op.f("pk_annulment")),
    )
    op.create_table(
        "item_statistic",
        sa.Column("question_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("papers", "right", "rest", "rest_squared", "rest_of_right", "recent", "recent_right")
        ),
        sa.Column("chosen", JsonValue(), nullable=False),
        sa.Column("counted_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_version.id"],
            name=op.f("fk_item_statistic_question_version_id_question_version"),
        ),
        sa.PrimaryKeyConstraint("question_version_id", name=op.f("pk_item_statistic")),
    )
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.add_column(sa.Column("credited", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("regraded_at", UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.drop_column("regraded_at")
        batch_op.drop_column("credited")
    op.drop_table("item_statistic")
    op.drop_table("annulment")
