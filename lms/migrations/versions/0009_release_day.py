"""a build may wait for the day on which its rule takes effect

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CHECK = "ck_course_build_state"


def upgrade() -> None:
    with op.batch_alter_table("course_build") as batch_op:
        batch_op.add_column(sa.Column("effective", sa.Date(), nullable=True))
        batch_op.drop_constraint(op.f(_CHECK), type_="check")
        batch_op.create_check_constraint(
            op.f(_CHECK), "state IN ('waiting', 'running', 'ready', 'done', 'failed', 'outrun')"
        )


def downgrade() -> None:
    with op.batch_alter_table("course_build") as batch_op:
        batch_op.drop_column("effective")
        batch_op.drop_constraint(op.f(_CHECK), type_="check")
        batch_op.create_check_constraint(op.f(_CHECK), "state IN ('waiting', 'running', 'done', 'failed', 'outrun')")
