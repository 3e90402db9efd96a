"""The curriculum: what binds, what comes first, what helps to know."""

import random
import time
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyplan.domain.catalog import Mention, Reading, ReadingId
from studyplan.domain.curriculum import builds_on, helps_to_know, put_in_order
from studyplan.domain.errors import Invalid

FIRST_DAY = date(2020, 1, 1)


def reading(number: int, *, cluster: str = "a", tier: int = 4, published_on: date | None = None) -> Reading:
    return Reading(
        id=ReadingId(number),
        slug=f"r{number}",
        title=f"Reading {number}",
        url=f"https://example.org/{number}",
        cluster=cluster,
        tier=tier,
        minutes=10,
        published_on=published_on or FIRST_DAY + timedelta(days=number),
    )


def mention(later: int, earlier: int, strength: int = 1, *, binding: bool | None = None) -> Mention:
    return Mention(reading=ReadingId(later), earlier=ReadingId(earlier), strength=strength, binding=binding)


def numbers(readings: tuple[Reading, ...]) -> list[int]:
    return [int(reading.id) for reading in readings]


def as_sets(links: Mapping[ReadingId, frozenset[ReadingId]]) -> dict[int, set[int]]:
    return {int(key): {int(other) for other in others} for key, others in links.items()}


def test_one_link_binds_within_a_cluster_and_two_bind_across() -> None:
    readings = [reading(1), reading(2), reading(3, cluster="b"), reading(4, cluster="b")]
    mentions = [mention(2, 1), mention(3, 1), mention(4, 1, 2)]
    assert as_sets(builds_on(readings, mentions)) == {1: set(), 2: {1}, 3: set(), 4: {1}}


def test_a_catalog_s_own_word_on_a_link_overrules_the_rule() -> None:
    readings = [reading(1), reading(2), reading(3, cluster="b")]
    mentions = [mention(2, 1, 9, binding=False), mention(3, 1, 1, binding=True)]
    assert as_sets(builds_on(readings, mentions)) == {1: set(), 2: set(), 3: {1}}


def test_links_to_readings_that_are_not_given_do_not_bind() -> None:
    assert as_sets(builds_on([reading(2)], [mention(2, 1, 5), mention(3, 2, 5)])) == {2: set()}


def test_nothing_to_read_has_an_empty_curriculum() -> None:
    assert put_in_order([], [mention(1, 2)]) == ()


def test_a_higher_tier_comes_first_and_so_does_what_unlocks_it() -> None:
    readings = [reading(1, tier=4), reading(2, tier=3, cluster="b"), reading(3, tier=5, cluster="b")]
    assert numbers(put_in_order(readings, [mention(3, 2)])) == [2, 3, 1]


def test_reading_stays_in_its_cluster_among_equal_tiers() -> None:
    readings = [reading(1, cluster="a"), reading(2, cluster="b"), reading(3, cluster="a"), reading(4, cluster="b")]
    assert numbers(put_in_order(readings, [])) == [1, 3, 2, 4]


def test_fewer_unread_mentions_come_first() -> None:
    readings = [reading(1, cluster="a"), reading(2, cluster="b"), reading(3, cluster="c")]
    assert numbers(put_in_order(readings, [mention(1, 3), mention(2, 3), mention(1, 2)])) == [3, 2, 1]


def test_what_unlocks_more_comes_before_what_is_older() -> None:
    readings = [reading(1), reading(2), reading(3)]
    assert numbers(put_in_order(readings, [mention(3, 2)])) == [2, 1, 3]


def test_the_older_comes_first_and_a_reading_without_a_date_last() -> None:
    undated = Reading(
        id=ReadingId(9), slug="r9", title="Nine", url="https://example.org/9", cluster="a", tier=4, minutes=5
    )
    older = reading(1, published_on=date(2001, 1, 1))
    newer = reading(2, published_on=date(2002, 1, 1))
    assert numbers(put_in_order([undated, newer, older], [])) == [1, 2, 9]


def test_equals_keep_the_order_in_which_they_were_given() -> None:
    same_day = date(2001, 1, 1)
    readings = [reading(number, published_on=same_day) for number in (3, 1, 2)]
    assert numbers(put_in_order(readings, [])) == [3, 1, 2]


def test_a_circle_is_refused_by_name() -> None:
    readings = [reading(number) for number in (1, 2, 3, 4)]
    mentions = [mention(1, 2), mention(2, 3), mention(3, 1), mention(4, 1)]
    with pytest.raises(Invalid, match="builds on") as caught:
        put_in_order(readings, mentions)
    chain = str(caught.value).split("circle: ")[1].split(".")[0].split(", which builds on ")
    assert chain[0] == chain[-1]
    assert set(chain) == {"r1", "r2", "r3"}
    given_links = {(f"r{mention.reading}", f"r{mention.earlier}") for mention in mentions}
    assert set(pairwise(chain)) <= given_links


def test_a_circle_of_mentions_that_do_not_bind_is_allowed() -> None:
    readings = [reading(1, cluster="a"), reading(2, cluster="b")]
    assert numbers(put_in_order(readings, [mention(1, 2), mention(2, 1)])) == [1, 2]


def test_what_helps_to_know_lies_outside_the_track_and_binds() -> None:
    readings = [reading(1), reading(2), reading(3, cluster="b"), reading(4)]
    mentions = [mention(4, 1), mention(4, 2), mention(4, 3), mention(2, 1)]
    helps = helps_to_know([readings[1], readings[3]], readings, mentions)
    assert {int(key): numbers(others) for key, others in helps.items()} == {2: [1], 4: [1]}


@st.composite
def catalogs(draw: st.DrawFn) -> tuple[list[Reading], list[Mention]]:
    """Return readings with dates of their own and links back among them."""
    count = draw(st.integers(1, 12))
    clusters, tiers = st.sampled_from("abc"), st.integers(1, 5)
    readings = [reading(number, cluster=draw(clusters), tier=draw(tiers)) for number in range(count)]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] > pair[1])
    links = draw(st.lists(pairs, unique=True, max_size=20)) if count > 1 else []
    bindings = st.sampled_from([None, None, True, False])
    return readings, [mention(*link, draw(st.integers(1, 4)), binding=draw(bindings)) for link in links]


@given(catalogs())
def test_a_curriculum_has_each_reading_once_and_nothing_before_what_it_builds_on(
    catalog: tuple[list[Reading], list[Mention]],
) -> None:
    readings, mentions = catalog
    order = put_in_order(readings, mentions)
    assert sorted(numbers(order)) == sorted(int(reading.id) for reading in readings)
    strict = builds_on(readings, mentions)
    read: set[ReadingId] = set()
    for item in order:
        assert strict[item.id] <= read
        read.add(item.id)


@given(catalogs())
def test_each_reading_is_the_best_of_those_that_are_open(catalog: tuple[list[Reading], list[Mention]]) -> None:
    readings, mentions = catalog
    order = list(put_in_order(readings, mentions))
    strict = builds_on(readings, mentions)
    after = {key: {key} for key in strict}
    for item in reversed(order):
        for earlier in strict[item.id]:
            after[earlier] |= after[item.id]
    tiers = {item.id: item.tier for item in readings}

    def rank(item: Reading, read: list[Reading]) -> tuple[object, ...]:
        others = {link.earlier for link in mentions if link.reading == item.id} - strict[item.id]
        return (
            -max(tiers[key] for key in after[item.id]),
            bool(read) and item.cluster != read[-1].cluster,
            len(others - {other.id for other in read}),
            -len(after[item.id]),
            item.published_on,
        )

    for position, chosen in enumerate(order):
        read, left = order[:position], order[position:]
        possible = [item for item in left if strict[item.id] <= {other.id for other in read}]
        assert chosen == min(possible, key=lambda item: rank(item, read))


@pytest.mark.parametrize("links", [0, 1])
def test_ten_thousand_readings_are_put_in_order_at_once(links: int) -> None:
    readings = [reading(number) for number in range(10_000)]
    mentions = [mention(number, number - 1) for number in range(1, 10_000)] * links
    began = time.process_time()
    assert put_in_order(readings, mentions) == tuple(readings)
    assert time.process_time() - began < 20, "each choice used to look at all that was open: that took minutes"


@settings(max_examples=50)
@given(catalogs(), st.randoms(use_true_random=False))
def test_a_curriculum_does_not_depend_on_the_order_of_its_input(
    catalog: tuple[list[Reading], list[Mention]], shuffler: random.Random
) -> None:
    readings, mentions = catalog
    order = put_in_order(readings, mentions)
    assert put_in_order(readings, mentions) == order
    shuffled_readings, shuffled_mentions = readings.copy(), mentions.copy()
    shuffler.shuffle(shuffled_readings)
    shuffler.shuffle(shuffled_mentions)
    assert put_in_order(shuffled_readings, shuffled_mentions) == order
