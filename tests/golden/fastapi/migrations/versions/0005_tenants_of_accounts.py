"""Whom the rows of a caller are shared with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("auth_accounts", sa.Column("tenant", sa.Text()))


def downgrade() -> None:
    op.drop_column("auth_accounts", "tenant")
