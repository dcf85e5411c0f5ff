"""products."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0101"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("status", sa.Text(), sa.CheckConstraint("\"status\" in ('draft', 'active', 'archived')"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
    )
    # Each order of a list has an index that ends with the id; it is read forwards and backwards.
    op.create_index("products__created_at", "products", ["created_at", "id"])
    op.create_index("products__status", "products", ["status", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("products")
