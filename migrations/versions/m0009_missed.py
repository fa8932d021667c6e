"""Reports that are missing, and handovers that are not signed, are found by an index of their own.

Revision 0009, after 0008. The board looked through all that was due in forty days. No row is changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    missed = sa.text("result = 'missed'")
    op.create_index(
        "timer_missed",
        "timer",
        ["jurisdiction", "what", "due"],
        sqlite_where=missed,
        postgresql_where=missed,
    )


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
