"""question variants, the slide that teaches, areas of a result; citations keep what they showed

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import JsonValue

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_VERSION = sa.table("question_version", sa.column("id", sa.BigInteger), sa.column("citations", JsonValue()))


def upgrade() -> None:
    with op.batch_alter_table("question_version") as batch_op:
        batch_op.add_column(sa.Column("variants", JsonValue(), nullable=True))
        batch_op.add_column(sa.Column("slide_id", sa.String(length=60), nullable=True))
    with op.batch_alter_table("paper_item") as batch_op:
        batch_op.add_column(sa.Column("variant", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("paper_plan") as batch_op:
        batch_op.add_column(sa.Column("areas", JsonValue(), server_default="[]", nullable=False))
    _cite(lambda cited: {"address": cited, "shown": ""} if isinstance(cited, str) else cited)


def downgrade() -> None:
    _cite(lambda cited: cited["address"] if isinstance(cited, dict) else cited)
    with op.batch_alter_table("paper_plan") as batch_op:
        batch_op.drop_column("areas")
    with op.batch_alter_table("paper_item") as batch_op:
        batch_op.drop_column("variant")
    with op.batch_alter_table("question_version") as batch_op:
        batch_op.drop_column("slide_id")
        batch_op.drop_column("variants")


def _cite(change) -> None:
    """Give every citation its new shape."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_VERSION.c.id, _VERSION.c.citations)).all():
        if row.citations:
            cited = [change(one) for one in row.citations]
            connection.execute(_VERSION.update().where(_VERSION.c.id == row.id).values(citations=cited))
