"""beat: refers to the progress that it was folded into, in place of training and lesson apart

Revision ID: 0039
Revises: 0038
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_OF_PROGRESS = "fk_beat_training_id_lesson_progress"
_APART = {"fk_beat_training_id_training": ("training", "training_id"), "fk_beat_lesson_id_lesson": ("lesson", "lesson_id")}


def upgrade() -> None:
    with op.batch_alter_table("beat") as batch_op:
        for name in _APART:
            batch_op.drop_constraint(name, type_="foreignkey")
        pair = ["training_id", "lesson_id"]
        batch_op.create_foreign_key(_OF_PROGRESS, "lesson_progress", pair, pair)


def downgrade() -> None:
    with op.batch_alter_table("beat") as batch_op:
        batch_op.drop_constraint(_OF_PROGRESS, type_="foreignkey")
        for name, (table, column) in _APART.items():
            batch_op.create_foreign_key(name, table, [column], ["id"])
