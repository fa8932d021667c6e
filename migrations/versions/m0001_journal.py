"""Situations, playbooks, the journal with its guards, disclosures, and what stands.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from incident.store.guards import GUARDS
from incident.store.tables import APPLICATION_ID

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the first version."""
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
    op.create_table(
        "standing",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("since_seq", sa.BigInteger, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
    )
    dialect = op.get_bind().dialect.name
    for statement in GUARDS[dialect]:
        op.get_bind().exec_driver_sql(statement if dialect == "sqlite" else statement.replace("%", "%%"))
    if dialect == "sqlite":
        op.get_bind().exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
