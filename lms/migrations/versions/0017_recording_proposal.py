"""a recorded video waits for a second person

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'proposed'")


def upgrade() -> None:
    op.create_table(
        "recording_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("programme_code", sa.String(length=40), nullable=False),
        sa.Column("lesson_code", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("film", lms.core.db.JsonValue(), nullable=True),
        sa.Column("author_code", sa.String(length=40), nullable=False),
        sa.Column("author_label", sa.String(length=170), nullable=False),
        sa.Column("proposed_at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_code", sa.String(length=40), nullable=True),
        sa.Column("decided_label", sa.String(length=170), nullable=True),
        sa.Column("decided_at", lms.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'published', 'returned')", name=op.f("ck_recording_proposal_state")
        ),
        sa.CheckConstraint(
            "state <> 'published' OR decided_code <> author_code", name=op.f("ck_recording_proposal_four_eyes")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_recording_proposal_decided")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_proposal")),
        sa.UniqueConstraint("code", name=op.f("uq_recording_proposal_code")),
    )
    op.create_index(
        "ux_recording_proposal_open", "recording_proposal", ["programme_code", "lesson_code"], unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("recording_proposal")
