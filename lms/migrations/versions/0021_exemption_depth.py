"""exemptions: two persons, barcodes, reasons as codes, the way a request came, an earlier right declared to hold

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SOURCE = "source IN ('form', 'mail', 'staff')"
_OPEN = "status IN ('requested', 'more_documents', 'confirming', 'approved')"
_OPEN_BEFORE = "status IN ('requested', 'more_documents', 'approved')"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _open_index(batch_op: object, where: str) -> None:
    batch_op.drop_index("ux_exemption_request_open")
    batch_op.create_index(
        "ux_exemption_request_open", ["member_id", "term_code"], unique=True,
        sqlite_where=sa.text(where), postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    with op.batch_alter_table("term") as batch_op:
        batch_op.add_column(sa.Column("exemption_two_persons", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("term") as batch_op:
        batch_op.alter_column("exemption_two_persons", server_default=None)
    with op.batch_alter_table("exemption_request") as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=5), nullable=False, server_default="form"))
        batch_op.add_column(sa.Column("earlier_id", _KEY, nullable=True))
        batch_op.add_column(sa.Column("first_at", lms.core.db.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("first_by", _KEY, nullable=True))
        batch_op.add_column(sa.Column("reason_code", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_exemption_request_earlier_id_exemption_request"), "exemption_request", ["earlier_id"], ["id"]
        )
        batch_op.create_foreign_key(op.f("fk_exemption_request_first_by_member"), "member", ["first_by"], ["id"])
        batch_op.drop_constraint(op.f("ck_exemption_request_status"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_exemption_request_status"),
            "status IN ('requested', 'more_documents', 'confirming', 'approved', 'rejected')",
        )
        batch_op.create_check_constraint(op.f("ck_exemption_request_source"), _SOURCE)
        batch_op.create_check_constraint(
            op.f("ck_exemption_request_four_eyes"),
            "first_by IS NULL OR decided_by IS NULL OR first_by <> decided_by",
        )
        _open_index(batch_op, _OPEN)
    with op.batch_alter_table("exemption_request") as batch_op:
        batch_op.alter_column("source", server_default=None)
    op.create_table(
        "exemption_barcode",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("request_id", _KEY, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("verified_at", lms.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("verified_by", _KEY, nullable=True),
        sa.Column("erased_at", lms.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["exemption_request.id"], name=op.f("fk_exemption_barcode_request_id_exemption_request")
        ),
        sa.ForeignKeyConstraint(["verified_by"], ["member.id"], name=op.f("fk_exemption_barcode_verified_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption_barcode")),
        sa.UniqueConstraint("code", name=op.f("uq_exemption_barcode_code")),
    )
    op.create_index(op.f("ix_exemption_barcode_request_id"), "exemption_barcode", ["request_id"], unique=False)
    with op.batch_alter_table("reapplication_request") as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=5), nullable=False, server_default="form"))
        batch_op.add_column(sa.Column("exempt_declared", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(op.f("ck_reapplication_request_source"), _SOURCE)
    with op.batch_alter_table("reapplication_request") as batch_op:
        batch_op.alter_column("source", server_default=None)
        batch_op.alter_column("exempt_declared", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reapplication_request") as batch_op:
        batch_op.drop_constraint(op.f("ck_reapplication_request_source"), type_="check")
        batch_op.drop_column("exempt_declared")
        batch_op.drop_column("source")
    op.drop_table("exemption_barcode")
    op.execute("UPDATE exemption_request SET status = 'requested' WHERE status = 'confirming'")
    with op.batch_alter_table("exemption_request") as batch_op:
        _open_index(batch_op, _OPEN_BEFORE)
        for name in ("four_eyes", "source", "status"):
            batch_op.drop_constraint(op.f(f"ck_exemption_request_{name}"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_exemption_request_status"), "status IN ('requested', 'more_documents', 'approved', 'rejected')"
        )
        batch_op.drop_constraint(op.f("fk_exemption_request_first_by_member"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_exemption_request_earlier_id_exemption_request"), type_="foreignkey")
        for name in ("reason_code", "first_by", "first_at", "earlier_id", "source"):
            batch_op.drop_column(name)
    with op.batch_alter_table("term") as batch_op:
        batch_op.drop_column("exemption_two_persons")
