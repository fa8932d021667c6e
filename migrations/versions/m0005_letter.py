"""Which letters are over: a notice to one person, taken or lost.

Revision 0005, after 0004. Nothing is filled in: an older program wrote to no person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "letter",
        sa.Column("jurisdiction", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("way", sa.Text),
        sa.Column("lost", sa.Text),
    )
    lost = sa.text("lost IS NOT NULL")
    op.create_index("letter_lost", "letter", ["at"], sqlite_where=lost, postgresql_where=lost)


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
