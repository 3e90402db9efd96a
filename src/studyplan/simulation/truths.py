"""How a simulated learner really remembers. No policy sees any of this; none of the models is the planner's own."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from studyplan.domain.errors import Invalid
from studyplan.simulation.multiscale import MultiscaleTrace
from studyplan.simulation.traces import ActivationTrace, PredictionTrace, Trace


class Truth(Protocol):
    """One learner and `n` readings; `t` counts days from the first study day."""

    def __init__(self, rng: np.random.Generator, n: int) -> None: ...

    def recall(self, i: int, t: float) -> float:
        """Return the probability of recalling reading `i` now; 0 when it was never read."""

    def expose(self, i: int, t: float, recalled: bool, review: bool) -> None:
        """Let the learner read or review reading `i`."""


@runtime_checkable
class Foreseeable(Protocol):
    """A truth that can say what a whole schedule would lead to; only the oracle asks."""

    def foresee(self, i: int, times: Sequence[float], at: float) -> float:
        """Return the expected recall of reading `i` at day `at`, had it been met at `times` (first reading first)."""


class TracedTruth:
    """A learner whose readings are remembered apart, each by a trace of its own."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        self._fresh = self._draw(rng, n)
        self._traces = [fresh.copy() for fresh in self._fresh]

    def _draw(self, rng: np.random.Generator, n: int) -> list[Trace]:
        raise NotImplementedError

    def recall(self, i: int, t: float) -> float:
        """Return the probability of recall."""
        return self._traces[i].recall(t)

    def expose(self, i: int, t: float, recalled: bool, review: bool) -> None:
        """Expose one reading."""
        self._traces[i].expose(t, float(recalled and review))

    def foresee(self, i: int, times: Sequence[float], at: float) -> float:
        """Return the recall that a schedule leads to; success moves each trace by its probability."""
        trace = self._fresh[i].copy()
        for t in times:
            trace.expose(t, trace.recall(t))
        return trace.recall(at)


class Actr(TracedTruth):
    """ACT-R activation with the decay of Pavlik & Anderson (2005)."""

    def _draw(self, rng: np.random.Generator, n: int) -> list[Trace]:
        decay, scale = rng.normal(0.177, 0.02), abs(rng.normal(0.217, 0.04))
        strengths = 1.0 + rng.normal(0, 0.25) + rng.normal(0, 0.30, n)
        return [ActivationTrace(decay, scale, strength) for strength in strengths.tolist()]


class Multiscale(TracedTruth):
    """The multiscale context model (Mozer, Pashler, Cepeda, Lindsey & Vul 2009)."""

    def _draw(self, rng: np.random.Generator, n: int) -> list[Trace]:
        boost = 1.5 * math.exp(rng.normal(0, 0.25))
        ratios = np.clip(0.92 + rng.normal(0, 0.02) + rng.normal(0, 0.03, n), 0.8, 0.995)
        return [MultiscaleTrace(ratio, boost) for ratio in ratios.tolist()]


class Prediction(TracedTruth):
    """The predictive performance equation of Walsh et al. (2018): a power law whose decay follows the mean spacing."""

    def _draw(self, rng: np.random.Generator, n: int) -> list[Trace]:
        base = abs(rng.normal(0.135, 0.008))
        thresholds = 0.099 + rng.normal(0, 0.008) + rng.normal(0, 0.012, n)
        return [PredictionTrace(base, threshold) for threshold in thresholds.tolist()]


TRUTHS: dict[str, type[TracedTruth]] = {"actr": Actr, "multiscale": Multiscale, "prediction": Prediction}


def find_truth(spec: str) -> type[Truth]:
    """Return the truth of that name, or the class in a file given as FILE.py:CLASS."""
    if spec in TRUTHS:
        return TRUTHS[spec]
    file, _, name = spec.rpartition(":")
    if not file or not Path(file).is_file():
        raise Invalid(f"No truth is called {spec!r}. Choose {', '.join(TRUTHS)}, or FILE.py:CLASS.", field="truth")
    found = getattr(_load(Path(file)), name, None)
    if not (isinstance(found, type) and hasattr(found, "recall") and hasattr(found, "expose")):
        raise Invalid(f"{file} has no class {name!r} with recall and expose.", field="truth")
    return found


def _load(path: Path) -> object:
    """Run a Python file and return it as a module."""
    spec = importlib.util.spec_from_file_location(f"studyplan_truth_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise Invalid(f"{path} is no Python file.", field="truth")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise Invalid(f"{path} cannot be loaded: {error}.", field="truth") from error
    return module
