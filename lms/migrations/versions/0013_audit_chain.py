"""the audit trail sealed into a chain, disclosures, and triggers that hold both append-only

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("audit_entry", "audit_seal", "disclosure")
_KEPT = "3653 days"


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = lms.core.db.UTCDateTime(timezone=True)
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_id", key, nullable=False),
        sa.Column("to_id", key, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("gaps", lms.core.db.JsonValue(), nullable=True),
        sa.Column("late", lms.core.db.JsonValue(), nullable=True),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("head", name=op.f("uq_audit_seal_head")),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", key, nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("recipient", sa.String(length=12), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("subject_kind", sa.String(length=30), nullable=False),
        sa.Column("subject_code", sa.String(length=60), nullable=False),
        sa.Column("what", lms.core.db.JsonValue(), nullable=False),
        sa.Column("actor_code", sa.String(length=40), nullable=False),
        sa.Column("actor_label", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_batch"), "disclosure", ["batch"])
    op.create_index("ix_disclosure_subject", "disclosure", ["subject_code", "at"])
    op.create_index("ix_disclosure_time", "disclosure", ["at", "id"])
    for name in ("ix_audit_entry_at", "ix_audit_entry_act", "ix_audit_entry_actor", "ix_audit_entry_subject"):
        op.drop_index(name, "audit_entry")
    op.create_index("ix_audit_entry_time", "audit_entry", ["at", "id"])
    op.create_index("ix_audit_entry_act", "audit_entry", ["act", "at", "id"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_code", "at", "id"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_code", "at", "id"])
    _candidates_by_code_alone()
    _hold_append_only()


def _candidates_by_code_alone() -> None:
    op.execute("UPDATE audit_entry SET actor_label = '' WHERE actor_kind = 'member'")


def _hold_append_only() -> None:
    """Rows of the trail and disclosures may be deleted after ten years, blocks never, and nothing may be changed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'audit_seal' THEN
                IF OLD.at < now() - interval '{_KEPT}' THEN RETURN OLD; END IF;
              END IF;
              RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
            END $$
            """
        )
        for table in _APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        return
    for table in _APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        old = f"WHEN OLD.at >= datetime('now', '-{_KEPT}')" if table != "audit_seal" else ""
        op.execute(f"CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} {old} {refuse}")


def downgrade() -> None:
    for table in _APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_not_emptied ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_not_changed")
            op.execute(f"DROP TRIGGER {table}_not_deleted")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_only()")
    for name in ("ix_audit_entry_time", "ix_audit_entry_act", "ix_audit_entry_actor", "ix_audit_entry_subject"):
        op.drop_index(name, "audit_entry")
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    op.create_index(op.f("ix_audit_entry_act"), "audit_entry", ["act"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_code"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_kind", "subject_code"])
    op.drop_table("disclosure")
    op.drop_table("audit_seal")
