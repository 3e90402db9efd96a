"""Date the reasons of what has been told."""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OCCURRENCES = sa.table(
    "occurrences",
    sa.column("learner_id", sa.Integer),
    sa.column("id", sa.String),
    sa.column("reason", sa.JSON),
    sa.column("due_at"),
    sa.column("closed_at"),
)
ENROLLMENTS = sa.table(
    "enrollments", sa.column("learner_id", sa.Integer), sa.column("horizon_on", sa.Date), sa.column("ended_at")
)


def upgrade() -> None:
    """Write into the reasons of what is due the date that they are for, where the learner's tracks all have the same.

    Others say "in half a year" until they are done; the next plan dates whatever has not been told.
    """
    connection, of = op.get_bind(), ENROLLMENTS.c
    dates = connection.execute(
        sa.select(of.learner_id, sa.func.min(of.horizon_on))
        .where(of.ended_at.is_(None))
        .group_by(of.learner_id)
        .having(sa.func.count() == sa.func.count(of.horizon_on))
        .having(sa.func.min(of.horizon_on) == sa.func.max(of.horizon_on))
    )
    horizons = {learner_id: horizon_on for learner_id, horizon_on in dates if horizon_on is not None}
    due = sa.select(OCCURRENCES).where(OCCURRENCES.c.closed_at.is_(None), OCCURRENCES.c.due_at <= sa.func.now())
    dated = [
        {"of": row.learner_id, "which": row.id, "dated": row.reason | {"horizon_on": str(horizons[row.learner_id])}}
        for row in connection.execute(due)
        if row.learner_id in horizons and "horizon_on" not in row.reason
    ]
    if dated:
        connection.execute(
            sa.update(OCCURRENCES)
            .where(OCCURRENCES.c.learner_id == sa.bindparam("of"), OCCURRENCES.c.id == sa.bindparam("which"))
            .values(reason=sa.bindparam("dated", type_=sa.JSON)),
            dated,
        )
