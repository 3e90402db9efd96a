"""`studyplan bounce`: what mail servers send back, from a pipe or a mailbox file."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from studyplan.cli.command import Command, read_file, transaction
from studyplan.now import now
from studyplan.publish.links import Links
from studyplan.services import bounces
from studyplan.settings import Settings


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="an mbox file (default: standard input)")
    parser.add_argument("--address", action="store_true", help="print the address that takes them in by POST instead")


def _run(arguments: Namespace, settings: Settings) -> None:
    if arguments.address:
        print(Links.of(settings).bounces())
        return
    raw = read_file(arguments.file) if arguments.file else sys.stdin.buffer.read()
    with transaction(settings) as session:
        done = bounces.take_in(session, raw, Links.of(settings), now=now())
    print("\n".join(done) or "This is no bounce, complaint or unsubscription.")


COMMANDS = (
    Command(
        name="bounce",
        summary="Take in bounces, complaints and unsubscriptions that came by mail.",
        example="studyplan bounce < returned.eml",
        run=_run,
        configure=_configure,
    ),
)
