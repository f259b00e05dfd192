"""requests about personal data, copies of it, and what was destroyed

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN = sa.text("outcome IS NULL")
_WANTED = sa.text("erased_at IS NULL")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = lms.core.db.UTCDateTime(timezone=True)
    op.create_table(
        "privacy_request",
        sa.Column("id", key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("member_id", key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_code", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", key, nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.CheckConstraint(
            "kind IN ('correction', 'erasure', 'objection', 'information')", name=op.f("ck_privacy_request_kind")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('granted', 'partly', 'refused')", name=op.f("ck_privacy_request_outcome")
        ),
        sa.CheckConstraint("source IN ('form', 'mail', 'staff')", name=op.f("ck_privacy_request_source")),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL AND decided_at IS NULL)", name=op.f("ck_privacy_request_decided")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_privacy_request_member_id_member")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_privacy_request_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        sa.UniqueConstraint("code", name=op.f("uq_privacy_request_code")),
    )
    op.create_index(op.f("ix_privacy_request_member_id"), "privacy_request", ["member_id"])
    op.create_index(
        "ix_privacy_request_waiting", "privacy_request", ["asked_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(
        "ux_privacy_request_open", "privacy_request", ["member_id", "kind", "subject_code"], unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
    op.create_table(
        "personal_export",
        sa.Column("id", key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("member_id", key, nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("made_at", instant, nullable=True),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("fetched_at", instant, nullable=True),
        sa.Column("erased_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_personal_export_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_export")),
        sa.UniqueConstraint("code", name=op.f("uq_personal_export_code")),
    )
    op.create_index(op.f("ix_personal_export_asked_at"), "personal_export", ["asked_at"])
    op.create_index(
        "ux_personal_export_wanted", "personal_export", ["member_id"], unique=True,
        sqlite_where=_WANTED, postgresql_where=_WANTED,
    )  # fmt: skip
    op.create_table(
        "destruction",
        sa.Column("id", key, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("retention_class", sa.String(length=30), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("older_than", instant, nullable=True),
        sa.Column("request_code", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    op.create_index(op.f("ix_destruction_at"), "destruction", ["at"])


def downgrade() -> None:
    op.drop_table("destruction")
    op.drop_table("personal_export")
    op.drop_table("privacy_request")
