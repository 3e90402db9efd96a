"""`studyplan plan`: a learner's plan with its reasons, as it would be made now or at another moment."""

import json
from argparse import ArgumentParser, Namespace

from studyplan.cli.command import Command, add_email, add_moment, moment, reader_of, transaction
from studyplan.domain import wording
from studyplan.domain.plan_document import to_document
from studyplan.services.changes import plan_now
from studyplan.settings import Settings


def _configure(parser: ArgumentParser) -> None:
    add_email(parser)
    add_moment(parser)
    parser.add_argument("--json", action="store_true", help="print the whole plan with every reason as JSON")


def _run(arguments: Namespace, settings: Settings) -> None:
    now = moment(arguments)
    with transaction(settings, read_only=True) as session:
        shown = plan_now(session, reader_of(session, arguments), now=now)
    readings = {reading.id: reading for reading in shown.readings}
    if arguments.json:
        document = to_document(shown.plan) | {"readings": {key: item.url for key, item in readings.items()}}
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    day = None
    for item in shown.plan.items:
        if item.on != day:
            day = item.on
            print(f"{day:%a %-d %b %Y}")
        why = wording.why(item, shown.plan.made_on)
        print(f"  {item.kind:6} {item.minutes:4.0f} min  {readings[item.reading_id].title}: {why}")
    if not shown.readings:
        print("On no track: nothing is planned.")
    for left in shown.plan.left_out:
        print(f"left out: {readings[left.reading_id].title} ({left.why})")


COMMANDS = (
    Command(
        name="plan",
        summary="Show a learner's plan and the reason of every item; nothing is stored.",
        example="studyplan plan ada@example.org --json",
        run=_run,
        configure=_configure,
    ),
)
