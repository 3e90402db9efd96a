"""`studyplan upgrade`: the newest schema and the catalogs that come with this version."""

from argparse import Namespace

from sqlalchemy.orm import Session

from studyplan import resources
from studyplan.cli import migrations
from studyplan.cli.command import Command
from studyplan.now import now
from studyplan.services import catalogs
from studyplan.settings import Settings
from studyplan.store.database import make_engine


def upgrade(settings: Settings) -> list[str]:
    """Bring schema and catalogs to this version; return what changed, in words. Doing it twice changes nothing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)
    try:
        changes = ["schema"] if migrations.upgrade(engine) else []
        with Session(engine) as session, session.begin():
            migrations.wait_for_others(session.connection())
            changes += catalogs.upgrade(session, resources.path("seed"), now=now())
    finally:
        engine.dispose()
    return changes


def _run(_arguments: Namespace, settings: Settings) -> None:
    changes = upgrade(settings)
    print(f"Brought up to date: {', '.join(changes)}." if changes else "All is up to date.")


COMMANDS = (
    Command(
        name="upgrade", summary="Migrate the database and load the catalogs.", example="studyplan upgrade", run=_run
    ),
)
