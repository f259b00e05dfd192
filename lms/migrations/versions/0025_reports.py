"""reports: figures of terms, completion lists, signs; the browser an exam was started in

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    instant, json = lms.core.db.UTCDateTime(timezone=True), lms.core.db.JsonValue()
    op.create_table(
        "term_figures",
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("counted_at", instant, nullable=False),
        sa.Column("figures", json, nullable=False),
        sa.PrimaryKeyConstraint("term_code", name=op.f("pk_term_figures")),
    )
    op.create_table(
        "completion_list",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=12), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("requested_by", _KEY, nullable=False),
        sa.Column("requested_at", instant, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("made_at", instant, nullable=True),
        sa.Column("csv_key", sa.String(length=200), nullable=True),
        sa.Column("xlsx_key", sa.String(length=200), nullable=True),
        sa.Column("disclosure", sa.String(length=40), nullable=True),
        sa.Column("erased_at", instant, nullable=True),
        sa.CheckConstraint("(state = 'ready') = (csv_key IS NOT NULL AND xlsx_key IS NOT NULL)", name=op.f("ck_completion_list_files")),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'erased')", name=op.f("ck_completion_list_state")),
        sa.ForeignKeyConstraint(["requested_by"], ["member.id"], name=op.f("fk_completion_list_requested_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion_list")),
        sa.UniqueConstraint("code", name=op.f("uq_completion_list_code")),
    )
    op.create_index(op.f("ix_completion_list_requested_at"), "completion_list", ["requested_at"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_completion_list_waiting", "completion_list", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "exam_sign",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("exams", json, nullable=False),
        sa.Column("facts", json, nullable=False),
        sa.Column("first_at", instant, nullable=False),
        sa.Column("last_at", instant, nullable=False),
        sa.Column("found_at", instant, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("seen_exams", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", _KEY, nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.CheckConstraint("kind IN ('device', 'quick', 'pattern', 'night')", name=op.f("ck_exam_sign_kind")),
        sa.CheckConstraint("state IN ('new', 'clear', 'watched', 'objected')", name=op.f("ck_exam_sign_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_exam_sign_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_sign")),
        sa.UniqueConstraint("code", name=op.f("uq_exam_sign_code")),
        sa.UniqueConstraint("kind", "term_code", "key", name=op.f("uq_exam_sign_kind_term_code_key")),
    )
    op.create_index(op.f("ix_exam_sign_last_at"), "exam_sign", ["last_at"])
    op.create_index("ix_exam_sign_state", "exam_sign", ["state", "last_at"])
    op.add_column("attempt", sa.Column("device", sa.String(length=64), nullable=True))
    known = sa.text("device IS NOT NULL")
    op.create_index("ix_attempt_device", "attempt", ["device"], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_index("ix_attempt_device", "attempt")
    with op.batch_alter_table("attempt") as batch_op:
        batch_op.drop_column("device")
    for table in ("exam_sign", "completion_list", "term_figures"):
        op.drop_table(table)
