"""Lines of the record of access are found by an index, and one that is old may be taken away.

Revision 0011, after 0010. Lines were never to be taken away before. No row is changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: 184 days are six months at their longest.
GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER identity_access_no_delete BEFORE DELETE ON identity_access
WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) - 15897600
BEGIN SELECT RAISE(ABORT, 'identity_access rows are kept for six months'); END
""",
    ],
    "postgresql": [
        """CREATE FUNCTION incident_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.at > extract(epoch FROM now()) - 15897600 THEN
    RAISE EXCEPTION '% rows are kept for six months', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END
$$""",
        (
            "CREATE TRIGGER identity_access_no_change BEFORE UPDATE ON identity_access FOR EACH ROW"
            " EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE identity_access ENABLE ALWAYS TRIGGER identity_access_no_change",
        (
            "CREATE TRIGGER identity_access_no_delete BEFORE DELETE ON identity_access FOR EACH ROW"
            " EXECUTE FUNCTION incident_kept()"
        ),
        "ALTER TABLE identity_access ENABLE ALWAYS TRIGGER identity_access_no_delete",
    ],
}

#: The guard that others take the place of.
_OLD_GUARD = {
    "sqlite": "DROP TRIGGER IF EXISTS identity_access_no_delete",
    "postgresql": "DROP TRIGGER IF EXISTS identity_access_no_change ON identity_access",
}


def upgrade() -> None:
    """Create the indexes and exchange the guard."""
    for name in ("at", "kind", "user", "about", "claimed", "jurisdiction"):
        only = sa.text(f"{name} IS NOT NULL") if name in ("about", "claimed", "jurisdiction") else None
        columns = ["at", "seq"] if name == "at" else [name, "at", "seq"]
        op.create_index(
            f"identity_access_{name}", "identity_access", columns, sqlite_where=only, postgresql_where=only
        )
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in (_OLD_GUARD[dialect], *GUARDS[dialect]):
        connection.exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))


def downgrade() -> None:
    """Never: a record is not taken back. Restore a backup."""
    raise NotImplementedError("a record is not taken back; restore a backup")
