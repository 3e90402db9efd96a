"""The schema: brought to its newest version by Alembic only."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from studyplan import resources
from studyplan.domain.errors import Conflict

UPGRADE_KEY = 0x55706772616465  # "Upgrade"


def wait_for_others(connection: Connection) -> None:
    """Let one process at a time upgrade, until its transaction ends; on SQLite the lock of every writer does so."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_KEY})


def upgrade(engine: Engine) -> bool:
    """Bring the schema to the newest version in one transaction; say whether anything changed.

    Raises Conflict for a schema that this version does not know, which a newer Studyplan made, and for a database that
    cannot hold all letters.
    """
    config = Config()
    config.set_main_option("script_location", str(resources.path("migrations")))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        wait_for_others(connection)
        _check_encoding(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return False
        if current and current not in {script.revision for script in scripts.walk_revisions()}:
            raise Conflict(f"The database has schema {current}, made by a newer Studyplan. Install that version again.")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def _check_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding")) if connection.dialect.name == "postgresql" else "UTF8"
    if encoding != "UTF8":
        advice = "Make it anew: CREATE DATABASE studyplan ENCODING 'UTF8' TEMPLATE template0"
        raise Conflict(f"The database is in {encoding}, which does not hold all letters. {advice}.")
