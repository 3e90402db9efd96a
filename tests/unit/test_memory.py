import json
import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fsrs import Card, Scheduler, State
from fsrs import Rating as PackageRating
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.errors import Invalid
from studyplan.domain.memory import (
    FSRS6,
    PARAMETER_SETS,
    PROSE,
    Memory,
    ParameterSet,
    Rated,
    Rating,
    expected_memory,
    first_memory,
    get_parameters,
    replay,
    retrievability,
    review,
)
from studyplan.domain.memory_batch import after_rating, expected_step, recall_after

MONDAY = date(2026, 1, 5)
VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "fixtures" / "fsrs_vectors.json").read_text())["vectors"]
}
NOT_OURS = {
    "next-interval-by-retention": "no interval is taken from a wanted retention: the price of a minute sets it",
    "sm2-import-2.5-10-0.9": "nothing is imported from SM-2",
    "sm2-import-2.5-10-0.8": "nothing is imported from SM-2",
    "sm2-import-2.5-10-0.95": "nothing is imported from SM-2",
    "sm2-import-1.3-20-0.9": "nothing is imported from SM-2",
    "anki-fuzz-table": "no fuzz",
    "anki-sm2-extreme-multiplier": "SM-2 is not used",
}


def parameters_of(vector: dict[str, Any]) -> ParameterSet:
    """Return a vector's weights; older sets are filled up as the reference libraries fill them."""
    given = vector["input"]
    weights = list(given.get("params") or given.get("params_19") or FSRS6.weights)
    if "params_19" in given:
        weights[17:19] = [0.0, 0.0]
    weights += [0.0, 0.5][len(weights) - 19 :] if len(weights) < 21 else []
    if "decay" in given:
        weights[20] = given["decay"]
    return ParameterSet(version=vector["id"], weights=tuple(weights), rated_share=1.0)


def follow(parameters: ParameterSet, ratings: list[int], days: list[float]) -> list[tuple[float, float]]:
    """Return stability and difficulty after each rating; `days` are those before each, the first is not used."""
    w = parameters.weights
    stability, difficulty = w[ratings[0] - 1], w[4] - math.exp(w[5] * (ratings[0] - 1)) + 1
    states = [(stability, min(max(difficulty, 1.0), 10.0))]
    for rating, elapsed in zip(ratings[1:], days[1:], strict=True):
        s, d = states[-1]
        new = after_rating(np.array([s]), np.array([d]), np.array([elapsed]), np.array([rating]), parameters)
        states.append((float(new[0][0]), float(new[1][0])))
    return states


def days_until(recall: float, stability: float, parameters: ParameterSet) -> float:
    decay = parameters.weights[20]
    days: float = stability / (0.9 ** (-1 / decay) - 1) * (recall ** (-1 / decay) - 1)
    return days


def test_every_reference_vector_is_followed_or_named_as_not_ours() -> None:
    followed = {
        "ivl-history-default",
        "memo-state-short-term",
        "memo-state-no-short-term",
        "init-stability",
        "next-difficulty",
        "stability-after-success",
        "stability-after-failure",
        "stability-same-day",
        "forgetting-curve",
        "retrievability-decay-0.2",
        "fsrs5-params-memo",
        "fsrs5-next-states",
        "ts-long-term-test1",
        "ts-long-term-test2",
        "ts-long-term-test3",
        "py-no-learning-steps-hist",
    }
    assert followed | NOT_OURS.keys() == VECTORS.keys()


@pytest.mark.parametrize("name", ["memo-state-short-term", "memo-state-no-short-term", "fsrs5-params-memo"])
def test_a_history_leads_to_the_memory_of_the_reference(name: str) -> None:
    vector = VECTORS[name]
    parameters = parameters_of(vector)
    if name == "memo-state-no-short-term":
        parameters = ParameterSet(
            version=name, weights=(*parameters.weights[:17], 0.0, 0.0, 0.0, parameters.weights[20]), rated_share=1.0
        )
    states = follow(parameters, vector["input"]["ratings"], vector["input"]["elapsed_days"])
    assert states[-1] == pytest.approx((vector["expected"]["stability"], vector["expected"]["difficulty"]), rel=1e-5)


@pytest.mark.parametrize("name", ["ts-long-term-test1", "ts-long-term-test2", "ts-long-term-test3"])
def test_long_histories_keep_the_stabilities_of_the_reference(name: str) -> None:
    vector = VECTORS[name]
    days = [0, *vector["expected"]["interval_days"][:-1]]
    states = follow(parameters_of(vector), vector["input"]["ratings"], days)
    assert [stability for stability, _ in states] == pytest.approx(vector["expected"]["stability"], rel=1e-4)


def test_reviews_just_when_due_come_back_after_the_intervals_of_the_package() -> None:
    vector = VECTORS["py-no-learning-steps-hist"]
    intervals = vector["expected"]["interval_days"]
    states = follow(FSRS6, vector["input"]["ratings"], [0, *intervals[:-1]])
    assert [max(1, round(stability)) for stability, _ in states] == intervals


def test_a_history_with_learning_steps_ends_in_the_same_memory() -> None:
    vector = VECTORS["ivl-history-default"]
    states = follow(FSRS6, vector["input"]["ratings"], [0, *vector["expected"]["interval_days"][:-1]])
    expected = vector["expected"]
    assert states[-1] == pytest.approx((expected["final_stability_ts"], expected["final_difficulty_ts"]), rel=1e-6)


def test_four_ratings_lead_to_the_four_states_of_the_reference() -> None:
    vector = VECTORS["fsrs5-next-states"]
    given = vector["input"]
    for rating, name in enumerate(("again", "hard", "good", "easy"), start=1):
        days = [*given["elapsed_days"], given["then_elapsed"]]
        states = follow(parameters_of(vector), [*given["ratings"], rating], days)
        assert states[-1] == pytest.approx(tuple(vector["expected"][name]), rel=1e-5)


def test_a_first_rating_sets_stability_and_difficulty() -> None:
    expected = VECTORS["init-stability"]["expected"]
    memories = [first_memory(rating, MONDAY, FSRS6.version) for rating in Rating]
    assert [memory.stability for memory in memories] == pytest.approx(expected["stability"])
    assert [memory.difficulty for memory in memories] == pytest.approx(expected["difficulty"], rel=1e-6)


def test_difficulty_follows_the_rating() -> None:
    expected = VECTORS["next-difficulty"]["expected"]["difficulty"]
    _, found = after_rating(np.full(4, 5.0), np.full(4, 5.0), np.full(4, 3.0), np.arange(1, 5), FSRS6)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["stability-after-success", "stability-after-failure"])
def test_stability_after_a_recall_and_after_a_lapse(name: str) -> None:
    vector = VECTORS[name]
    given = vector["input"]
    days = np.array([days_until(recall, given["stability"], FSRS6) for recall in given["retrievability"]])
    ratings = np.array(given.get("ratings", [1] * len(days)))
    stability = np.full(len(days), given["stability"])
    found, _ = after_rating(stability, np.array(given["difficulty"], dtype=float), days, ratings, FSRS6)
    assert found == pytest.approx(vector["expected"]["stability"], rel=1e-5)


def test_hazy_on_the_same_day_never_lowers_stability() -> None:
    expected = VECTORS["stability-same-day"]["expected"]["stability"]
    found, _ = after_rating(np.full(4, 5.0), np.full(4, 5.0), np.zeros(4), np.arange(1, 5), FSRS6)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["forgetting-curve", "retrievability-decay-0.2"])
def test_recall_falls_along_the_reference_curve(name: str) -> None:
    vector = VECTORS[name]
    days = np.array(vector["input"]["elapsed"], dtype=float)
    stability = np.array(vector["input"]["stability"], dtype=float) * np.ones(len(days))
    found = recall_after(stability, days, parameters_of(vector))
    assert found == pytest.approx(vector["expected"]["retrievability"], abs=1e-6)


@pytest.mark.parametrize("parameters", PARAMETER_SETS.values(), ids=lambda parameters: parameters.version)
def test_the_kernel_equals_the_package_on_ten_thousand_random_sequences(parameters: ParameterSet) -> None:
    rng = np.random.default_rng(6)
    count, steps = 5_000, 4
    ratings = rng.integers(1, 5, (steps, count))
    days = np.where(rng.random((steps, count)) < 0.1, 0, rng.integers(1, 120, (steps, count)))
    scheduler = Scheduler(parameters.weights, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    cards = [Card(card_id=1, state=State.Learning, step=0, due=moment) for _ in range(count)]
    last = [moment] * count
    cards = [
        scheduler.review_card(c, PackageRating(r), moment)[0] for c, r in zip(cards, ratings[0].tolist(), strict=True)
    ]
    stability = np.array([card.stability for card in cards], dtype=float)
    difficulty = np.array([card.difficulty for card in cards], dtype=float)
    for step in range(1, steps):
        last = [at + timedelta(days=gap) for at, gap in zip(last, days[step].tolist(), strict=True)]
        told = zip(cards, ratings[step].tolist(), last, strict=True)
        cards = [scheduler.review_card(card, PackageRating(rating), at)[0] for card, rating, at in told]
        stability, difficulty = after_rating(stability, difficulty, days[step], ratings[step], parameters)
        assert np.allclose(stability, np.array([card.stability for card in cards], dtype=float), rtol=1e-9, atol=0)
        assert np.allclose(difficulty, np.array([card.difficulty for card in cards], dtype=float), rtol=1e-9, atol=0)


@given(st.floats(0.05, 900), st.floats(1, 10), st.integers(1, 400), st.sampled_from(list(PARAMETER_SETS)))
def test_the_expected_step_is_one_thing_for_one_memory_and_for_many(
    stability: float, difficulty: float, days: int, version: str
) -> None:
    memory = Memory(stability=stability, difficulty=difficulty, last_on=MONDAY, reviews=2, lapses=0, version=version)
    on = MONDAY + timedelta(days=days)
    one = expected_memory(memory, on)
    parameters = get_parameters(version)
    recall = recall_after(np.array([stability]), days, parameters)
    many = expected_step(np.array([stability]), np.array([difficulty]), recall, parameters)
    assert retrievability(memory, on) == pytest.approx(recall[0], rel=1e-12)
    assert (one.stability, one.difficulty) == pytest.approx((many[0][0], many[1][0]), rel=1e-9)
    assert (one.last_on, one.reviews) == (on, 3)


@given(st.floats(0.05, 900), st.floats(1, 10), st.integers(0, 400), st.sampled_from(list(PARAMETER_SETS)))
def test_a_better_rating_never_leaves_less(stability: float, difficulty: float, days: int, version: str) -> None:
    memory = Memory(stability=stability, difficulty=difficulty, last_on=MONDAY, reviews=1, lapses=0, version=version)
    after = [review(memory, rating, MONDAY + timedelta(days=days)) for rating in Rating]
    assert all(a.stability <= b.stability + 1e-12 for a, b in pairwise(after))
    assert all(a.difficulty >= b.difficulty - 1e-12 for a, b in pairwise(after))


@pytest.mark.parametrize("version", PARAMETER_SETS)
def test_a_better_first_rating_never_leaves_less(version: str) -> None:
    first = [first_memory(rating, MONDAY, version).stability for rating in Rating]
    assert first == sorted(first)


def test_the_prose_belief_goes_half_of_the_way_that_a_rating_asks_for() -> None:
    memory = first_memory(Rating.CLEAR, MONDAY, PROSE.version)
    on = MONDAY + timedelta(days=9)
    expected = expected_memory(memory, on)
    rated, _ = after_rating(
        np.array([memory.stability]), np.array([memory.difficulty]), np.array([9.0]), np.array([1]), PROSE
    )
    half = math.sqrt(float(rated[0]) * expected.stability)
    assert review(memory, Rating.FORGOT, on).stability == pytest.approx(half, rel=1e-9)


def test_lapses_and_reviews_are_counted_and_ratings_can_be_replayed_under_another_version() -> None:
    ratings = [
        Rated(rating=Rating.FORGOT, on=MONDAY + timedelta(days=20)),
        Rated(rating=Rating.CLEAR, on=MONDAY),
        Rated(rating=Rating.EASY, on=MONDAY + timedelta(days=30)),
    ]
    prose, plain = replay(ratings), replay(ratings, FSRS6.version)
    assert prose is not None
    assert plain is not None
    assert (prose.reviews, prose.lapses, prose.version) == (2, 1, PROSE.version)
    assert (plain.reviews, plain.lapses, plain.version) == (2, 1, FSRS6.version)
    assert plain.stability != prose.stability
    assert replay([]) is None


def test_a_review_before_the_last_one_is_refused() -> None:
    memory = first_memory(Rating.CLEAR, MONDAY)
    with pytest.raises(Invalid, match="replay the ratings in order"):
        review(memory, Rating.CLEAR, MONDAY - timedelta(days=1))


def test_an_unknown_memory_model_is_named_with_those_that_exist() -> None:
    with pytest.raises(Invalid, match=r"'fsrs9'.*fsrs6-1, prose-1"):
        get_parameters("fsrs9")
