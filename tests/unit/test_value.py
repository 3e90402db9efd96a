import numpy as np
import pytest

from studyplan.domain.memory import PARAMETER_SETS, PROSE
from studyplan.domain.packer import fill, next_part
from studyplan.domain.plan import ReviewKind, ReviewMinutes, kind_of_review
from studyplan.domain.value import MOST_REVIEWS, curve_table, curves


@pytest.mark.parametrize("version", PARAMETER_SETS)
def test_the_table_reads_the_curves_to_a_hundredth(version: str) -> None:
    rng = np.random.default_rng(4)
    stability, difficulty = np.exp(rng.uniform(-2, 6, 300)), rng.uniform(1, 10, 300)
    days = rng.uniform(2, 700, 300)
    exact = curves(stability, difficulty, days, PARAMETER_SETS[version])
    read = curve_table(version).read(stability, difficulty, days)
    assert read.shape == (300, MOST_REVIEWS + 1)
    assert np.abs(read - exact).mean() < 0.002
    assert np.abs(read - exact).max() < 0.02


def test_beyond_its_grid_the_table_holds_the_edge() -> None:
    table = curve_table(PROSE.version)
    far, edge = table.read(np.array([1e9, 1e4]), np.array([5.0, 5.0]), np.array([1e6, 900.0]))
    assert np.abs(far - edge).max() < 0.05


def test_more_reviews_leave_more_at_the_horizon() -> None:
    curve = curves(np.array([0.7, 20.0]), np.array([4.0, 6.0]), np.array([180.0, 60.0]), PROSE)
    assert (np.diff(curve, axis=1) > 0).all()


def test_a_knapsack_is_worth_at_least_what_greed_takes() -> None:
    assert sorted(fill(10, [6, 5, 5], [0.66, 0.5, 0.5])) == [1, 2]
    assert fill(20, [6, 5, 5], [0.6, 0.5, 0.7]) == [2, 1, 0]
    assert fill(4, [6, 5, 5], [0.6, 0.5, 0.7]) == []
    assert fill(10, [3, 3], [-1.0, 0.0]) == []
    assert fill(5.2, [5.2, 5], [1.0, 0.5]) == [1], "half minutes are counted up"


@pytest.mark.parametrize("seed", range(10))
def test_a_knapsack_is_the_best_of_all_subsets_on_half_minutes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs = (rng.integers(4, 30, 8) / 2).tolist()
    values = rng.uniform(0.1, 1, 8).tolist()
    chosen = fill(20, costs, values)
    subsets = (np.array([(n >> i) & 1 for i in range(8)]) for n in range(256))
    best = max(float(take @ values) for take in subsets if take @ costs <= 20)
    assert sum(costs[i] for i in chosen) <= 20
    assert sum(values[i] for i in chosen) == pytest.approx(best)


@pytest.mark.parametrize(
    ("left", "room", "part"),
    [(20, 20, 20), (4, 30, 4), (50, 20.7, 20), (24, 20, 18), (50, 5, 0), (11, 10, 0), (12, 10, 6)],
)
def test_no_part_of_a_reading_is_shorter_than_six_minutes(left: float, room: float, part: float) -> None:
    assert next_part(left, room, longest=60) == part


@pytest.mark.parametrize(("left", "day", "part"), [(11, 10, 6), (7, 6, 4), (11, 6, 6), (21, 10, 10), (8, 8, 8)])
def test_what_no_day_can_hold_is_halved_when_two_parts_of_six_minutes_are_too_much(
    left: float, day: float, part: float
) -> None:
    assert next_part(left, day, longest=day) == part


def test_each_kind_of_review_has_its_minutes_by_default_a_quarter_of_the_reading() -> None:
    assert [ReviewMinutes.of(40).for_kind(kind) for kind in ReviewKind] == [10, 10, 10]
    assert ReviewMinutes.of(8).for_kind(ReviewKind.SKIM) == 3
    assert [kind_of_review(recall) for recall in (0.9, 0.6, 0.2)] == list(ReviewKind)
