"""${message}.

Revision ${up_revision}, after ${down_revision}.
"""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Never: a journal is not taken back. Restore a backup."""
    raise NotImplementedError("a journal is not taken back; restore a backup")
