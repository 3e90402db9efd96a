"""FSRS-6 for many memories at once: the same figures as the fsrs package, on numpy arrays.

Every function works on arrays of one shape (or on what numpy broadcasts to it) and keeps their precision. The formulas
are FSRS-6 as the package has it; `w` stands for the weights of a parameter set.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from studyplan.domain.memory import ParameterSet, Rating

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
Days = Floats | Ints | float

LEAST_STABILITY = 0.001


def recall_after(stability: Floats, days: Days, parameters: ParameterSet) -> Floats:
    """Return the probability of recall some days after the last exposure."""
    decay = parameters.weights[20]
    factor = 0.9 ** (-1 / decay) - 1
    recall: Floats = (1 + factor * np.maximum(days, 0) / stability) ** -decay
    return recall


def after_rating(
    stability: Floats, difficulty: Floats, days: Floats | Ints, rating: Ints, parameters: ParameterSet
) -> tuple[Floats, Floats]:
    """Return stability and difficulty after one rating each, as the package computes them."""
    recall = recall_after(stability, days, parameters)
    w = parameters.weights
    bonus = np.where(rating == Rating.HAZY, w[15], np.where(rating == Rating.EASY, w[16], 1.0))
    later = np.where(
        rating == Rating.FORGOT,
        _forgotten(stability, difficulty, recall, parameters),
        _recalled(stability, difficulty, recall, parameters, bonus),
    )
    stronger = np.maximum(np.where(days < 1, _same_day(stability, rating, parameters), later), LEAST_STABILITY)
    easiest = w[4] - np.exp(w[5] * 3) + 1
    damped = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
    return stronger, np.clip(w[7] * easiest + (1 - w[7]) * damped, 1, 10)


def expected_step(
    stability: Floats, difficulty: Floats, recall: Floats, parameters: ParameterSet
) -> tuple[Floats, Floats]:
    """Return stability and difficulty as expected of a review before its rating is known.

    The logarithm of stability is the mean of Clear, with the probability of recall, and Forgot; difficulty rises by
    what a Forgot adds, with the probability of one.
    """
    recalled = np.log(_recalled(stability, difficulty, recall, parameters, 1.0))
    forgotten = np.log(np.maximum(_forgotten(stability, difficulty, recall, parameters), LEAST_STABILITY))
    harder = difficulty + (1 - recall) * (2 * parameters.weights[6] / 9) * (10 - difficulty)
    return np.exp(forgotten + recall * (recalled - forgotten)), np.minimum(harder, 10)


def _recalled(
    stability: Floats, difficulty: Floats, recall: Floats, parameters: ParameterSet, bonus: Floats | float
) -> Floats:
    w = parameters.weights
    growth = np.expm1((1 - recall) * w[10]) * (11 - difficulty) * stability ** -w[9]
    strengthened: Floats = stability * (1 + float(np.exp(w[8])) * growth * bonus)
    return strengthened


def _forgotten(stability: Floats, difficulty: Floats, recall: Floats, parameters: ParameterSet) -> Floats:
    w = parameters.weights
    relearned = w[11] * difficulty ** -w[12] * ((stability + 1) ** w[13] - 1) * np.exp((1 - recall) * w[14])
    least: Floats = np.minimum(relearned, stability * float(np.exp(-w[17] * w[18])))
    return least


def _same_day(stability: Floats, rating: Ints, parameters: ParameterSet) -> Floats:
    w = parameters.weights
    factor = np.exp(w[17] * (rating - 3 + w[18])) * stability ** -w[19]
    # Only Forgot may lower stability on the same day; older formulas let Hazy do so too.
    kept: Floats = stability * np.where(rating == Rating.FORGOT, factor, np.maximum(factor, 1))
    return kept
