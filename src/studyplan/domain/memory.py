"""What we believe a learner retains of a reading: FSRS-6 through the fsrs package, one study day as its unit of time.

The parameter set `fsrs6` is the package's own. `prose` is a prior for whole texts that was fitted to simulated
learners, not to people, and moves only half of the way that a single rating asks for. See docs/memory-model.md.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import IntEnum

from fsrs import Card, Scheduler, State
from fsrs import Rating as PackageRating
from fsrs.scheduler import DEFAULT_PARAMETERS

from studyplan.domain.errors import Invalid


class Rating(IntEnum):
    """How much came back: the field's Again, Hard, Good and Easy."""

    FORGOT = 1
    HAZY = 2
    CLEAR = 3
    EASY = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterSet:
    """The weights of FSRS-6 and the share of a rated step that is believed; the rest is the step expected before it."""

    version: str
    weights: tuple[float, ...]
    rated_share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The state of one reading in one head after the study day `last_on`; `reviews` counts from the first rating."""

    stability: float
    difficulty: float
    last_on: date
    reviews: int
    lapses: int
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """One rating on one study day; the first of a reading is its first reading."""

    rating: Rating
    on: date


def _prose_weights() -> tuple[float, ...]:
    changed = {5: 0.5818, 6: 2.748, 8: 1.0775, 9: 0.3173, 10: 0.4623, 11: 2.0613, 12: 0.0583, 13: 0.3733}
    changed |= {14: 1.7131, 15: 0.5654, 16: 1.977, 20: 0.2835}
    # All four first stabilities shrink by the factor of Clear, so that a better first rating never means less.
    shrunk = {index: DEFAULT_PARAMETERS[index] * 0.6917 / DEFAULT_PARAMETERS[2] for index in range(4)}
    return tuple((shrunk | changed).get(index, weight) for index, weight in enumerate(DEFAULT_PARAMETERS))


FSRS6 = ParameterSet(version="fsrs6-1", weights=tuple(DEFAULT_PARAMETERS), rated_share=1.0)
PROSE = ParameterSet(version="prose-1", weights=_prose_weights(), rated_share=0.5)
PARAMETER_SETS: Mapping[str, ParameterSet] = {parameters.version: parameters for parameters in (FSRS6, PROSE)}
DEFAULT_VERSION = PROSE.version

_SCHEDULERS = {
    parameters.version: Scheduler(
        parameters=parameters.weights, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )
    for parameters in PARAMETER_SETS.values()
}


def get_parameters(version: str) -> ParameterSet:
    """Return the parameter set of a version, or raise Invalid with the versions that exist."""
    if version not in PARAMETER_SETS:
        raise Invalid(f"There is no memory model {version!r}; choose one of {', '.join(PARAMETER_SETS)}.")
    return PARAMETER_SETS[version]


def first_memory(rating: Rating, on: date, version: str = DEFAULT_VERSION) -> Memory:
    """Return the memory that a first reading leaves. The step that is expected of it is Clear."""
    parameters = get_parameters(version)
    rated = _ask_package(None, rating, on, version)
    expected = _ask_package(None, Rating.CLEAR, on, version)
    stability, difficulty = _blend(rated, expected, parameters.rated_share)
    return Memory(
        stability=stability, difficulty=difficulty, last_on=on, reviews=0, lapses=0, version=parameters.version
    )


def review(memory: Memory, rating: Rating, on: date) -> Memory:
    """Return the memory after a review on a study day that is not before the last one."""
    if on < memory.last_on:
        raise Invalid(f"A review on {on} cannot follow one on {memory.last_on}; replay the ratings in order.")
    share = get_parameters(memory.version).rated_share
    step = _ask_package(memory, rating, on, memory.version)
    if share < 1:
        step = _blend(step, _expected_step(memory, on), share)
    return replace(
        memory,
        stability=step[0],
        difficulty=step[1],
        last_on=on,
        reviews=memory.reviews + 1,
        lapses=memory.lapses + (rating == Rating.FORGOT),
    )


def expected_memory(memory: Memory, on: date) -> Memory:
    """Return the memory after a review on a study day, as expected before its rating is known."""
    stability, difficulty = _expected_step(memory, on)
    return replace(memory, stability=stability, difficulty=difficulty, last_on=on, reviews=memory.reviews + 1)


def retrievability(memory: Memory, on: date) -> float:
    """Return the probability of recall on a study day."""
    days = max(0, (on - memory.last_on).days)
    decay = get_parameters(memory.version).weights[20]
    factor = 0.9 ** (-1 / decay) - 1
    return float((1 + factor * days / memory.stability) ** -decay)


def replay(events: Iterable[Rated], version: str = DEFAULT_VERSION) -> Memory | None:
    """Return the memory that a reading's ratings leave under a version; None when there is none."""
    memory: Memory | None = None
    for event in sorted(events, key=lambda event: event.on):
        memory = (
            first_memory(event.rating, event.on, version) if memory is None else review(memory, event.rating, event.on)
        )
    return memory


def _expected_step(memory: Memory, on: date) -> tuple[float, float]:
    """Return stability and difficulty as expected before the rating is known: recalled with r, else forgotten."""
    recall = retrievability(memory, on)
    recalled, _ = _ask_package(memory, Rating.CLEAR, on, memory.version)
    forgotten, _ = _ask_package(memory, Rating.FORGOT, on, memory.version)
    stability = math.exp(recall * math.log(recalled) + (1 - recall) * math.log(forgotten))
    steepness = get_parameters(memory.version).weights[6]
    difficulty = memory.difficulty + (1 - recall) * 2 * steepness * (10 - memory.difficulty) / 9
    return stability, min(difficulty, 10.0)


def _blend(rated: tuple[float, float], expected: tuple[float, float], share: float) -> tuple[float, float]:
    """Return the step between two: stabilities by their logarithms, difficulties as they are."""
    stability = math.exp(share * math.log(rated[0]) + (1 - share) * math.log(expected[0]))
    return stability, share * rated[1] + (1 - share) * expected[1]


def _ask_package(memory: Memory | None, rating: Rating, on: date, version: str) -> tuple[float, float]:
    """Return stability and difficulty after one rating, as the package has them.

    Moments are UTC midnights because the package counts whole 24-hour periods; id and due are given because it
    would read the clock for them.
    """
    moment = datetime.combine(on, time(), UTC)
    if memory is None:
        card = Card(card_id=1, state=State.Learning, step=0, due=moment)
    else:
        last = datetime.combine(memory.last_on, time(), UTC)
        card = Card(
            card_id=1,
            state=State.Review,
            stability=memory.stability,
            difficulty=memory.difficulty,
            due=moment,
            last_review=last,
        )
    reviewed, _ = _SCHEDULERS[version].review_card(card, PackageRating(rating), moment)
    stability, difficulty = reviewed.stability, reviewed.difficulty
    if stability is None or difficulty is None:  # pragma: no cover - the package always sets both
        raise AssertionError
    return stability, difficulty
