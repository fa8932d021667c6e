"""Triggers that keep the journal append-only, and what was promised from vanishing, on both databases.

UPDATE and DELETE are refused; so is an INSERT out of order, which also closes `INSERT OR REPLACE` (it walks
past DELETE triggers). On PostgreSQL the triggers are ENABLE ALWAYS, for plain ones are skipped under
`session_replication_role=replica`, and TRUNCATE has its own; they name their table with its schema, so that
a temporary table of the same name fools none. They stop mistakes and honest programs; against
somebody with full rights stands `journal verify` and whatever checkpoint left the house.

A timer may move while it is open, and a piece of duty while it is of the newest shift; once it has come to
its end it stays as it is, and none is ever taken away. An occurrence that was closed stays closed. An
attachment may be erased, and not exchanged. A line of the record of access is never changed, and is taken
away only when it is older than six months, by the database's clock.

The migrations hold their own copies: a change here needs a new one with its own statements.
"""

from __future__ import annotations

from typing import NamedTuple

from incident.domain.identity import KEPT_AT_LEAST

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


_SQLITE_TIMER_ONCE = """
CREATE TRIGGER timer_once BEFORE INSERT ON timer
WHEN EXISTS (SELECT 1 FROM timer WHERE jurisdiction = NEW.jurisdiction AND seq = NEW.seq AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'a timer is stored once'); END
"""

_SQLITE_TIMER_END = """
CREATE TRIGGER timer_no_update BEFORE UPDATE ON timer
WHEN OLD.ended IS NOT NULL OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.n IS NOT OLD.n
BEGIN SELECT RAISE(ABORT, 'timer rows are append-only'); END
"""

_SQLITE_CLOSING_ONCE = """
CREATE TRIGGER closing_once BEFORE INSERT ON closing
WHEN EXISTS (SELECT 1 FROM closing WHERE jurisdiction = NEW.jurisdiction AND key = NEW.key AND of = NEW.of
             AND due = NEW.due)
BEGIN SELECT RAISE(ABORT, 'an occurrence is closed once'); END
"""

_SQLITE_DUTY_ONCE = """
CREATE TRIGGER duty_once BEFORE INSERT ON duty
WHEN EXISTS (SELECT 1 FROM duty WHERE jurisdiction = NEW.jurisdiction AND seq = NEW.seq AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'a piece of duty is stored once'); END
"""

_SQLITE_DUTY_END = """
CREATE TRIGGER duty_no_update BEFORE UPDATE ON duty
WHEN OLD.ended IS NOT NULL OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.n IS NOT OLD.n
BEGIN SELECT RAISE(ABORT, 'duty rows are append-only'); END
"""

_SQLITE_ATTACHMENT_SAME = """
CREATE TRIGGER attachment_same BEFORE INSERT ON attachment
WHEN EXISTS (SELECT 1 FROM attachment WHERE jurisdiction = NEW.jurisdiction AND digest = NEW.digest
             AND body IS NOT NEW.body)
BEGIN SELECT RAISE(ABORT, 'attachment rows are append-only'); END
"""


#: Dropping a body leaves its hash, and is found by verifying where the journal does not say so.
_SQLITE_ENTRY_SAME = """
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
WHEN NEW.body IS NOT x'' OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.at IS NOT OLD.at OR NEW.source IS NOT OLD.source OR NEW.event_id IS NOT OLD.event_id
  OR NEW.leaf IS NOT OLD.leaf OR NEW.nodes IS NOT OLD.nodes
BEGIN SELECT RAISE(ABORT, 'entry rows are append-only'); END
"""

_SQLITE_CHECKPOINT_ONCE = """
CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE jurisdiction = NEW.jurisdiction AND size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'a checkpoint is stored once'); END
"""


_SQLITE_ACCESS_ONCE = """
CREATE TRIGGER identity_access_once BEFORE INSERT ON identity_access
WHEN EXISTS (SELECT 1 FROM identity_access WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'a line of the record of access is stored once'); END
"""

_SQLITE_ACCESS_KEPT = f"""
CREATE TRIGGER identity_access_no_delete BEFORE DELETE ON identity_access
WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) - {KEPT_AT_LEAST}
BEGIN SELECT RAISE(ABORT, 'identity_access rows are kept for six months'); END
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
    _SQLITE_ENTRY_SAME,
    _sqlite_never("entry", "DELETE"),
    _sqlite_never("playbook", "UPDATE"),
    _sqlite_never("playbook", "DELETE"),
    # since 0003
    _SQLITE_TIMER_ONCE,
    _SQLITE_TIMER_END,
    _sqlite_never("timer", "DELETE"),
    _SQLITE_CLOSING_ONCE,
    _sqlite_never("closing", "UPDATE"),
    _sqlite_never("closing", "DELETE"),
    _SQLITE_ATTACHMENT_SAME,
    _sqlite_never("attachment", "UPDATE"),
    # since 0004
    _SQLITE_DUTY_ONCE,
    _SQLITE_DUTY_END,
    _sqlite_never("duty", "DELETE"),
    # since 0007
    _SQLITE_CHECKPOINT_ONCE,
    _sqlite_never("checkpoint", "UPDATE"),
    _sqlite_never("checkpoint", "DELETE"),
    # since 0008
    _SQLITE_ACCESS_ONCE,
    _sqlite_never("identity_access", "UPDATE"),
    # since 0011
    _SQLITE_ACCESS_KEPT,
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
  EXECUTE format('SELECT NOT EXISTS (SELECT 1 FROM added WHERE added.seq <> 0 AND NOT EXISTS
      (SELECT 1 FROM %1$I.%2$I AS e WHERE e.jurisdiction = added.jurisdiction AND e.seq = added.seq - 1))
    AND NOT EXISTS (SELECT 1 FROM added JOIN %1$I.%2$I AS e ON e.jurisdiction = added.jurisdiction
      AND e.source = added.source AND e.event_id = added.event_id AND e.seq <> added.seq)',
    TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO in_order;
  IF in_order IS NOT TRUE THEN
    RAISE EXCEPTION 'journal entries are appended in order, each event once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
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
    "incident_kept": f"""
BEGIN
  IF OLD.at > extract(epoch FROM now()) - {KEPT_AT_LEAST} THEN
    RAISE EXCEPTION '% rows are kept for six months', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END
""",
}


def _pg_function(name: str) -> str:
    setting = _PG_PATH.replace("=", " = ")
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql\nSET {setting} AS $${_PG_BODIES[name]}$$"
    )


class _Trigger(NamedTuple):
    """A trigger as PostgreSQL writes it."""

    name: str
    when: str
    table: str
    level: str
    function: str = "incident_append_only"
    #: Which rows; none for all.
    only: str = ""
    #: What it looks at, where it looks afterwards at all that a statement wrote.
    seeing: str = ""

    def written(self) -> str:
        """Give the statement that makes it, and by which the database describes it."""
        return (
            f"CREATE TRIGGER {self.name} {'AFTER' if self.seeing else 'BEFORE'} {self.when} ON {self.table} "
            f"{self.seeing}FOR EACH {self.level} {self.only}EXECUTE FUNCTION {self.function}()"
        )


#: Every column but the body stays, and that becomes empty.
_PG_ENTRY_SAME = (
    "WHEN (new.body <> '\\x'::bytea"
    + "".join(
        f" OR new.{name} IS DISTINCT FROM old.{name}"
        for name in ("jurisdiction", "seq", "at", "source", "event_id", "leaf", "nodes")
    )
    + ") "
)

_PG_TRIGGERS = [
    # once for all rows of a statement, since 0003: a batch is many
    _Trigger(
        "entry_in_order",
        "INSERT",
        "entry",
        "STATEMENT",
        "incident_in_order",
        seeing="REFERENCING NEW TABLE AS added ",
    ),
    _Trigger("playbook_once", "INSERT", "playbook", "ROW", "incident_once"),
    # since 0007 a body may be dropped
    _Trigger("entry_no_change", "UPDATE", "entry", "ROW", only=_PG_ENTRY_SAME),
    _Trigger("entry_no_delete", "DELETE", "entry", "ROW"),
    _Trigger("entry_no_truncate", "TRUNCATE", "entry", "STATEMENT"),
    _Trigger("playbook_no_change", "DELETE OR UPDATE", "playbook", "ROW"),
    _Trigger("playbook_no_truncate", "TRUNCATE", "playbook", "STATEMENT"),
    # since 0003
    _Trigger("timer_no_change", "UPDATE", "timer", "ROW", only="WHEN (old.ended IS NOT NULL) "),
    _Trigger("timer_no_delete", "DELETE", "timer", "ROW"),
    _Trigger("timer_no_truncate", "TRUNCATE", "timer", "STATEMENT"),
    _Trigger("closing_no_change", "DELETE OR UPDATE", "closing", "ROW"),
    _Trigger("closing_no_truncate", "TRUNCATE", "closing", "STATEMENT"),
    _Trigger("attachment_no_change", "UPDATE", "attachment", "ROW"),
    # since 0004
    _Trigger("duty_no_change", "UPDATE", "duty", "ROW", only="WHEN (old.ended IS NOT NULL) "),
    _Trigger("duty_no_delete", "DELETE", "duty", "ROW"),
    _Trigger("duty_no_truncate", "TRUNCATE", "duty", "STATEMENT"),
    # since 0007
    _Trigger("checkpoint_no_change", "DELETE OR UPDATE", "checkpoint", "ROW"),
    _Trigger("checkpoint_no_truncate", "TRUNCATE", "checkpoint", "STATEMENT"),
    # since 0008
    _Trigger("identity_access_no_change", "UPDATE", "identity_access", "ROW"),
    _Trigger("identity_access_no_truncate", "TRUNCATE", "identity_access", "STATEMENT"),
    # since 0011
    _Trigger("identity_access_no_delete", "DELETE", "identity_access", "ROW", "incident_kept"),
]

#: Statements for PostgreSQL.
POSTGRESQL = [
    *map(_pg_function, _PG_BODIES),
    *(
        statement
        for trigger in _PG_TRIGGERS
        for statement in (
            trigger.written(),
            f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}",
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
        trigger.name: flat(f"{trigger.written()} {_PG_PATH} {_PG_BODIES[trigger.function]}")
        for trigger in _PG_TRIGGERS
    },
}
#: What the guards call, on PostgreSQL.
FUNCTIONS = [*_PG_BODIES]
#: Tables that have guards.
GUARDED = sorted({trigger.table for trigger in _PG_TRIGGERS})
#: Names of the guards.
NAMES = {dialect: set(definitions) for dialect, definitions in DEFINITIONS.items()}
