"""questions: days on which a wording holds, sources by kind, the paper's plan

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_plan",
        sa.Column("programme_code", sa.String(length=40), nullable=False),
        sa.Column("slots", lms.core.db.JsonValue(), nullable=False),
        sa.Column("titles", lms.core.db.JsonValue(), nullable=False),
        sa.Column("imported_at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("programme_code", name=op.f("pk_paper_plan")),
    )
    with op.batch_alter_table("question_version", schema=None) as batch_op:
        batch_op.drop_column("source")
        batch_op.add_column(sa.Column("sources", lms.core.db.JsonValue(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("holds_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("holds_until", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("question_version", schema=None) as batch_op:
        batch_op.drop_column("holds_until")
        batch_op.drop_column("holds_from")
        batch_op.drop_column("sources")
        batch_op.add_column(sa.Column("source", sa.String(length=400), server_default="", nullable=False))
    op.drop_table("paper_plan")
