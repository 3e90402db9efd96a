"""Learn from one learner: how far their recall lies from the belief, and how long things take them.

Everything is shrunk towards the default by a number of imagined observations, because a learner's own are few.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from studyplan.domain.plan import LEAST_REVIEW_MINUTES, REVIEW_SHARE, Offset, ReviewKind, ReviewMinutes

PRIOR_SPREAD = 0.5
HALF_LIFE = 40
NEWTON_STEPS = 6
PACE_PRIOR = 5
SHARE_PRIOR = 10
KINDS = (ReviewKind.PROMPT, ReviewKind.SKIM, ReviewKind.REREAD)
SLOWEST = 3.0
"""A single timing counts for at most this many times the default, and at least its inverse."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One review: the recall that the belief predicted for its day, and whether something came back."""

    on: date
    predicted: float
    recalled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Minutes that a first reading (kind None) or a review of a reading really took; `minutes` is the reading's."""

    minutes: float
    spent: float
    kind: ReviewKind | None = None


def learn_offset(observations: Sequence[Observation]) -> Offset:
    """Return the learner's offset on logit(recall), oldest observation first: the maximum a posteriori.

    Prior N(0, 0.5); an observation counts half for every 40 reviews after it; the spread is that of the normal
    distribution which fits the posterior's top.
    """
    if not observations:
        return Offset(mean=0.0, spread=PRIOR_SPREAD)
    predicted = np.clip([seen.predicted for seen in observations], 0.01, 0.99)
    recalled = np.array([seen.recalled for seen in observations], dtype=float)
    counts = 0.5 ** (np.arange(len(observations))[::-1] / HALF_LIFE)
    base = np.log(predicted / (1 - predicted))
    mean, precision = 0.0, 1 / PRIOR_SPREAD**2
    for _ in range(NEWTON_STEPS):
        recall = 1 / (1 + np.exp(-base - mean))
        slope = float((counts * (recalled - recall)).sum()) - mean / PRIOR_SPREAD**2
        precision = float((counts * recall * (1 - recall)).sum()) + 1 / PRIOR_SPREAD**2
        mean += slope / precision
    return Offset(mean=mean, spread=precision**-0.5)


def learn_pace(timings: Iterable[Timing]) -> float:
    """Return by how much the learner's first readings outlast the catalog's minutes: a factor, 1 while unknown."""
    ratios = [timing.spent / timing.minutes for timing in timings if timing.kind is None]
    return _shrunk(ratios, 1.0, PACE_PRIOR)


def learn_shares(timings: Iterable[Timing]) -> Mapping[ReviewKind, float]:
    """Return the share of a reading's minutes that each kind of review takes the learner; a quarter while unknown."""
    ratios: dict[ReviewKind, list[float]] = {kind: [] for kind in ReviewKind}
    for timing in timings:
        if timing.kind is not None:
            ratios[timing.kind].append(timing.spent / timing.minutes)
    return {kind: _shrunk(seen, REVIEW_SHARE, SHARE_PRIOR) for kind, seen in ratios.items()}


def review_minutes(minutes: float, shares: Mapping[ReviewKind, float]) -> ReviewMinutes:
    """Return how long the reviews of one reading take by the learner's shares."""
    prompt, skim, reread = (max(LEAST_REVIEW_MINUTES, shares[kind] * minutes) for kind in KINDS)
    return ReviewMinutes(prompt=prompt, skim=skim, reread=reread)


def _shrunk(ratios: Sequence[float], default: float, prior: int) -> float:
    """Return the geometric mean of the ratios and of `prior` imagined ones at the default; outliers are cut."""
    logs = [math.log(min(max(ratio / default, 1 / SLOWEST), SLOWEST)) for ratio in ratios if ratio > 0]
    return default * math.exp(sum(logs) / (len(logs) + prior))
