"""lessons: what their slides show, their questions, a recorded video in place of the built one

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LISTS = ("slides", "checks")


def upgrade() -> None:
    with op.batch_alter_table("lesson") as batch_op:
        for name in _LISTS:
            batch_op.add_column(sa.Column(name, lms.core.db.JsonValue(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("recorded", lms.core.db.JsonValue(), nullable=True))
    with op.batch_alter_table("lesson") as batch_op:
        for name in _LISTS:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("lesson") as batch_op:
        for name in ("recorded", *_LISTS):
            batch_op.drop_column(name)
