"""a term's version says where it came from; a withdrawn override stays as a row

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("term") as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=4), nullable=False, server_default="file"))
        batch_op.create_check_constraint(op.f("ck_term_source"), "source IN ('file', 'desk')")
    with op.batch_alter_table("calendar_override") as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", lms.core.db.UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM calendar_override WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("calendar_override") as batch_op:
        batch_op.drop_column("withdrawn_at")
    with op.batch_alter_table("term") as batch_op:
        batch_op.drop_constraint(op.f("ck_term_source"), type_="check")
        batch_op.drop_column("source")
