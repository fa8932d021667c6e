"""Effects to carry out after commit.

Revision 0002, after 0001.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from incident.domain import journal
from incident.domain.effects import notices

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the outbox with the notices of earlier entries, told by other means: they count as done."""
    outbox = op.create_table(
        "outbox",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("done_at", sa.BigInteger),
    )
    for rows in _rows_of_old_entries(op.get_bind()):
        op.get_bind().execute(outbox.insert(), rows)


def _rows_of_old_entries(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """Give the rows of each entry; one that cannot be read gives none, and verifying will name it."""
    # an adoption answers no event, and tells nobody
    statement = sa.text("SELECT jurisdiction, seq, at, body FROM entry WHERE source IS NOT NULL")
    for code, seq, at, body in connection.execute(statement, execution_options={"yield_per": 1000}):
        with suppress(ValueError, KeyError, TypeError):
            told = notices(journal.decode(body).facts)
            if told:
                yield [
                    {
                        "jurisdiction": code,
                        "seq": seq,
                        "n": n,
                        "receiver": notice.to,
                        "facts": msgspec.json.encode(notice.facts),
                        "done_at": at,
                    }
                    for n, notice in enumerate(told)
                ]


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
