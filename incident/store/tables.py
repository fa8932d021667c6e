"""The tables. Every primary key begins with the jurisdiction: it is the lock, the log and the shard.

A change here needs a migration beside it; `tests/store/test_migrations.py` holds the two against each other.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: Newest migration; a database at another one is refused with what to run.
REVISION = "0002"
#: Marks an SQLite file as ours (`PRAGMA application_id`): "INCI".
APPLICATION_ID = 0x494E4349

metadata = MetaData()

#: Alembic's own table as it makes it, written without importing Alembic.
alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

#: Where each jurisdiction stands, with the compact range of its journal. Its row is its lock.
situation = Table(
    "situation",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("playbook", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("previous", Text),
    Column("previous_authority", Text),
    Column("previous_end", BigInteger),
    Column("incident", Text),
    Column("last_incident", Text),
    Column("authority", Text),
    Column("planned_end", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    UniqueConstraint("name", name="situation_name"),
)

#: Playbooks by the SHA-256 of their bytes; what governed once is kept for ever.
playbook = Table(
    "playbook",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

#: The journal. Append-only by trigger; (source, event_id) makes an event count once.
entry = Table(
    "entry",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("source", Text),
    Column("event_id", Text),
    Column("body", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("jurisdiction", "source", "event_id", name="entry_event"),
)

#: Values that an entry holds sealed. Rows may be erased; no hash depends on them.
disclosure = Table(
    "disclosure",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

#: What stands, and since which entry.
standing = Table(
    "standing",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("since_seq", BigInteger, nullable=False),
    Column("item", LargeBinary, nullable=False),
)

#: Effects to carry out after commit, keyed by entry and number.
outbox = Table(
    "outbox",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("receiver", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("done_at", BigInteger),
)
