"""Triggers that keep the journal append-only, on both databases.

UPDATE and DELETE are refused; so is an INSERT out of order, which also closes `INSERT OR REPLACE` (it walks
past DELETE triggers). On PostgreSQL the triggers are ENABLE ALWAYS, for plain ones are skipped under
`session_replication_role=replica`, and TRUNCATE has its own. They stop mistakes and honest programs; against
somebody with full rights stands `journal verify` and whatever checkpoint left the house.

Frozen as part of migration 0001: a change needs a new migration with its own statements.
"""

from __future__ import annotations

_SQLITE_ORDER = """
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry WHERE jurisdiction = NEW.jurisdiction)
  OR EXISTS (SELECT 1 FROM entry WHERE jurisdiction = NEW.jurisdiction AND source = NEW.source
             AND event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'journal entries are appended in order, each event once'); END
"""

_SQLITE_PLAYBOOK_ONCE = """
CREATE TRIGGER playbook_once BEFORE INSERT ON playbook
WHEN EXISTS (SELECT 1 FROM playbook WHERE jurisdiction = NEW.jurisdiction AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'a playbook is stored once'); END
"""


def _sqlite_never(table: str, act: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are append-only'); END"
    )


#: Statements for SQLite.
SQLITE = [
    _SQLITE_ORDER,
    _SQLITE_PLAYBOOK_ONCE,
    *(_sqlite_never(table, act) for table in ("entry", "playbook") for act in ("UPDATE", "DELETE")),
]

_PG_FUNCTIONS = [
    """
CREATE FUNCTION incident_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% rows are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
""",
    """
CREATE FUNCTION incident_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE following bigint;
BEGIN
  SELECT coalesce(max(seq) + 1, 0) INTO following FROM entry WHERE jurisdiction = NEW.jurisdiction;
  IF NEW.seq IS DISTINCT FROM following THEN
    RAISE EXCEPTION 'journal entries are appended in order' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
""",
]


def _pg_trigger(table: str, name: str, when: str, level: str, function: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


#: Statements for PostgreSQL.
POSTGRESQL = [
    *_PG_FUNCTIONS,
    *_pg_trigger("entry", "entry_in_order", "INSERT", "ROW", "incident_in_order"),
    *(
        statement
        for table in ("entry", "playbook")
        for when, level in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
        for statement in _pg_trigger(
            table,
            f"{table}_no_{'truncate' if level == 'STATEMENT' else 'change'}",
            when,
            level,
            "incident_append_only",
        )
    ),
]

#: By dialect.
GUARDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
#: Names of the triggers that have to be there, by dialect; `incident doctor` looks.
NAMES = {
    "sqlite": {
        "entry_in_order",
        "playbook_once",
        "entry_no_update",
        "entry_no_delete",
        "playbook_no_update",
        "playbook_no_delete",
    },
    "postgresql": {
        "entry_in_order",
        "entry_no_change",
        "entry_no_truncate",
        "playbook_no_change",
        "playbook_no_truncate",
    },
}
