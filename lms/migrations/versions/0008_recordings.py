"""a lesson's content hash, so that a release with an uploaded video can be told from others

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lesson") as batch_op:
        batch_op.add_column(sa.Column("source_hash", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("lesson") as batch_op:
        batch_op.alter_column("source_hash", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("lesson") as batch_op:
        batch_op.drop_column("source_hash")
