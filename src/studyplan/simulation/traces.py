"""Memory of a single reading by two published power laws. Times are days; each formula's own unit is converted here."""

import math
from typing import Protocol, Self

SHORTEST_AGE_DAYS = 0.02
SECONDS_A_DAY = 86_400


class Trace(Protocol):
    """What is left of one reading."""

    def recall(self, t: float) -> float:
        """Return the probability of recall; 0 before the first exposure."""

    def expose(self, t: float, recalled: float) -> None:
        """Meet the reading; `recalled` is how far it came back before (0 or 1, between for an expectation)."""

    def copy(self) -> Self:
        """Return a trace of the same reading that was never met."""


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


class ActivationTrace:
    """ACT-R activation where an exposure decays the faster the more active the trace was (Pavlik & Anderson 2005).

    m = ln sum w_j (2160 age_j)^-d_j with d_j = scale e^m + decay; the 2160 units a day slow the time between sessions.
    """

    UNITS_A_DAY = 2160.0
    THRESHOLD, NOISE, REVIEW_WEIGHT = -0.704, 0.255, 0.7

    def __init__(self, decay: float, scale: float, strength: float) -> None:
        self._decay, self._scale, self._strength = decay, scale, strength
        self._exposures: list[tuple[float, float, float]] = []

    def copy(self) -> Self:
        """Return the same reading, never met."""
        return type(self)(self._decay, self._scale, self._strength)

    def _odds(self, t: float) -> float:
        """Return e^m."""
        return math.fsum(
            weight * (self.UNITS_A_DAY * max(t - at, SHORTEST_AGE_DAYS)) ** -decay
            for at, weight, decay in self._exposures
        )

    def recall(self, t: float) -> float:
        """Return the probability of recall."""
        if not self._exposures:
            return 0.0
        return _logistic((math.log(self._odds(t)) + self._strength - self.THRESHOLD) / self.NOISE)

    def expose(self, t: float, recalled: float) -> None:  # noqa: ARG002 - activation grows by exposure alone
        """Add an exposure."""
        weight = self.REVIEW_WEIGHT if self._exposures else 1.0
        self._exposures.append((t, weight, self._scale * self._odds(t) + self._decay))


class PredictionTrace:
    """The predictive performance equation (Walsh, Gluck, Gunzelmann, Jastrzembski & Krusmark 2018).

    M = n^c T^-d, where T is the mean age with weights age^-x and d = base + slope mean(1 / ln(lag + e)), in seconds;
    recall is logistic in (M - threshold) / noise. Noise, base, slope and threshold are set so that one reading
    leaves about as much as with ActivationTrace; c and x are the published ones.
    """

    LEARNING, WEIGHTING, SLOPE, NOISE = 0.1, 0.6, 0.045, 0.032

    def __init__(self, base: float, threshold: float) -> None:
        self._base, self._threshold = base, threshold
        self._met_at: list[float] = []

    def copy(self) -> Self:
        """Return the same reading, never met."""
        return type(self)(self._base, self._threshold)

    def recall(self, t: float) -> float:
        """Return the probability of recall."""
        if not self._met_at:
            return 0.0
        ages = [SECONDS_A_DAY * max(t - at, SHORTEST_AGE_DAYS) for at in self._met_at]
        weights = [age**-self.WEIGHTING for age in ages]
        age = sum(w * a for w, a in zip(weights, ages, strict=True)) / sum(weights)
        strength = len(ages) ** self.LEARNING * age ** -(self._base + self.SLOPE * self._crowding())
        return _logistic((strength - self._threshold) / self.NOISE)

    def _crowding(self) -> float:
        """Return 1 for a single exposure, the nearer to 0 the wider the exposures lie apart."""
        pairs = zip(self._met_at, self._met_at[1:], strict=False)
        terms = [1 / math.log(SECONDS_A_DAY * (later - earlier) + math.e) for earlier, later in pairs]
        return sum(terms) / len(terms) if terms else 1.0

    def expose(self, t: float, recalled: float) -> None:  # noqa: ARG002 - the equation counts exposures only
        """Add an exposure."""
        self._met_at.append(t)
