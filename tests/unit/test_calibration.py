import math
from datetime import date

import pytest

from studyplan.domain.calibration import (
    PRIOR_SPREAD,
    Observation,
    Timing,
    learn_offset,
    learn_pace,
    learn_shares,
    review_minutes,
)
from studyplan.domain.plan import ReviewKind

MONDAY = date(2026, 1, 5)


def seen(predicted: float, *outcomes: bool) -> list[Observation]:
    return [Observation(on=MONDAY, predicted=predicted, recalled=recalled) for recalled in outcomes]


def test_without_ratings_the_offset_is_the_prior() -> None:
    offset = learn_offset([])
    assert (offset.mean, offset.spread) == (0.0, PRIOR_SPREAD)


def test_the_offset_moves_towards_what_was_recalled_and_its_spread_narrows() -> None:
    few, many = learn_offset(seen(0.5, *[True] * 4)), learn_offset(seen(0.5, *[True] * 30))
    assert 0 < few.mean < many.mean
    assert PRIOR_SPREAD > few.spread > many.spread
    assert learn_offset(seen(0.5, *[False] * 4)).mean == pytest.approx(-few.mean)


def test_the_offset_is_where_the_posterior_is_highest() -> None:
    observations = seen(0.3, True, False, True) + seen(0.9, False, True)
    found = learn_offset(observations)
    counts = [0.5 ** ((len(observations) - 1 - n) / 40) for n in range(len(observations))]

    def posterior(mean: float) -> float:
        total = -((mean / PRIOR_SPREAD) ** 2) / 2
        for count, one in zip(counts, observations, strict=True):
            logit = math.log(one.predicted / (1 - one.predicted)) + mean
            total -= count * math.log1p(math.exp(-logit if one.recalled else logit))
        return total

    assert posterior(found.mean) >= max(posterior(found.mean - 1e-3), posterior(found.mean + 1e-3))


def test_later_reviews_count_for_more() -> None:
    failed_first = learn_offset(seen(0.7, *[False] * 40) + seen(0.7, *[True] * 40))
    failed_last = learn_offset(seen(0.7, *[True] * 40) + seen(0.7, *[False] * 40))
    assert failed_first.mean > failed_last.mean


def test_the_pace_is_shrunk_towards_the_catalogs_minutes() -> None:
    once = learn_pace([Timing(minutes=20, spent=30)])
    often = learn_pace([Timing(minutes=20, spent=30)] * 50)
    assert learn_pace([]) == 1
    assert 1 < once < often < 1.5
    assert learn_pace([Timing(minutes=20, spent=0)]) == 1
    assert learn_pace([Timing(minutes=10, spent=600)]) == learn_pace([Timing(minutes=10, spent=30)])


def test_each_kind_of_review_learns_its_own_share() -> None:
    shares = learn_shares([Timing(minutes=40, spent=4, kind=ReviewKind.PROMPT), Timing(minutes=40, spent=60)])
    assert shares[ReviewKind.PROMPT] < shares[ReviewKind.SKIM] == shares[ReviewKind.REREAD] == 0.25
    assert review_minutes(40, shares).skim == 10
    assert review_minutes(40, shares).prompt == pytest.approx(40 * shares[ReviewKind.PROMPT])
    assert review_minutes(5, shares).skim == 3
