"""Write the migration from the newest schema to the rows as they are: `python migrations/new.py ID "What it does"`."""

import sys
import tempfile

from alembic import command
from alembic.config import Config

from studyplan import resources
from studyplan.cli.migrations import upgrade
from studyplan.store.database import make_engine


def main(revision: str, message: str) -> None:
    """Bring an empty database to the newest schema and let Alembic compare it with the rows."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db")
        upgrade(engine)
        config = Config()
        config.set_main_option("script_location", str(resources.path("migrations")))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:])
