"""term_figures: counted anew by the next job, for the fees and what the bank took stand apart

Revision ID: 0036
Revises: 0035
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM term_figures")


def downgrade() -> None:
    op.execute("DELETE FROM term_figures")
