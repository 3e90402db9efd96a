"""`studyplan simulate`: the planner against its rivals on simulated learners of the reading room."""

import json
import sys
from argparse import ArgumentParser, Namespace

from studyplan import resources
from studyplan.cli.command import Command
from studyplan.domain.catalog import Catalog
from studyplan.formats.catalog_file import numbered
from studyplan.services.catalogs import read_shipped
from studyplan.settings import Settings
from studyplan.simulation.course import Absence, Term, make_course
from studyplan.simulation.policies import POLICIES
from studyplan.simulation.progress import Progress
from studyplan.simulation.report import Comparison, compare
from studyplan.simulation.truths import TRUTHS


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--truth", default="actr", help=f"how learners remember: {', '.join(TRUTHS)} or FILE.py:CLASS")
    parser.add_argument(
        "--policy", default="planner,fsrs90,fsrs80,sm2,ladder", help=f"separated by commas: {', '.join(POLICIES)}"
    )
    parser.add_argument("--weeks", type=int, default=26, help="weeks to the horizon (default: 26)")
    parser.add_argument("--minutes", type=int, default=120, help="minutes a week (default: 120)")
    parser.add_argument("--absence", metavar="WEEKS", help="weeks without study: 10-12 or 10-12,unannounced")
    parser.add_argument("--learners", type=int, default=40, help="how many learners (default: 40)")
    parser.add_argument("--seed", type=int, default=1000, help="of the first; below 1000 for tuning (default: 1000)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def _run(arguments: Namespace, _settings: Settings) -> None:
    absence = Absence.parse(arguments.absence) if arguments.absence else None
    comparison = Comparison(
        truth=arguments.truth,
        policies=tuple(arguments.policy.split(",")),
        term=Term(weeks=arguments.weeks, minutes=arguments.minutes, absence=absence),
        learners=arguments.learners,
        seed=arguments.seed,
    )
    catalog = _catalog()
    progress = Progress(len(comparison.trials()), sys.stderr)
    report = compare(comparison, make_course(catalog.readings, catalog.mentions), after_each=progress.step)
    print(json.dumps(report.as_json(), indent=2, default=str) if arguments.json else report.as_text())


def _catalog() -> Catalog:
    """Return the first catalog that comes with Studyplan."""
    return numbered(read_shipped(resources.path("seed"))[0].file)


COMMANDS = (
    Command(
        name="simulate",
        summary="Compare the planner with other schedulers on simulated learners.",
        example="studyplan simulate --truth actr --policy planner,fsrs90 --minutes 60 --learners 10",
        run=_run,
        configure=_configure,
    ),
)
