"""What minutes buy: expected recall at a horizon after so many further reviews."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from studyplan.domain.memory import PARAMETER_SETS, ParameterSet
from studyplan.domain.memory_batch import Floats, expected_step, recall_after

MOST_REVIEWS = 8
LAST_GAP = 0.1
"""The last review stands this share of a gap before the horizon."""

_COUNTS = np.arange(MOST_REVIEWS + 1)


def gaps(days: Floats) -> Floats:
    """Return the even gaps between k = 0..8 reviews that fill the days up to the horizon; shape (n, 9)."""
    spread: Floats = days[:, None] / (_COUNTS + LAST_GAP).astype(days.dtype)
    spread[:, 0] = days
    return spread


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
class CurveTable:
    """The curves on a grid of log stability, difficulty and log days, to be read by linear interpolation."""

    values: npt.NDArray[np.float32]

    LOW: ClassVar = np.array([-3.5, 1.0, 0.0])
    STEP: ClassVar = np.array([0.35, 1.5, 0.4])
    SHAPE: ClassVar = (36, 7, 18)

    def read(self, stability: Floats, difficulty: Floats, days: Floats) -> Floats:
        """Return the curves of n memories, shape (n, 9); outside the grid its edge."""
        at = np.stack((np.log(stability), difficulty, np.log(np.maximum(days, 1.0))), axis=1)
        at = (at - self.LOW) / self.STEP
        at = np.clip(at, 0.0, _TOP)
        base = at.astype(np.intp)
        along = (at - base)[:, None, :]
        corner = np.where(_CORNERS, along, 1.0 - along).prod(axis=2)
        rows = (base @ _STRIDES)[:, None] + _OFFSETS
        read: Floats = np.einsum("nc,nck->nk", corner, self.values[rows])
        return read


_TOP = np.array(CurveTable.SHAPE) - 1.000001
_STRIDES = np.array([CurveTable.SHAPE[1] * CurveTable.SHAPE[2], CurveTable.SHAPE[2], 1])
_CORNERS = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=bool)
_OFFSETS = _CORNERS @ _STRIDES


@cache
def curve_table(version: str) -> CurveTable:
    """Return the table of a parameter set; made once in a process."""
    axes = [
        low + step * np.arange(count)
        for low, step, count in zip(CurveTable.LOW, CurveTable.STEP, CurveTable.SHAPE, strict=True)
    ]
    log_stability, difficulty, log_days = (
        axis.ravel().astype(np.float32) for axis in np.meshgrid(*axes, indexing="ij")
    )
    values = curves(np.exp(log_stability), difficulty, np.exp(log_days), PARAMETER_SETS[version])
    return CurveTable(values=values.astype(np.float32))
