"""Print the planner's figures against its rivals as markdown: `make bench-planner`, or `--quick` for a first look.

Everything here is simulated. Learners with seeds below 1000 are for tuning; these tables take those from 1000 on.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from planner_oracle import Near, near_optimum
from planner_tables import absence_table, cell_table, forecast_table, free_table, goal_table, oracle_table, recall_table

from studyplan import resources
from studyplan.formats import catalog_file
from studyplan.simulation.course import Absence, Course, Term, make_course, make_free_course
from studyplan.simulation.policies import BASELINES, RIVALS
from studyplan.simulation.progress import Progress
from studyplan.simulation.report import Comparison, Report, compare

POLICIES = ("planner", *RIVALS, *BASELINES)
MINUTES, WEEKS = (60, 75, 90, 120, 150), (26, 52)
ORACLE_TERMS = tuple(Term(weeks=w, minutes=m) for w, m in ((26, 60), (26, 90), (26, 120), (52, 60)))
FREE_TERMS = tuple(Term(weeks=w, minutes=m) for w, m in ((26, 120), (26, 90), (52, 60)))
ABSENT = Absence(first_week=10, last_week=12)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three learners, two cells, no annealing")
    parser.add_argument("--learners", type=int, default=20, help="in a cell of 26 weeks; half as many in one of 52")
    parser.add_argument("--truth", action="append", help="actr, multiscale, prediction or FILE.py:CLASS; repeatable")
    parser.add_argument("--seed", type=int, default=1000, help="of the first learner; below 1000 for tuning")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=30_000, help="of annealing, for each learner of the oracle")
    return parser.parse_args()


def read_course() -> Course:
    path = resources.path("seed") / "reading-room" / "catalog.toml"
    catalog = catalog_file.numbered(catalog_file.read(path.read_text(), path.name))
    return make_course(catalog.readings, catalog.mentions)


def cells(options: argparse.Namespace) -> list[Comparison]:
    minutes, weeks = ((60, 120), (26,)) if options.quick else (MINUTES, WEEKS)
    terms = [Term(weeks=w, minutes=m) for w in weeks for m in minutes]
    return [
        Comparison(truth=truth, policies=POLICIES, term=term, learners=learners(options, term), seed=options.seed)
        for truth in options.truth
        for term in terms
    ]


def learners(options: argparse.Namespace, term: Term) -> int:
    return max(2, int(options.learners) // (1 if term.weeks <= 26 else 2))


def absences(options: argparse.Namespace) -> list[Comparison]:
    return [
        Comparison(
            truth=truth,
            policies=("planner", "fsrs90"),
            term=term,
            learners=max(2, options.learners // 2),
            seed=options.seed,
        )
        for truth in options.truth
        for minutes in (60, 120)
        for term in absent_terms(Term(weeks=26, minutes=minutes))
    ]


def absent_terms(full: Term) -> Iterator[Term]:
    away = replace(full, absence=ABSENT)
    yield full
    yield away
    yield replace(full, absence=replace(ABSENT, announced=False))
    yield full.losing_evenly(away)


def free(options: argparse.Namespace) -> list[Comparison]:
    policies = ("read-only", *RIVALS, "quota", "greedy")
    return [
        Comparison(truth="actr", policies=policies, term=term, learners=2 * options.learners, seed=options.seed)
        for term in FREE_TERMS
    ]


def run(comparisons: list[Comparison], course: Course, options: argparse.Namespace, what: str) -> list[Report]:
    print(f"{what}:", file=sys.stderr)
    progress = Progress(sum(len(c.policies) * c.learners for c in comparisons), sys.stderr)
    one = partial(compare, course=course, processes=options.processes, after_each=progress.step)
    return [one(comparison) for comparison in comparisons]


def main() -> None:
    options, started = parse(), time.monotonic()
    options.truth = options.truth or ["actr", "multiscale", "prediction"]
    options.learners = 3 if options.quick else options.learners
    course = read_course()
    reports = run(cells(options), course, options, "cells")
    away = run(absences(options), course, options, "absence") if not options.quick else []
    near: list[Near] = [] if options.quick else near_optimum(course, ORACLE_TERMS, options)
    without_links = run(free(options), make_free_course(), options, "free order")
    print("All figures are simulated.\n")
    tables = [goal_table(reports, near, away), cell_table(reports), recall_table(reports), forecast_table(reports)]
    if not options.quick:
        tables += [absence_table(away), oracle_table(near)]
    print(*tables, free_table(without_links), sep="\n\n", end="\n\n")
    print(f"{(time.monotonic() - started) / 60:.1f} minutes on {options.processes} processes.")


if __name__ == "__main__":
    main()
