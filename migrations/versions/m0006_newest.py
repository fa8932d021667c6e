"""The newest shifts are found by an index that both databases use.

Revision 0006, after 0005. SQLite kept to the primary key and read all duty ever served, because the index did
not give the order that is asked for. No row is changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index anew, in the order of entries and numbers."""
    newest = sa.text("ended IS NULL")
    op.drop_index("duty_newest", "duty")
    op.create_index(
        "duty_newest", "duty", ["jurisdiction", "seq", "n"], sqlite_where=newest, postgresql_where=newest
    )


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
