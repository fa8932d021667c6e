"""Who was on duty, and who the people of the directory are.

Revision 0004, after 0003. Nothing is filled in: an older program recorded no duty. The next handover of each
roster that stands does, and until then it is computed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: The guards that this version adds, by dialect.
GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER duty_once BEFORE INSERT ON duty
WHEN EXISTS (SELECT 1 FROM duty WHERE jurisdiction = NEW.jurisdiction AND seq = NEW.seq AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'a piece of duty is stored once'); END
""",
        """
CREATE TRIGGER duty_no_update BEFORE UPDATE ON duty
WHEN OLD.ended IS NOT NULL OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.n IS NOT OLD.n
BEGIN SELECT RAISE(ABORT, 'duty rows are append-only'); END
""",
        (
            "CREATE TRIGGER duty_no_delete BEFORE DELETE ON duty BEGIN SELECT RAISE(ABORT, 'duty rows are"
            " append-only'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE TRIGGER duty_no_change BEFORE UPDATE ON duty FOR EACH ROW WHEN (old.ended IS NOT NULL) "
            "EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE duty ENABLE ALWAYS TRIGGER duty_no_change",
        (
            "CREATE TRIGGER duty_no_delete BEFORE DELETE ON duty FOR EACH ROW EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE duty ENABLE ALWAYS TRIGGER duty_no_delete",
        (
            "CREATE TRIGGER duty_no_truncate BEFORE TRUNCATE ON duty FOR EACH STATEMENT EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE duty ENABLE ALWAYS TRIGGER duty_no_truncate",
    ],
}


def upgrade() -> None:
    """Create the tables and their guards."""
    op.create_table(
        "duty",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("roster", sa.Text, nullable=False),
        sa.Column("shift", sa.BigInteger, nullable=False),
        sa.Column("till", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("piece", sa.LargeBinary, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("is_void", sa.Boolean, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("night", sa.BigInteger, nullable=False),
        sa.Column("weekend", sa.BigInteger, nullable=False),
        sa.Column("holiday", sa.BigInteger, nullable=False),
    )
    newest = sa.text("ended IS NULL")
    op.create_index("duty_newest", "duty", ["jurisdiction"], sqlite_where=newest, postgresql_where=newest)
    op.create_index("duty_until", "duty", ["jurisdiction", "until"])
    op.create_index("duty_ended", "duty", ["jurisdiction", "ended"])
    op.create_table(
        "person",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("channels", sa.LargeBinary, nullable=False),
        sa.Column("is_erased", sa.Boolean, nullable=False),
    )
    connection = op.get_bind()
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
