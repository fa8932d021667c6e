"""People who sign in: users, grants, sessions, tokens, devices, links, and the record of access.

Revision 0008, after 0007. No key begins with a jurisdiction.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER identity_access_once BEFORE INSERT ON identity_access
WHEN EXISTS (SELECT 1 FROM identity_access WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'a line of the record of access is stored once'); END
""",
        (
            "CREATE TRIGGER identity_access_no_update BEFORE UPDATE ON identity_access BEGIN SELECT"
            " RAISE(ABORT, 'identity_access rows are append-only'); END"
        ),
        (
            "CREATE TRIGGER identity_access_no_delete BEFORE DELETE ON identity_access BEGIN SELECT"
            " RAISE(ABORT, 'identity_access rows are append-only'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE TRIGGER identity_access_no_change BEFORE DELETE OR UPDATE ON identity_access FOR EACH ROW"
            " EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE identity_access ENABLE ALWAYS TRIGGER identity_access_no_change",
        (
            "CREATE TRIGGER identity_access_no_truncate BEFORE TRUNCATE ON identity_access FOR EACH STATEMENT"
            " EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE identity_access ENABLE ALWAYS TRIGGER identity_access_no_truncate",
    ],
}


def upgrade() -> None:
    """Create the tables and their guards."""
    _create_people()
    _create_ways_in()
    _create_watch()
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in GUARDS[dialect]:
        connection.exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))


def _create_people() -> None:
    op.create_table(
        "identity_user",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("sign", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.UniqueConstraint("login", name="identity_user_login"),
    )
    op.create_table(
        "identity_grant",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("root", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "identity_subject",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
    )


def _create_ways_in() -> None:
    op.create_table(
        "identity_session",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
    )
    op.create_table(
        "identity_token",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_table(
        "identity_device",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
    )
    op.create_table(
        "identity_link",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
    )
    for table in ("session", "token", "device"):
        op.create_index(f"identity_{table}_user", f"identity_{table}", ["user"])


def _create_watch() -> None:
    op.create_table(
        "identity_failures",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("free_at", sa.BigInteger, nullable=False),
    )
    op.create_index("identity_failures_at", "identity_failures", ["at"])
    op.create_table(
        "identity_access",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user", sa.Text),
        sa.Column("os_user", sa.Text),
        sa.Column("claimed", sa.Text),
        sa.Column("about", sa.Text),
        sa.Column("jurisdiction", sa.Text),
        sa.Column("what", sa.Text),
        sa.Column("address", sa.Text),
    )


def downgrade() -> None:
    """Never: a record is not taken back. Restore a backup."""
    raise NotImplementedError("a record is not taken back; restore a backup")
