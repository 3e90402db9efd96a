"""`studyplan digest`: one learner's digest, shown or written to a folder; nothing is sent and no period is used up."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from studyplan.cli.command import Command, add_email, add_moment, moment, reader_of, transaction
from studyplan.domain.deliveries import Fate
from studyplan.domain.errors import Invalid
from studyplan.publish.outbox import FolderMailer
from studyplan.services import letters, planning
from studyplan.settings import Settings


def _configure(parser: ArgumentParser) -> None:
    add_email(parser)
    add_moment(parser)
    parser.add_argument("--to-dir", metavar="DIR", type=Path, help="write it there as .eml instead of showing its text")


def _run(arguments: Namespace, settings: Settings) -> None:
    now = moment(arguments)
    with transaction(settings, read_only=arguments.at is None) as session:
        learner_id = reader_of(session, arguments)
        if arguments.at is not None:
            planning.replan(session, learner_id, now=now)  # as the clock will have done by then
        mail = letters.preview(session, learner_id, settings, now=now)
        session.rollback()
    if arguments.to_dir is None:
        print(f"To: {mail.recipient}\nSubject: {mail.subject}\n\n{mail.text}")
        return
    answer = FolderMailer(arguments.to_dir).send(mail, now=now)
    if answer.fate is not Fate.TAKEN:
        raise Invalid(f"The digest cannot be written to {answer.detail}.")
    print(f"Written to {arguments.to_dir}.")


COMMANDS = (
    Command(
        name="digest",
        summary="Show a learner's digest as it would be sent.",
        example="studyplan digest ada@example.org --at 2026-11-30T07:00 --to-dir mails",
        run=_run,
        configure=_configure,
    ),
)
