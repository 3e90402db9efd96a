"""`studyplan move`: the whole database into another one, such as from SQLite to PostgreSQL."""

from argparse import ArgumentParser, Namespace

from sqlalchemy.engine import make_url

from studyplan.cli import migrations
from studyplan.cli.command import Command, transaction
from studyplan.domain.errors import Invalid
from studyplan.jobs.context import make_context
from studyplan.jobs.lock import without_clock
from studyplan.settings import Settings, check_database, hide_password
from studyplan.store.copying import copy_database
from studyplan.store.database import make_engine


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("url", metavar="DATABASE_URL", help="the empty database to copy everything into")


def _run(arguments: Namespace, settings: Settings) -> None:
    try:
        check_database(arguments.url)
    except ValueError as error:
        raise Invalid(f"DATABASE_URL {hide_password(arguments.url)!r} cannot be used: {error}.") from None
    if make_url(arguments.url) == make_url(settings.database):
        raise Invalid("This is the database that is in use already.")
    with transaction(settings, read_only=True):
        pass  # there is a database of this version to copy
    source, target = make_context(settings), make_engine(arguments.url)
    try:
        with without_clock(source):
            migrations.upgrade(target)
            copied = copy_database(
                source.engine, target, lambda table, rows: print(f"  {rows:9,d} rows, up to {table}")
            )
    finally:
        source.engine.dispose()
        target.dispose()
    shown = make_url(arguments.url).render_as_string()
    print(f"Copied and compared {copied:,d} rows. Set STUDYPLAN_DATABASE_URL to {shown} and start again.")


COMMANDS = (
    Command(
        name="move",
        summary="Copy everything into an empty database and compare; stop Studyplan first.",
        example="studyplan move postgresql+psycopg://studyplan@localhost/studyplan",
        run=_run,
        configure=_configure,
    ),
)
