"""Promised times, closed occurrences and attachments; the zone and the epoch of a situation; when to tell.

Revision 0003, after 0002. What an old journal promised is opened as replaying it opens it: a report that has
been owed since a town was adopted is owed still, and the first sweep catches up with it.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from incident.domain import clock, journal
from incident.domain.agenda import Agenda
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.domain.timer import Timer

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The guards that this version adds, by dialect.
GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER timer_once BEFORE INSERT ON timer
WHEN EXISTS (SELECT 1 FROM timer WHERE jurisdiction = NEW.jurisdiction AND seq = NEW.seq AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'a timer is stored once'); END
""",
        """
CREATE TRIGGER timer_no_update BEFORE UPDATE ON timer
WHEN OLD.ended IS NOT NULL OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.n IS NOT OLD.n
BEGIN SELECT RAISE(ABORT, 'timer rows are append-only'); END
""",
        (
            "CREATE TRIGGER timer_no_delete BEFORE DELETE ON timer BEGIN SELECT RAISE(ABORT, 'timer rows are"
            " append-only'); END"
        ),
        """
CREATE TRIGGER closing_once BEFORE INSERT ON closing
WHEN EXISTS (SELECT 1 FROM closing WHERE jurisdiction = NEW.jurisdiction AND key = NEW.key AND of = NEW.of
             AND due = NEW.due)
BEGIN SELECT RAISE(ABORT, 'an occurrence is closed once'); END
""",
        (
            "CREATE TRIGGER closing_no_update BEFORE UPDATE ON closing BEGIN SELECT RAISE(ABORT, 'closing"
            " rows are append-only'); END"
        ),
        (
            "CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing BEGIN SELECT RAISE(ABORT, 'closing"
            " rows are append-only'); END"
        ),
        """
CREATE TRIGGER attachment_same BEFORE INSERT ON attachment
WHEN EXISTS (SELECT 1 FROM attachment WHERE jurisdiction = NEW.jurisdiction AND digest = NEW.digest
             AND body IS NOT NEW.body)
BEGIN SELECT RAISE(ABORT, 'attachment rows are append-only'); END
""",
        (
            "CREATE TRIGGER attachment_no_update BEFORE UPDATE ON attachment BEGIN SELECT RAISE(ABORT,"
            " 'attachment rows are append-only'); END"
        ),
    ],
    "postgresql": [
        # once for a statement instead of for each row
        "DROP TRIGGER entry_in_order ON entry",
        "DROP FUNCTION incident_in_order()",
        """CREATE FUNCTION incident_in_order() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
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
$$""",
        (
            "CREATE TRIGGER entry_in_order AFTER INSERT ON entry REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION incident_in_order()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_in_order",
        (
            "CREATE TRIGGER timer_no_change BEFORE UPDATE ON timer FOR EACH ROW WHEN (old.ended IS NOT NULL) "
            "EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE timer ENABLE ALWAYS TRIGGER timer_no_change",
        (
            "CREATE TRIGGER timer_no_delete BEFORE DELETE ON timer FOR EACH ROW EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE timer ENABLE ALWAYS TRIGGER timer_no_delete",
        (
            "CREATE TRIGGER timer_no_truncate BEFORE TRUNCATE ON timer FOR EACH STATEMENT EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE timer ENABLE ALWAYS TRIGGER timer_no_truncate",
        (
            "CREATE TRIGGER closing_no_change BEFORE DELETE OR UPDATE ON closing FOR EACH ROW EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE closing ENABLE ALWAYS TRIGGER closing_no_change",
        (
            "CREATE TRIGGER closing_no_truncate BEFORE TRUNCATE ON closing FOR EACH STATEMENT EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE closing ENABLE ALWAYS TRIGGER closing_no_truncate",
        (
            "CREATE TRIGGER attachment_no_change BEFORE UPDATE ON attachment FOR EACH ROW EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE attachment ENABLE ALWAYS TRIGGER attachment_no_change",
    ],
}

_OF_SITUATION = sa.text(
    "UPDATE situation SET zone = :zone, confirm_by = :confirm_by, epoch = :epoch WHERE jurisdiction = :code"
)
#: Where the first version was used; a fact that names no zone means this one too.
_ZONE = "Asia/Shanghai"


def upgrade() -> None:
    """Create the tables and fill them from the journals."""
    op.add_column("situation", sa.Column("zone", sa.Text))
    op.add_column("situation", sa.Column("confirm_by", sa.BigInteger))
    op.add_column("situation", sa.Column("epoch", sa.BigInteger))
    op.add_column("outbox", sa.Column("at", sa.BigInteger))
    op.add_column("outbox", sa.Column("next_at", sa.BigInteger))
    op.add_column("outbox", sa.Column("tries", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    _create_tables()
    connection = op.get_bind()
    for code, entries in _journals(connection):
        _fill(connection, code, entries)
    connection.execute(
        sa.text(
            "UPDATE outbox SET at = (SELECT entry.at FROM entry"
            " WHERE entry.jurisdiction = outbox.jurisdiction AND entry.seq = outbox.seq)"
        )
    )
    with op.batch_alter_table("situation") as situation:
        situation.alter_column("zone", existing_type=sa.Text, nullable=False)
        situation.alter_column("epoch", existing_type=sa.BigInteger, nullable=False)
    dialect = connection.dialect.name
    for statement in GUARDS[dialect]:
        connection.exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))


def _create_tables() -> None:
    op.create_table(
        "timer",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("of", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("about", sa.BigInteger, nullable=False),
        sa.Column("tier", sa.BigInteger, nullable=False),
        sa.Column("wake", sa.BigInteger, nullable=False),
        sa.Column("end", sa.Text),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("result", sa.Text),
        sa.Column("late", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("node", sa.Text),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("tries", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "closing",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("of", sa.Text, primary_key=True),
        sa.Column("due", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("late", sa.BigInteger, nullable=False),
        sa.Column("zero", sa.Boolean, nullable=False),
    )
    op.create_table(
        "attachment",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    _index("outbox_waiting", "outbox", ["at", "jurisdiction", "seq", "n"], "done_at IS NULL")
    _index("timer_aside", "timer", ["jurisdiction"], "ended IS NULL AND next_at IS NULL")
    _index("timer_due", "timer", ["jurisdiction", "due"])
    _index("timer_ended", "timer", ["jurisdiction", "ended"])
    _index("timer_wake", "timer", ["next_at", "jurisdiction"], "next_at IS NOT NULL")
    _index("closing_seq", "closing", ["jurisdiction", "seq"])


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _journals(connection: sa.Connection) -> Iterator[tuple[str, Iterable[bytes]]]:
    statement = sa.text("SELECT jurisdiction, body FROM entry ORDER BY jurisdiction, seq")
    rows = connection.execute(statement, execution_options={"yield_per": 1000})
    for code, of_code in groupby(rows, key=lambda row: row[0]):
        yield code, (body for _, body in of_code)


def _fill(connection: sa.Connection, code: str, entries: Iterable[bytes]) -> None:
    """Give a jurisdiction what its journal gives; for one that cannot be replayed, verifying will say so."""
    replayed = _Replayed(code)
    situation = None
    with suppress(ValueError, KeyError, TypeError):
        for body in entries:
            replayed.take(body)
        situation = replayed.situation
    values = (
        {"zone": _zone_of_playbook(connection, code), "confirm_by": None, "epoch": 0}
        if situation is None
        else {name: getattr(situation, name) for name in ("zone", "confirm_by", "epoch")}
    )
    is_there = connection.execute(_OF_SITUATION, {**values, "code": code}).rowcount == 1
    rows = replayed.rows() if is_there and situation is not None else []
    if rows:
        connection.execute(_TIMER.insert(), rows)


class _Replayed:
    """What the entries of one journal make of its jurisdiction."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.situation: Situation | None = None
        self.standing: Standing = {}
        self.agenda = Agenda()
        self.timers: dict[tuple[int, int], Timer] = {}
        self.epochs: dict[tuple[int, int], int] = {}

    def take(self, body: bytes) -> None:
        """Carry an entry in, as it was carried in when it was written. Raises when it does not follow."""
        entry = journal.decode(body)
        before = self.situation
        self.situation = evolve(before, self.code, clock.read_stamp(entry.at), entry.facts)
        stand(self.standing, entry.seq, entry.facts)
        self.agenda.follow(entry, before, self.situation, self.standing)
        for timer in self.agenda.settled():
            self.timers[timer.seq, timer.n] = timer
            self.epochs.setdefault((timer.seq, timer.n), self.situation.epoch)
        for timer in self.agenda.open.values():
            self.epochs[timer.seq, timer.n] = self.situation.epoch

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of all timers."""
        return [
            {
                "jurisdiction": self.code,
                **{name: getattr(timer, name) for name in _OF_TIMER},
                "epoch": self.epochs[key],
                "next_at": timer.wake if timer.end is None else None,
                "tries": 0,
            }
            for key, timer in self.timers.items()
        ]


def _zone_of_playbook(connection: sa.Connection, code: str) -> str:
    """Read the zone where the journal does not say it; a playbook that means Chinese time leaves it out."""
    statement = sa.text(
        "SELECT body FROM playbook JOIN situation ON situation.jurisdiction = playbook.jurisdiction"
        " AND situation.playbook = playbook.hash WHERE playbook.jurisdiction = :code"
    )
    body = connection.execute(statement, {"code": code}).scalar() or b""
    with suppress(msgspec.MsgspecError, KeyError, TypeError):
        return str(msgspec.json.decode(body)["jurisdiction"]["zone"])
    return _ZONE


#: What this version keeps of a timer, whatever later ones add.
_OF_TIMER = (
    *("seq", "n", "opened", "what", "key", "of", "due", "about", "tier", "wake"),
    *("end", "ended", "ended_at", "result", "late", "reason", "node"),
)
#: The table as this version makes it, to write into.
_TIMER = sa.table(
    "timer",
    *(sa.column(name) for name in ("jurisdiction", *_OF_TIMER, "epoch", "next_at", "tries")),
)


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
