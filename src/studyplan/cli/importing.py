"""`studyplan import`: a reading-room page or a catalog file into the database."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from studyplan import resources
from studyplan.cli.command import Command, read_file, transaction
from studyplan.domain.catalog import Catalog
from studyplan.domain.errors import Conflict
from studyplan.domain.wording import count
from studyplan.now import now
from studyplan.services.importing import FORMATS, Brought, bring_in, guess_format, read_import
from studyplan.settings import Settings

MOST_NAMED = 5


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to read")
    parser.add_argument("--format", choices=FORMATS, help="what the file is (default: by its ending)")
    parser.add_argument("--replace", action="store_true", help="let it take readings, or its name, from another list")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")


def _run(arguments: Namespace, settings: Settings) -> None:
    name = arguments.file.name
    text = read_file(arguments.file).decode("utf-8", "replace")
    form = arguments.format or guess_format(name)
    found = read_import(text, name, form, resources.path("seed"))
    with transaction(settings) as session:
        brought = bring_in(session, found.shipped, now=now())
        if brought.needs_consent and not (arguments.replace or arguments.dry_run):
            raise Conflict(
                f"{_change(brought, 'would replace')} Add --replace if that is meant, or give the list another slug."
            )
        if arguments.dry_run:
            session.rollback()
    for notice in found.notices:
        print(f"{name}, {notice}")
    print(("Would import: " if arguments.dry_run else "Imported: ") + _counts(brought.catalog))
    if brought.replaced is not None and not brought.changes_another:
        print("Nothing in it is new or other than before.")
    if brought.changes_another:
        print(_change(brought, "would replace" if arguments.dry_run else "replaces"))


def _change(brought: Brought, replaces: str) -> str:
    """Say what the list of the same slug had that this one has not, and the other way round."""
    former = brought.replaced
    title = former.title if former else ""
    said = f"It {replaces} “{title}”: {brought.new} new, {brought.changed} changed, {len(brought.withdrawn)} withdrawn"
    said += ", and other clusters or other links between readings" if brought.rearranged else ""
    names = ", ".join(f"“{reading.title}”" for reading in brought.withdrawn[:MOST_NAMED])
    more = len(brought.withdrawn) - MOST_NAMED
    return said + (f": {names}" if names else "") + (f" and {more} more." if more > 0 else ".")


def _counts(catalog: Catalog) -> str:
    tiers = Counter(reading.tier for reading in catalog.readings)
    by_tier = ", ".join(f"{tiers[tier]} of tier {tier}" for tier in sorted(tiers, reverse=True))
    clusters, readings = count(len(catalog.clusters), "cluster"), count(len(catalog.readings), "reading")
    return f"{catalog.title}, {clusters}, {readings} ({by_tier})."


COMMANDS = (
    Command(
        name="import",
        summary="Import a reading-room page or a catalog file; problems are named by place.",
        example="studyplan import reading-room.txt --dry-run",
        run=_run,
        configure=_configure,
    ),
)
