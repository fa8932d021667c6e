"""Triggers that keep the journal append-only, on both databases.

UPDATE and DELETE are refused; so is an INSERT out of order, which also closes `INSERT OR REPLACE` (it walks
past DELETE triggers). On PostgreSQL the triggers are ENABLE ALWAYS, for plain ones are skipped under
`session_replication_role=replica`, and TRUNCATE has its own; they name their table with its schema, so that
a temporary table of the same name fools none. They stop mistakes and honest programs; against
somebody with full rights stands `journal verify` and whatever checkpoint left the house.

Migration 0001 holds its own copy: a change here needs a new migration with its own statements.
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

#: Where a guard looks for what it names: nowhere that a session could put a table of its own before ours.
_PG_PATH = "search_path=pg_catalog, pg_temp"

#: What the functions do, by name. Tables are named by the trigger itself, with their schema.
_PG_BODIES = {
    "incident_append_only": """
BEGIN RAISE EXCEPTION '% rows are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
""",
    "incident_in_order": """
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
""",
    "incident_once": """
DECLARE stored boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I WHERE jurisdiction = $1 AND hash = $2)',
    TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO stored USING NEW.jurisdiction, NEW.hash;
  IF stored THEN RAISE EXCEPTION 'a playbook is stored once' USING ERRCODE = 'restrict_violation'; END IF;
  RETURN NEW;
END
""",
}


def _pg_function(name: str) -> str:
    setting = _PG_PATH.replace("=", " = ")
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql\nSET {setting} AS $${_PG_BODIES[name]}$$"
    )


#: Triggers as PostgreSQL writes them: name, when, table, level, function.
_PG_TRIGGERS = [
    ("entry_in_order", "INSERT", "entry", "ROW", "incident_in_order"),
    ("playbook_once", "INSERT", "playbook", "ROW", "incident_once"),
    ("entry_no_change", "DELETE OR UPDATE", "entry", "ROW", "incident_append_only"),
    ("entry_no_truncate", "TRUNCATE", "entry", "STATEMENT", "incident_append_only"),
    ("playbook_no_change", "DELETE OR UPDATE", "playbook", "ROW", "incident_append_only"),
    ("playbook_no_truncate", "TRUNCATE", "playbook", "STATEMENT", "incident_append_only"),
]


def _pg_trigger(name: str, when: str, table: str, level: str, function: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()"


#: Statements for PostgreSQL.
POSTGRESQL = [
    *map(_pg_function, _PG_BODIES),
    *(
        statement
        for trigger in _PG_TRIGGERS
        for statement in (
            _pg_trigger(*trigger),
            f"ALTER TABLE {trigger[2]} ENABLE ALWAYS TRIGGER {trigger[0]}",
        )
    ),
]

#: Statements by dialect.
GUARDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def flat(definition: str) -> str:
    """Give a definition with its white space evened out."""
    return " ".join(definition.split())


#: Triggers that have to be there, by dialect: name, and definition as `incident doctor` reads it from the
#: database; on PostgreSQL with the path and the source of its function.
DEFINITIONS = {
    "sqlite": {flat(statement).split()[2]: flat(statement) for statement in SQLITE},
    "postgresql": {
        trigger[0]: flat(f"{_pg_trigger(*trigger)} {_PG_PATH} {_PG_BODIES[trigger[4]]}")
        for trigger in _PG_TRIGGERS
    },
}
#: Their names.
NAMES = {dialect: set(definitions) for dialect, definitions in DEFINITIONS.items()}
