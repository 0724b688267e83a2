"""A name somebody gave an assessment; what is drawn over a person's visits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("assessment", sa.Column("label", sa.String(120), nullable=False, server_default=""))
    op.add_column("person", sa.Column("measures", sa.JSON()))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("person", "measures")
    op.drop_column("assessment", "label")
