"""The decision to announce a term, spread by a job.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_AT = UTCDateTime(timezone=True)
_WAITING = sa.text("spread_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "term_announcement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("decided_at", _AT, nullable=False),
        sa.Column("spread_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_announcement")),
    )
    op.create_index(
        "ux_term_announcement_waiting", "term_announcement", ["term_code"], unique=True,
        sqlite_where=_WAITING, postgresql_where=_WAITING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("term_announcement")
