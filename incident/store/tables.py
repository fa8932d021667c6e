"""The tables. Every primary key begins with the jurisdiction: it is the lock, the log and the shard.

Those of people who sign in stand apart (`tables_identity.py`): they belong to no jurisdiction.

A change here needs a migration beside it; `tests/store/test_migrations.py` holds the two against each other.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from incident.store import base, tables_identity
from incident.store.base import index

#: Newest migration; a database at another one is refused with what to run.
REVISION = "0011"
#: Marks an SQLite file as ours (`PRAGMA application_id`): "INCI".
APPLICATION_ID = 0x494E4349
#: Tables that belong to no jurisdiction, here so that whoever has these has them too.
IDENTITY = tables_identity.TABLES

metadata = base.metadata

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
    # since 0003
    Column("zone", Text, nullable=False),
    Column("confirm_by", BigInteger),
    Column("epoch", BigInteger, nullable=False),
    # since 0007
    Column("origin", BigInteger, nullable=False, server_default=text("0")),
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

#: The journal. Append-only by trigger; (source, event_id) makes an event count once. `nodes` are the hashes
#: of the subtrees that the entry completes, from two leaves up: entry (n + 1) * 2**level - 1 holds subtree n
#: of a level. The one change that its guard allows is that a body becomes empty.
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
    # since 0007
    Column("nodes", LargeBinary),
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


#: Effects to carry out after commit, keyed by entry and number. `at` is when the entry was recorded: the
#: oldest is carried out first. Beside it what only carrying out needs: `next_at` is when it may be taken,
#: none for at once (a lease ends then, or what failed is tried again); `tries` counts what failed.
outbox = Table(
    "outbox",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("receiver", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("done_at", BigInteger),
    # since 0003
    Column("at", BigInteger),
    Column("next_at", BigInteger),
    Column("tries", BigInteger, nullable=False, server_default=text("0")),
    index("outbox_waiting", "at", "jurisdiction", "seq", "n", where="done_at IS NULL"),
)

#: Letters that are over: a notice to one person, taken by a way out or lost. No address stands here.
letter = Table(
    "letter",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("way", Text),
    Column("lost", Text),
    index("letter_lost", "at", where="lost IS NOT NULL"),
)

#: Promised times (`domain.timer.Timer`), open until they come to their one end, which is then for ever.
#: Beside them what only carrying out needs: `epoch` is the situation's while the timer may fire; `next_at` is
#: when it is carried out or tried again, none once it ended or was set aside; `tries` counts what failed.
timer = Table(
    "timer",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("opened", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("of", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("about", BigInteger, nullable=False),
    Column("tier", BigInteger, nullable=False),
    Column("wake", BigInteger, nullable=False),
    Column("end", Text),
    Column("ended", BigInteger),
    Column("ended_at", BigInteger),
    Column("result", Text),
    Column("late", BigInteger, nullable=False),
    Column("reason", Text),
    Column("node", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("next_at", BigInteger),
    Column("tries", BigInteger, nullable=False),
    index("timer_wake", "next_at", "jurisdiction", where="next_at IS NOT NULL"),
    index("timer_aside", "jurisdiction", where="ended IS NULL AND next_at IS NULL"),
    index("timer_due", "jurisdiction", "due"),
    index("timer_ended", "jurisdiction", "ended"),
    # since 0009
    index("timer_missed", "jurisdiction", "what", "due", where="result = 'missed'"),
)

#: Occurrences that filings closed. Append-only by trigger.
closing = Table(
    "closing",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("of", Text, primary_key=True),
    Column("due", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("late", BigInteger, nullable=False),
    Column("zero", Boolean, nullable=False),
    index("closing_seq", "jurisdiction", "seq"),
)

#: Who kept which post of a shift (`domain.duty.Duty`). `ended` is the entry by which another shift followed
#: or the same was assigned anew, which makes the piece void. `piece` says why; what is counted stands beside.
duty = Table(
    "duty",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("roster", Text, nullable=False),
    Column("shift", BigInteger, nullable=False),
    Column("till", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("piece", LargeBinary, nullable=False),
    Column("ended", BigInteger),
    Column("is_void", Boolean, nullable=False),
    Column("post", Text, nullable=False),
    Column("holder", Text),
    Column("night", BigInteger, nullable=False),
    Column("weekend", BigInteger, nullable=False),
    Column("holiday", BigInteger, nullable=False),
    # since 0006 in the order that is asked for: else SQLite keeps to the primary key
    index("duty_newest", "jurisdiction", "seq", "n", where="ended IS NULL"),
    index("duty_until", "jurisdiction", "until"),
    index("duty_ended", "jurisdiction", "ended"),
)

#: Who a holder is, and by what ways a message reaches them. Personal data: here and in disclosures alone.
person = Table(
    "person",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("name", Text),
    Column("channels", LargeBinary, nullable=False),
    Column("is_erased", Boolean, nullable=False),
)

#: Attachments by the SHA-256 of their bytes. Rows may be erased, never changed.
attachment = Table(
    "attachment",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

#: Signed checkpoints of a journal. Who can write here can sign nothing: a row that is false does not verify,
#: and one that is gone stands in the outlets still.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

#: What the first `size` entries made of a jurisdiction, so that a look at a past instant need not begin with
#: the first entry. The SHA-256 of `body` stands in the journal.
snapshot = Table(
    "snapshot",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
