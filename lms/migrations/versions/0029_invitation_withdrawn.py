"""corporate: an institution may take an invitation back

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_CHECK = "ck_invitation_state"
_STATES = "state IN ('invited', 'accepted', 'refused'%s)"


def upgrade() -> None:
    _states(", 'withdrawn'")


def downgrade() -> None:
    op.execute("UPDATE invitation SET state = 'refused' WHERE state = 'withdrawn'")
    _states("")


def _states(more: str) -> None:
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.drop_constraint(op.f(_CHECK), type_="check")
        batch_op.create_check_constraint(op.f(_CHECK), _STATES % more)
