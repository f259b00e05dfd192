"""institutions that invite and pay for many; a payment gives each of its people a right

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = sa.text("ended_at IS NULL")
STANDING = sa.text("state IN ('invited', 'accepted')")
PURPOSES = "purpose IN ('application', 'certificate'%s)"


def upgrade() -> None:
    op.create_table(
        "institution",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("code", name=op.f("uq_institution_code")),
        sa.UniqueConstraint("name", name=op.f("uq_institution_name")),
    )
    op.create_table(
        "representative",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("institution_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("appointed_by", KEY, nullable=False),
        sa.Column("appointed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_by", KEY, nullable=True),
        sa.Column("ended_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["appointed_by"], ["member.id"], name=op.f("fk_representative_appointed_by_member")),
        sa.ForeignKeyConstraint(["ended_by"], ["member.id"], name=op.f("fk_representative_ended_by_member")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_representative_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_representative_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representative")),
        sa.UniqueConstraint("code", name=op.f("uq_representative_code")),
    )
    with op.batch_alter_table("representative") as batch_op:
        batch_op.create_index(batch_op.f("ix_representative_institution_id"), ["institution_id"], unique=False)
        batch_op.create_index(
            "ux_representative_live", ["member_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
        )

    op.create_table(
        "invitation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("institution_id", KEY, nullable=False),
        sa.Column("term_id", KEY, nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("tckn_index", sa.String(length=64), nullable=True),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("invited_by", KEY, nullable=False),
        sa.Column("invited_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("until", UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("told_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("erased_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'accepted') = (member_id IS NOT NULL)", name=op.f("ck_invitation_accepted")),
        sa.CheckConstraint("state IN ('invited', 'accepted', 'refused')", name=op.f("ck_invitation_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_invitation_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["member.id"], name=op.f("fk_invitation_invited_by_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invitation_member_id_member")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_invitation_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code", name=op.f("uq_invitation_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_invitation_state", ["state", "until"], unique=False)
        batch_op.create_index(
            "ux_invitation_standing",
            ["institution_id", "term_code", "tckn_index"],
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        )

    op.create_table(
        "payment_seat",
        sa.Column("id", KEY, nullable=False),
        sa.Column("payment_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_payment_seat_member_id_member")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_seat_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_seat")),
        sa.UniqueConstraint("payment_id", "member_id", name=op.f("uq_payment_seat_payment_id_member_id")),
    )
    with op.batch_alter_table("payment_seat") as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_seat_member_id"), ["member_id"], unique=False)

    with op.batch_alter_table("entitlement") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_entitlement_payment_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_entitlement_payment_id_member_id"), ["payment_id", "member_id"]
        )

    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("on_behalf_of", sa.String(length=200), nullable=True))
        batch_op.drop_constraint(op.f("ck_payment_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_payment_purpose"), PURPOSES % ", 'group'")


def downgrade() -> None:
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_constraint(op.f("ck_payment_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_payment_purpose"), PURPOSES % "")
        batch_op.drop_column("on_behalf_of")
    with op.batch_alter_table("entitlement") as batch_op:
        batch_op.drop_constraint(op.f("uq_entitlement_payment_id_member_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_entitlement_payment_id"), ["payment_id"])
    for table in ("payment_seat", "invitation", "representative", "institution"):
        op.drop_table(table)
