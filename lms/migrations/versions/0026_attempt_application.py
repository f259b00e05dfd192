"""attempt: found by its application again, since the unique index holds only for those that count

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_attempt_application_id"), "attempt", ["application_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_attempt_application_id"), "attempt")
