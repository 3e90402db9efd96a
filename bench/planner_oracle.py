"""How near the planner comes to schedules that were annealed with the truth in hand."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from studyplan.simulation.cohort import Trial, run_trial
from studyplan.simulation.course import Course, Term
from studyplan.simulation.oracle import Annealer
from studyplan.simulation.progress import Progress
from studyplan.simulation.truths import Foreseeable, find_truth

MOST_LEARNERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """The planner's and the baseline's share of the oracles' weighted recall, for one learner."""

    truth: str
    term: Term
    planner: float
    greedy: float
    planner_of_patient: float


def near_optimum(course: Course, terms: Sequence[Term], options: argparse.Namespace) -> list[Near]:
    """Return the shares for a few learners of each truth that can be foreseen."""
    cases = [
        (truth, term, options.seed + k)
        for truth in options.truth
        for term in terms
        for k in range(min(MOST_LEARNERS, options.learners))
        if issubclass(find_truth(truth), Foreseeable)
    ]
    print("oracle:", file=sys.stderr)
    progress, found = Progress(len(cases), sys.stderr), []
    with ProcessPoolExecutor(options.processes) as pool:
        for near in pool.map(partial(_one, course, options.steps), cases):
            found.append(near)
            progress.step()
    return found


def _one(course: Course, steps: int, case: tuple[str, Term, int]) -> Near:
    truth, term, seed = case
    weights = np.array([reading.weight for reading in course])
    reached, best = {}, [0.0, 0.0]
    for policy in ("planner", "greedy"):
        outcome = run_trial(course, Trial(truth=truth, policy=policy, term=term, seed=seed))
        reached[policy] = float(weights @ np.array(outcome.recall))
        learner = find_truth(truth)(np.random.default_rng((seed, 1)), len(course))
        for is_patient in (False, True):
            if isinstance(learner, Foreseeable):
                rng = np.random.default_rng(seed)
                annealer = Annealer(learner, course, term, rng, is_patient=is_patient)
                best[is_patient] = max(best[is_patient], annealer.improve(outcome.met_on, steps))
    return Near(
        truth=truth,
        term=term,
        planner=reached["planner"] / max(best),
        greedy=reached["greedy"] / max(best),
        planner_of_patient=reached["planner"] / best[True],
    )
