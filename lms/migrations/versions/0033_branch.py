"""The bank's collection files of branch payments, and the service's code in them.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = UTCDateTime(timezone=True)
_TOLD_ONCE = sa.text("NOT repeats")


def upgrade() -> None:
    with op.batch_alter_table("programme") as batch_op:
        batch_op.add_column(sa.Column("branch_service", sa.String(length=10), nullable=False, server_default=""))
    with op.batch_alter_table("programme") as batch_op:
        batch_op.alter_column("branch_service", server_default=None)
    op.create_table(
        "branch_file",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("bank", sa.String(length=4), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *(sa.Column(name, _AT, nullable=False) for name in ("made_at", "covers_from", "covers_to", "imported_at")),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total_kurus", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_file")),
        sa.UniqueConstraint("bank", "number", name=op.f("uq_branch_file_bank_number")),
    )
    op.create_table(
        "branch_line",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("file_id", _KEY, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("tckn_index", sa.String(length=64), nullable=False),
        sa.Column("tckn_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tckn_masked", sa.String(length=11), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("service", sa.String(length=10), nullable=False),
        sa.Column("amount_kurus", sa.Integer(), nullable=False),
        sa.Column("paid_at", _AT, nullable=False),
        sa.Column("channel", sa.String(length=2), nullable=False),
        sa.Column("branch", sa.String(length=5), nullable=False),
        sa.Column("bank", sa.String(length=4), nullable=False),
        sa.Column("bank_ref", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("repeats", sa.Boolean(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("payment_id", _KEY, nullable=True),
        sa.Column("matched_at", _AT, nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", _AT, nullable=True),
        sa.Column("decided_by", _KEY, nullable=True),
        sa.CheckConstraint("kind IN ('D', 'R')", name=op.f("ck_branch_line_kind")),
        sa.ForeignKeyConstraint(["file_id"], ["branch_file.id"], name=op.f("fk_branch_line_file_id_branch_file")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_branch_line_payment_id_payment")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_branch_line_decided_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_line")),
        sa.UniqueConstraint("code", name=op.f("uq_branch_line_code")),
        sa.UniqueConstraint("file_id", "line_no", name=op.f("uq_branch_line_file_id_line_no")),
    )
    with op.batch_alter_table("branch_line") as batch_op:
        batch_op.create_index(batch_op.f("ix_branch_line_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_branch_line_tckn_index"), ["tckn_index"], unique=False)
        batch_op.create_index("ix_branch_line_waits", ["waits", "result"], unique=False)
        batch_op.create_index(
            "ux_branch_line_reference", ["bank", "bank_ref", "kind"], unique=True,
            sqlite_where=_TOLD_ONCE, postgresql_where=_TOLD_ONCE,
        )  # fmt: skip


def downgrade() -> None:
    op.drop_table("branch_line")
    op.drop_table("branch_file")
    with op.batch_alter_table("programme") as batch_op:
        batch_op.drop_column("branch_service")
