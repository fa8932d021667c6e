"""Situations, playbooks, the journal with its guards, disclosures, and what stands.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from incident.store.tables import APPLICATION_ID

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: The guards of the first version, by dialect.
GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry WHERE jurisdiction = NEW.jurisdiction)
  OR EXISTS (SELECT 1 FROM entry WHERE jurisdiction = NEW.jurisdiction AND source = NEW.source
             AND event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'journal entries are appended in order, each event once'); END
""",
        """
CREATE TRIGGER playbook_once BEFORE INSERT ON playbook
WHEN EXISTS (SELECT 1 FROM playbook WHERE jurisdiction = NEW.jurisdiction AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'a playbook is stored once'); END
""",
        (
            "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are"
            " append-only'); END"
        ),
        (
            "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are"
            " append-only'); END"
        ),
        (
            "CREATE TRIGGER playbook_no_update BEFORE UPDATE ON playbook BEGIN SELECT RAISE(ABORT, 'playbook"
            " rows are append-only'); END"
        ),
        (
            "CREATE TRIGGER playbook_no_delete BEFORE DELETE ON playbook BEGIN SELECT RAISE(ABORT, 'playbook"
            " rows are append-only'); END"
        ),
    ],
    "postgresql": [
        """CREATE FUNCTION incident_append_only() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE EXCEPTION '% rows are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$""",
        """CREATE FUNCTION incident_in_order() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE in_order boolean;
BEGIN
  EXECUTE format('SELECT $2 = (SELECT coalesce(max(seq) + 1, 0) FROM %1$I.%2$I WHERE jurisdiction = $1)
    AND NOT EXISTS (SELECT 1 FROM %1$I.%2$I WHERE jurisdiction = $1 AND source = $3 AND event_id = $4)',
    TG_TABLE_SCHEMA, TG_TABLE_NAME)
    INTO in_order USING NEW.jurisdiction, NEW.seq, NEW.source, NEW.event_id;
  IF in_order IS NOT TRUE THEN
    RAISE EXCEPTION 'journal entries are appended in order, each event once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$""",
        """CREATE FUNCTION incident_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE stored boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I WHERE jurisdiction = $1 AND hash = $2)',
    TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO stored USING NEW.jurisdiction, NEW.hash;
  IF stored THEN RAISE EXCEPTION 'a playbook is stored once' USING ERRCODE = 'restrict_violation'; END IF;
  RETURN NEW;
END
$$""",
        (
            "CREATE TRIGGER entry_in_order BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION "
            "incident_in_order()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_in_order",
        (
            "CREATE TRIGGER playbook_once BEFORE INSERT ON playbook FOR EACH ROW EXECUTE FUNCTION "
            "incident_once()"
        ),
        "ALTER TABLE playbook ENABLE ALWAYS TRIGGER playbook_once",
        (
            "CREATE TRIGGER entry_no_change BEFORE DELETE OR UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_change",
        (
            "CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_truncate",
        (
            "CREATE TRIGGER playbook_no_change BEFORE DELETE OR UPDATE ON playbook FOR EACH ROW EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE playbook ENABLE ALWAYS TRIGGER playbook_no_change",
        (
            "CREATE TRIGGER playbook_no_truncate BEFORE TRUNCATE ON playbook FOR EACH STATEMENT EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE playbook ENABLE ALWAYS TRIGGER playbook_no_truncate",
    ],
}


def upgrade() -> None:
    """Create the tables of the first version, and their guards."""
    _create_situation()
    _create_journal()
    dialect = op.get_bind().dialect.name
    for statement in GUARDS[dialect]:
        op.get_bind().exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))
    if dialect == "sqlite":
        op.get_bind().exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


def _create_situation() -> None:
    op.create_table(
        "situation",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("playbook", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("previous", sa.Text),
        sa.Column("previous_authority", sa.Text),
        sa.Column("previous_end", sa.BigInteger),
        sa.Column("incident", sa.Text),
        sa.Column("last_incident", sa.Text),
        sa.Column("authority", sa.Text),
        sa.Column("planned_end", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("peaks", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("name", name="situation_name"),
    )
    op.create_table(
        "standing",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("since_seq", sa.BigInteger, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
    )


def _create_journal() -> None:
    op.create_table(
        "playbook",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("event_id", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("jurisdiction", "source", "event_id", name="entry_event"),
    )
    op.create_table(
        "disclosure",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
