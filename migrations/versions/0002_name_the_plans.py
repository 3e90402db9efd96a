"""Name the plans."""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each plan a name of its own, and keep it as the text that it is."""
    if "plan_id" in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("plans")}:
        return  # for some days 0001 laid the table so from the beginning
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    with op.batch_alter_table("plans") as batch:
        batch.add_column(sa.Column("plan_id", sa.String(length=36), nullable=True))
        batch.alter_column("document", existing_type=sa.JSON(), type_=sa.Text(), postgresql_using="document::text")
    name = "gen_random_uuid()::text" if is_postgresql else "lower(hex(randomblob(16)))"
    op.execute(f"UPDATE plans SET plan_id = {name}")
    with op.batch_alter_table("plans") as batch:
        batch.alter_column("plan_id", existing_type=sa.String(length=36), nullable=False)
