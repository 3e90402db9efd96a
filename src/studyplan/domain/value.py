"""What minutes buy: expected recall at a horizon after so many further reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from studyplan.domain.memory import PARAMETER_SETS, Memory, ParameterSet
from studyplan.domain.memory_batch import Floats, Ints, expected_step, recall_after

MOST_REVIEWS = 8
LAST_GAP = 0.1
"""The last review stands this share of a gap before the horizon."""

_COUNTS = np.arange(MOST_REVIEWS + 1)


def gaps(days: Floats) -> Floats:
    """Return the even gaps between k = 0..8 reviews that fill the days up to the horizon; shape (n, 9)."""
    spread: Floats = days[:, None] / (_COUNTS + LAST_GAP).astype(days.dtype)
    spread[:, 0] = days
    return spread


def even_gaps(memories: Sequence[Memory], days: int, price: float) -> list[float]:
    """Return the even gap to the next of the reviews, at least one, that are worth a price in recall each."""
    version = memories[0].version
    stability = np.array([memory.stability for memory in memories])
    difficulty = np.array([memory.difficulty for memory in memories])
    curve = curves(stability, difficulty, np.full(len(memories), float(days)), PARAMETER_SETS[version])
    counts = np.maximum((curve - price * _COUNTS).argmax(axis=1), 1)
    return [days / (count + LAST_GAP) for count in counts.tolist()]


def curves(stability: Floats, difficulty: Floats, days: Floats, parameters: ParameterSet) -> Floats:
    """Return the expected recall `days` after an exposure if k = 0..8 reviews follow at even gaps; shape (n, 9).

    Each review is taken as its expected step (mean field), so the curve is a figure to compare actions by, not yet
    a forecast.
    """
    between = gaps(days)
    remaining = between * LAST_GAP
    remaining[:, 0] = days
    grown = np.repeat(stability[:, None], MOST_REVIEWS + 1, axis=1)
    harder = np.repeat(difficulty[:, None], MOST_REVIEWS + 1, axis=1)
    for done in range(1, MOST_REVIEWS + 1):
        active = np.s_[:, done:]
        recall = recall_after(grown[active], between[active], parameters)
        grown[active], harder[active] = expected_step(grown[active], harder[active], recall, parameters)
    return recall_after(grown, remaining, parameters)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Even steps of a grid."""

    low: float
    step: float
    count: int

    @property
    def points(self) -> npt.NDArray[np.float32]:
        """Return the grid's points."""
        return (self.low + self.step * np.arange(self.count)).astype(np.float32)

    def locate(self, at: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
        """Return the grid cell of each place and how far into it each lies; places outside lie on the edge."""
        steps = np.clip((at - self.low) / self.step, 0.0, self.count - 1.000001)
        cell = steps.astype(np.intp)
        return cell, steps - cell


LOG_STABILITY = Axis(low=-3.5, step=0.35, count=36)
DIFFICULTY = Axis(low=1.0, step=1.5, count=7)
LOG_DAYS = Axis(low=0.0, step=0.4, count=18)
_ROW, _BLOCK = LOG_DAYS.count, LOG_DAYS.count * DIFFICULTY.count
_CORNERS = np.array([a * _BLOCK + b * _ROW + c for a in (0, 1) for b in (0, 1) for c in (0, 1)])[:, None]


@dataclass(frozen=True, kw_only=True, slots=True)
class CurveTable:
    """The curves on a grid of log stability, difficulty and log days, to be read by linear interpolation."""

    values: npt.NDArray[np.float32]

    def read(self, stability: Floats, difficulty: Floats, days: Floats | Ints) -> Floats:
        """Return the curves of n memories, shape (n, 9); outside the grid those of its edge."""
        a, into_a = LOG_STABILITY.locate(np.log(stability))
        b, into_b = DIFFICULTY.locate(difficulty)
        c, into_c = LOG_DAYS.locate(np.log(np.maximum(days, 1)))
        corners = self.values.take(a * _BLOCK + b * _ROW + c + _CORNERS, axis=0)
        for into in (into_a, into_b, into_c):
            half = len(corners) // 2
            corners = corners[:half] + into[:, None] * (corners[half:] - corners[:half])
        read: Floats = corners[0]
        return read


@cache
def curve_table(version: str) -> CurveTable:
    """Return the table of a parameter set; made once in a process."""
    axes = np.meshgrid(LOG_STABILITY.points, DIFFICULTY.points, LOG_DAYS.points, indexing="ij")
    log_stability, difficulty, log_days = (axis.ravel() for axis in axes)
    values = curves(np.exp(log_stability), difficulty, np.exp(log_days), PARAMETER_SETS[version])
    return CurveTable(values=values.astype(np.float32))
