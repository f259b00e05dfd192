"""A longer window for some of a term: whose, and which row holds for them.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "term_exception",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("member_id", _KEY, nullable=False),
        sa.Column("term_code", sa.String(length=40), nullable=False),
        sa.Column("term_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_term_exception_member_id_member")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_term_exception_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_exception")),
        sa.UniqueConstraint("member_id", "term_code", name=op.f("uq_term_exception_member_id_term_code")),
    )


def downgrade() -> None:
    op.drop_table("term_exception")
