"""outbox: a marketing message names the consent that allows it

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_CHECK = "ck_outbox_message_consent"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_message_recipient"), "outbox_message", ["recipient"])
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("consent_id", sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(
            op.f(_CHECK), "substr(template, 1, 10) <> 'marketing/' OR consent_id IS NOT NULL"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_message_recipient"), "outbox_message")
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_constraint(op.f(_CHECK), type_="check")
        batch_op.drop_column("consent_id")
