"""Memory of a single reading by a cascade of leaky integrators, each with its own time scale."""

from typing import Self

import numpy as np

TIME_SCALES_DAYS = np.geomspace(0.1, 8000.0, 30)
CEILING = 0.95
"""Even what is known well slips at times."""


class MultiscaleTrace:
    """The multiscale context model (Mozer, Pashler, Cepeda, Lindsey & Vul 2009).

    Integrator i fades as exp(-t / tau_i) and counts with gamma_i ~ ratio^i; s_i is the weighted mean of the
    integrators up to i, and recall follows the last s. An exposure lifts integrator i by (1 - s_i), `boost` times
    as much after a successful recall: what the faster scales still hold is not learned again, hence spacing pays.
    The paper fits the scales to data and lets s pass 1; here they span minutes to decades and the lift stays >= 0.
    """

    def __init__(self, ratio: float, boost: float) -> None:
        self._ratio, self._boost = ratio, boost
        weights = ratio ** np.arange(TIME_SCALES_DAYS.size)
        self._weights = weights / weights.sum()
        self._totals = np.cumsum(self._weights)
        self._levels = np.zeros(TIME_SCALES_DAYS.size)
        self._met_at: float | None = None

    def copy(self) -> Self:
        """Return a trace of the same reading that was never met."""
        return type(self)(self._ratio, self._boost)

    def _faded(self, t: float) -> np.ndarray:
        if self._met_at is None:
            return self._levels
        return self._levels * np.exp((self._met_at - t) / TIME_SCALES_DAYS)

    def recall(self, t: float) -> float:
        """Return the probability of recall."""
        return CEILING * min(1.0, float(self._weights @ self._faded(t)))

    def expose(self, t: float, recalled: float) -> None:
        """Lift what has faded on each scale."""
        levels = self._faded(t)
        error = np.maximum(0.0, 1.0 - np.cumsum(self._weights * levels) / self._totals)
        self._levels = levels + (1.0 + (self._boost - 1.0) * recalled) * error
        self._met_at = t
