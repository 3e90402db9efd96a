"""How simulated learners remember."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from studyplan.domain.errors import Invalid
from studyplan.simulation.truths import TRUTHS, Actr, Multiscale, Prediction, TracedTruth, find_truth

READINGS = 6

OWN_TRUTH = '''
class Elephant:
    """Never forgets."""

    def __init__(self, rng, n):
        self.met = set()

    def recall(self, i, t):
        return float(i in self.met)

    def expose(self, i, t, recalled, review):
        self.met.add(i)
'''


def mean_recall(truth: type[TracedTruth], times: Sequence[float], at: float, learners: int = 60) -> float:
    """Return the mean over learners and readings after a schedule."""
    values = []
    for seed in range(learners):
        learner = truth(np.random.default_rng(seed), READINGS)
        values += [learner.foresee(i, times, at) for i in range(READINGS)]
    return float(np.mean(values))


def test_truth_a_forgets_one_reading_as_it_is_calibrated() -> None:
    left = [mean_recall(Actr, [0.0], day, learners=1000) for day in (1, 7, 30, 90, 182)]
    assert left == pytest.approx([0.72, 0.50, 0.34, 0.24, 0.18], abs=0.025)


def test_truth_a_follows_its_formula() -> None:
    learner = Actr(np.random.default_rng(3), 1)
    rng = np.random.default_rng(3)
    a, c = rng.normal(0.177, 0.02), abs(rng.normal(0.217, 0.04))
    b = 1.0 + rng.normal(0, 0.25) + rng.normal(0, 0.30, 1)[0]
    learner.expose(0, 0.0, recalled=True, review=False)
    learner.expose(0, 9.0, recalled=False, review=True)
    m = np.log((2160 * 9) ** -a)
    m = np.log((2160 * 30) ** -a + 0.7 * (2160 * 21) ** -(c * np.exp(m) + a))
    assert learner.recall(0, 30.0) == pytest.approx(1 / (1 + np.exp((-0.704 - m - b) / 0.255)))


@pytest.mark.parametrize("truth", TRUTHS.values())
def test_what_was_never_read_is_not_recalled(truth: type[TracedTruth]) -> None:
    learner = truth(np.random.default_rng(1), 3)
    learner.expose(0, 0.0, recalled=True, review=False)
    assert learner.recall(0, 5.0) > 0
    assert learner.recall(1, 5.0) == 0


@pytest.mark.parametrize("truth", TRUTHS.values())
def test_every_truth_forgets_and_gains_more_from_spaced_than_from_massed_reviews(truth: type[TracedTruth]) -> None:
    days = [mean_recall(truth, [0.0], at) for at in (1, 30, 182)]
    assert days == sorted(days, reverse=True)
    spaced, massed = [0.0, 15.0, 45.0], [0.0, 1.0, 2.0]
    assert mean_recall(truth, spaced, 182.0) > mean_recall(truth, massed, 182.0) > days[-1]


@pytest.mark.parametrize("truth", [Actr, Prediction])
def test_where_success_does_not_matter_what_is_foreseen_comes_true(truth: type[TracedTruth]) -> None:
    lived, other = truth(np.random.default_rng(5), 2), truth(np.random.default_rng(5), 2)
    for k, day in enumerate((0.0, 7.0, 40.0)):
        lived.expose(1, day, recalled=False, review=k > 0)
    assert other.foresee(1, [0.0, 7.0, 40.0], 100.0) == pytest.approx(lived.recall(1, 100.0))


def test_on_many_scales_a_success_leaves_more_than_a_failure() -> None:
    after = []
    for recalled in (True, False):
        learner = Multiscale(np.random.default_rng(2), 1)
        learner.expose(0, 0.0, recalled=True, review=False)
        learner.expose(0, 20.0, recalled=recalled, review=True)
        after.append(learner.recall(0, 60.0))
    assert after[0] > after[1]


def test_a_truth_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN_TRUTH)
    learner = find_truth(f"{tmp_path / 'own.py'}:Elephant")(np.random.default_rng(0), 2)
    learner.expose(1, 0.0, recalled=True, review=False)
    assert (learner.recall(0, 9.0), learner.recall(1, 9.0)) == (0.0, 1.0)


@pytest.mark.parametrize("spec", ["", "nobody", "missing.py:Truth"])
def test_an_unknown_truth_is_refused_with_those_there_are(spec: str) -> None:
    with pytest.raises(Invalid, match=r"Choose actr, multiscale, prediction, or FILE\.py:CLASS"):
        find_truth(spec)


@pytest.mark.parametrize(("name", "says"), [("Absent", "no class 'Absent'"), ("np", "no class 'np'")])
def test_a_file_without_the_class_is_refused(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "own.py").write_text("import numpy as np\n" + OWN_TRUTH)
    with pytest.raises(Invalid, match=says):
        find_truth(f"{tmp_path / 'own.py'}:{name}")


@pytest.mark.parametrize("text", ["import nowhere_to_be_found", "class :"])
def test_a_file_that_cannot_be_loaded_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(Invalid, match="cannot be loaded"):
        find_truth(f"{tmp_path / 'own.py'}:Elephant")


def test_a_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(OWN_TRUTH)
    with pytest.raises(Invalid, match="no Python file"):
        find_truth(f"{tmp_path / 'own.txt'}:Elephant")
