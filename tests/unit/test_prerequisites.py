"""What builds on what, as the planner keeps it."""

from dataclasses import replace
from datetime import date
from sys import getsizeof

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating, first_memory
from studyplan.domain.plan import Candidate, list_blocked
from studyplan.domain.prerequisites import bits_of, find_prerequisites, flags_of, members, total


def chain(count: int) -> list[Candidate]:
    return [
        Candidate(reading_id=ReadingId(n), minutes=10.0, builds_on=frozenset({ReadingId(n - 1)} if n else ()))
        for n in range(count)
    ]


def test_ten_thousand_that_all_build_on_each_other_take_a_few_megabytes() -> None:
    links = find_prerequisites(chain(10_000))
    assert sum(getsizeof(bits) for bits in (*links.earlier, *links.later)) < 25_000_000
    assert len(members(links.earlier[-1])) == len(members(links.later[0])) == 9_999


def test_links_are_known_one_step_back_and_all_the_way_to_both_sides() -> None:
    links = find_prerequisites(chain(4))
    assert links.needs == ((), (0,), (1,), (2,))
    assert [members(bits) for bits in links.earlier] == [[], [0], [0, 1], [0, 1, 2]]
    assert [members(bits) for bits in links.later] == [[1, 2, 3], [2, 3], [3], []]


@given(st.sets(st.integers(0, 70)))
def test_a_set_survives_the_way_into_bits_and_flags_and_back(chosen: set[int]) -> None:
    flags = np.isin(np.arange(71), sorted(chosen))
    bits = bits_of(flags)
    assert members(bits) == sorted(chosen)
    assert (flags_of(bits, 71) == flags).all()
    assert total(np.arange(71.0), bits) == sum(chosen)


def test_what_builds_on_an_unread_one_is_blocked_until_that_is_read() -> None:
    first, second, third = chain(3)
    assert list_blocked([first, second, third]) == {1, 2}
    read = replace(first, memory=first_memory(Rating.CLEAR, date(2026, 11, 25)))
    assert list_blocked([read, second, third]) == {2}
