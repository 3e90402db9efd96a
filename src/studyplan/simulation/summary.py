"""What a cohort's outcomes come to. All figures are simulated; an error is the standard error over learners."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studyplan.simulation.course import Course, date_of
from studyplan.simulation.learner import Outcome
from studyplan.simulation.policy import Promise

MANY_REVIEWS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastQuality:
    """How the promised mean recall at the horizon compares with what came: absolute error, band and its width."""

    error: float
    covered: float
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Promises:
    """What a forecasting policy's promises were worth; weeks for the finish, the worst learner beside the mean."""

    cold: ForecastQuality
    after_many_reviews: ForecastQuality | None
    finish_error_weeks: float
    worst_finish_error_weeks: float
    left_out_changes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """One policy's figures over a cohort. `worst_tenth` is the mean of the readings recalled least, learners pooled.

    `ahead` is how much the reference policy is ahead in recall on the same learners, with its paired error.
    `finish_week` is the week of the last first reading, whether or not all were read.
    """

    policy: str
    recall: float
    recall_error: float
    ahead: float
    ahead_error: float
    weighted_recall: float
    weeks_recall: float
    worst_tenth: float
    minutes: float
    read: float
    finish_week: float
    peak_week: float
    peak_ratio: float
    days_over_budget: int
    out_of_order: int
    promises: Promises | None


def summarise(policy: str, outcomes: Sequence[Outcome], course: Course, reference: Sequence[Outcome]) -> Summary:
    """Return the figures of one policy; `reference` holds the same learners under the policy to compare with."""
    recalls = np.array([outcome.recall for outcome in outcomes])
    ahead = np.array([outcome.recall for outcome in reference]).mean(axis=1) - recalls.mean(axis=1)
    weights = np.array([reading.weight for reading in course])
    worst = np.sort(recalls.mean(axis=0))[: -(-len(course) // 10)]
    minutes = np.array([outcome.week_minutes for outcome in outcomes])
    return Summary(
        policy=policy,
        recall=float(recalls.mean()),
        recall_error=_error(recalls.mean(axis=1)),
        ahead=float(ahead.mean()),
        ahead_error=_error(ahead),
        weighted_recall=float((recalls @ weights).mean() / weights.sum()),
        weeks_recall=float(np.mean([outcome.weekly_recall for outcome in outcomes])),
        worst_tenth=float(worst.mean()),
        minutes=float(minutes.sum(axis=1).mean()),
        read=float(np.mean([outcome.read for outcome in outcomes])),
        finish_week=float(np.mean([outcome.last_read_day // 7 + 1 for outcome in outcomes])),
        peak_week=float(minutes.max(axis=1).mean()),
        peak_ratio=float((minutes.max(axis=1) / minutes.mean(axis=1)).mean()),
        days_over_budget=sum(outcome.days_over_budget for outcome in outcomes),
        out_of_order=sum(outcome.out_of_order for outcome in outcomes),
        promises=_promises(outcomes) if all(outcome.promises for outcome in outcomes) else None,
    )


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _promises(outcomes: Sequence[Outcome]) -> Promises:
    finish = [_finish_error_weeks(outcome) for outcome in outcomes]
    cold = _quality([(outcome.promises[0], outcome.mean_recall) for outcome in outcomes])
    later = [
        (promise, outcome.mean_recall)
        for outcome in outcomes
        if (promise := next((p for p in outcome.promises if p.reviews_before >= MANY_REVIEWS), None))
    ]
    return Promises(
        cold=cold,
        after_many_reviews=_quality(later) if later else None,
        finish_error_weeks=float(np.mean(finish)),
        worst_finish_error_weeks=max(finish),
        left_out_changes=float(np.mean([_left_out_changes(outcome.promises) for outcome in outcomes])),
    )


def _quality(kept: Sequence[tuple[Promise, float]]) -> ForecastQuality:
    """Return how promises were kept; each stands beside the recall that came."""
    return ForecastQuality(
        error=float(np.mean([abs(promise.recall.expected - came) for promise, came in kept])),
        covered=float(np.mean([promise.recall.low <= came <= promise.recall.high for promise, came in kept])),
        width=float(np.mean([promise.recall.high - promise.recall.low for promise, _ in kept])),
    )


def _finish_error_weeks(outcome: Outcome) -> float:
    """Return by how many weeks the last first reading missed the day that was expected at the start."""
    expected_on = outcome.promises[0].finish.expected_on or date_of(0)
    return abs((expected_on - date_of(outcome.last_read_day)).days) / 7


def _left_out_changes(promises: Sequence[Promise]) -> int:
    """Return how often the set of readings left out changed from one plan to the next."""
    return sum(before.left_out != after.left_out for before, after in pairwise(promises))
