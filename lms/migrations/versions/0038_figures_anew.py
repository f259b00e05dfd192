"""term_figures: counted anew by the next job, for the fees are what was paid and what a branch took back is left out

Revision ID: 0038
Revises: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM term_figures")


def downgrade() -> None:
    op.execute("DELETE FROM term_figures")
