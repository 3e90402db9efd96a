"""Many learners at once: the same ones under every policy, on one or more processes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from studyplan.simulation.course import Course, Term
from studyplan.simulation.learner import Outcome, live
from studyplan.simulation.policies import get_policy
from studyplan.simulation.truths import find_truth

REPORTING_SEED = 1000
"""Seeds below are for tuning, those from here on for reporting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One learner under one policy; truth and policy by name, so that a trial can travel to another process."""

    truth: str
    policy: str
    term: Term
    seed: int


def run_trial(course: Course, trial: Trial) -> Outcome:
    """Return what becomes of one learner."""
    return live(find_truth(trial.truth), trial.seed, course, trial.term, get_policy(trial.policy))


def run_trials(
    course: Course, trials: Sequence[Trial], *, processes: int = 1, after_each: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Return the outcomes in the order of the trials."""
    run, outcomes = partial(run_trial, course), []
    if processes == 1:
        for trial in trials:
            outcomes.append(run(trial))
            after_each()
        return outcomes
    with ProcessPoolExecutor(processes) as pool:
        for outcome in pool.map(run, trials):
            outcomes.append(outcome)
            after_each()
    return outcomes
