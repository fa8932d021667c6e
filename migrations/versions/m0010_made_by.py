"""A token says who made it, and what alone it opens.

Revision 0010, after 0009. Of tokens that there are nobody says who made them: they are taken for somebody
else's than their person's, so what needs two persons is not done by them (ADR 0026).
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("identity_token", sa.Column("made_by", sa.Text))
    op.add_column("identity_token", sa.Column("opens", sa.Text))


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
