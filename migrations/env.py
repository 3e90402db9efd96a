"""Run the migrations on the connection that the `upgrade` command hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from studyplan.store import rows  # noqa: F401 declares the tables
from studyplan.store.database import Base, Moment


def _render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write moments as what they are in the database, so that old migrations need no code of today."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    render_item=_render,
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
