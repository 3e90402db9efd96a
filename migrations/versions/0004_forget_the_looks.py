"""Forget theme and keys of learners: each browser keeps its own."""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the columns that nothing reads, where they are."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("learners")}
    for name in sorted(there & {"theme", "keys_on"}):
        op.drop_column("learners", name)
