"""invalidity by two persons before there is a certificate; that the authorities were told

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'requested'")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("revocation") as batch_op:
        batch_op.add_column(sa.Column("application_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("informed_at", UTCDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE revocation SET application_id ="
        " (SELECT c.application_id FROM certificate c WHERE c.id = revocation.certificate_id)"
    )
    with op.batch_alter_table("revocation") as batch_op:
        batch_op.alter_column("application_id", existing_type=KEY, nullable=False)
        batch_op.alter_column("certificate_id", existing_type=KEY, nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_revocation_application_id_application"), "application", ["application_id"], ["id"]
        )
        batch_op.drop_index("ux_revocation_open", sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.create_index(
            "ux_revocation_open", ["application_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )
        batch_op.create_index(batch_op.f("ix_revocation_application_id"), ["application_id"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM revocation WHERE certificate_id IS NULL")
    with op.batch_alter_table("revocation") as batch_op:
        batch_op.drop_index(batch_op.f("ix_revocation_application_id"))
        batch_op.drop_index("ux_revocation_open", sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.create_index(
            "ux_revocation_open", ["certificate_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )
        batch_op.drop_constraint(op.f("fk_revocation_application_id_application"), type_="foreignkey")
        batch_op.alter_column("certificate_id", existing_type=KEY, nullable=False)
        batch_op.drop_column("informed_at")
        batch_op.drop_column("application_id")
