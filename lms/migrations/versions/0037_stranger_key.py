"""idempotent_answer: a stranger's key is honoured too

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_INDEX = "ux_idempotent_answer_stranger"
_STRANGERS = sa.text("member_id IS NULL")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("idempotent_answer") as batch_op:
        batch_op.alter_column("member_id", existing_type=_KEY, nullable=True)
        batch_op.create_index(_INDEX, ["key"], unique=True, sqlite_where=_STRANGERS, postgresql_where=_STRANGERS)


def downgrade() -> None:
    op.execute("DELETE FROM idempotent_answer WHERE member_id IS NULL")
    with op.batch_alter_table("idempotent_answer") as batch_op:
        batch_op.drop_index(_INDEX)
        batch_op.alter_column("member_id", existing_type=_KEY, nullable=False)
