"""Signed checkpoints, the inner hashes of the tree, and snapshots; a body may be dropped.

Revision 0007, after 0006. The inner hashes of old journals are computed from their leaves.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        """
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
WHEN NEW.body IS NOT x'' OR NEW.jurisdiction IS NOT OLD.jurisdiction OR NEW.seq IS NOT OLD.seq
  OR NEW.at IS NOT OLD.at OR NEW.source IS NOT OLD.source OR NEW.event_id IS NOT OLD.event_id
  OR NEW.leaf IS NOT OLD.leaf OR NEW.nodes IS NOT OLD.nodes
BEGIN SELECT RAISE(ABORT, 'entry rows are append-only'); END
""",
        """
CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE jurisdiction = NEW.jurisdiction AND size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'a checkpoint is stored once'); END
""",
        (
            "CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT,"
            " 'checkpoint rows are append-only'); END"
        ),
        (
            "CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT,"
            " 'checkpoint rows are append-only'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE TRIGGER entry_no_change BEFORE UPDATE ON entry FOR EACH ROW WHEN"
            " (new.body <> '\\x'::bytea OR new.jurisdiction IS DISTINCT FROM old.jurisdiction"
            " OR new.seq IS DISTINCT FROM old.seq OR new.at IS DISTINCT FROM old.at"
            " OR new.source IS DISTINCT FROM old.source OR new.event_id IS DISTINCT FROM old.event_id"
            " OR new.leaf IS DISTINCT FROM old.leaf OR new.nodes IS DISTINCT FROM old.nodes)"
            " EXECUTE FUNCTION incident_append_only()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_change",
        (
            "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION "
            "incident_append_only()"
        ),
        "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_delete",
        (
            "CREATE TRIGGER checkpoint_no_change BEFORE DELETE OR UPDATE ON checkpoint FOR EACH ROW EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_no_change",
        (
            "CREATE TRIGGER checkpoint_no_truncate BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE "
            "FUNCTION incident_append_only()"
        ),
        "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_no_truncate",
    ],
}

#: The guard that another takes the place of, and that would refuse the inner hashes.
_OLD_GUARD = {
    "sqlite": "DROP TRIGGER IF EXISTS entry_no_update",
    "postgresql": "DROP TRIGGER IF EXISTS entry_no_change ON entry",
}
_AT_A_TIME = 5000
_LEAVES = sa.text(
    "SELECT seq, leaf FROM entry WHERE jurisdiction = :code AND seq >= :since ORDER BY seq LIMIT :most"
)
_SET = sa.text("UPDATE entry SET nodes = :nodes WHERE jurisdiction = :code AND seq = :seq")


def upgrade() -> None:
    """Add tables and columns, compute the inner hashes, set the guards."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.add_column(
        "situation", sa.Column("origin", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.add_column("entry", sa.Column("nodes", sa.LargeBinary))
    op.create_table(
        "checkpoint",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "snapshot",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    connection.exec_driver_sql(_OLD_GUARD[dialect])
    for code in connection.execute(sa.text("SELECT DISTINCT jurisdiction FROM entry")).scalars().all():
        _fill(connection, code)
    for statement in GUARDS[dialect]:
        connection.exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))


def _fill(connection: sa.Connection, code: str) -> None:
    """Compute the inner hashes of one journal, some thousand entries at a time."""
    peaks: list[bytes] = []
    since = 0
    while found := connection.execute(_LEAVES, {"code": code, "since": since, "most": _AT_A_TIME}).all():
        rows = [{"code": code, "seq": seq, "nodes": nodes} for seq, nodes in _completed(found, peaks)]
        if rows:
            connection.execute(_SET, rows)
        since = found[-1].seq + 1


def _completed(found: Sequence[sa.Row[Any]], peaks: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Give the subtrees that each entry completes, where it does; moves `peaks` on."""
    for row in found:
        node, nodes, size = bytes(row.leaf), b"", row.seq
        while size & 1 and peaks:
            node = hashlib.sha256(b"\x01" + peaks.pop() + node).digest()
            nodes += node
            size >>= 1
        peaks.append(node)
        if nodes:
            yield row.seq, nodes


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
