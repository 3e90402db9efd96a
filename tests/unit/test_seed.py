"""The reading room that comes with Studyplan: complete, in order, in our own words."""

import os
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest

from studyplan import resources
from studyplan.domain.canonical import title_key
from studyplan.domain.catalog import Catalog, Reading
from studyplan.domain.curriculum import builds_on, helps_to_know, put_in_order
from studyplan.formats import catalog_file

LONGEST_SHARED_RUN = 5
"""Words in a row that ours may share with the reading room; six are a quotation."""


@pytest.fixture(scope="module")
def file() -> catalog_file.CatalogFile:
    path = resources.path("seed") / "reading-room" / "catalog.toml"
    return catalog_file.read(path.read_text(encoding="utf-8"), path.name)


@pytest.fixture(scope="module")
def catalog(file: catalog_file.CatalogFile) -> Catalog:
    return catalog_file.numbered(file)


@pytest.fixture(scope="module")
def curriculum(catalog: Catalog) -> tuple[Reading, ...]:
    return put_in_order(catalog.readings, catalog.mentions)


def test_the_reading_room_has_all_its_readings_clusters_and_links(catalog: Catalog) -> None:
    assert len(catalog.clusters) == 12
    assert Counter(reading.tier for reading in catalog.readings) == {5: 17, 4: 27}
    assert len(catalog.mentions) == 128
    assert sum(reading.minutes for reading in catalog.readings) == 1153
    assert len({title_key(reading.title) for reading in catalog.readings}) == 44
    assert len({tag for reading in catalog.readings for tag in reading.tags}) > 100


def test_every_reading_has_a_sentence_and_two_questions_of_its_own(file: catalog_file.CatalogFile) -> None:
    for entry in file.entries:
        assert entry.summary.endswith("."), entry.slug
        assert len(entry.questions) == 2, entry.slug
        assert all(question.endswith("?") and len(question) > 40 for question in entry.questions), entry.slug
        assert entry.words > 1000, entry.slug
        assert entry.published_on is not None, entry.slug
    assert all(cluster.summary.endswith(".") for cluster in file.clusters)
    texts = [text for entry in file.entries for text in (entry.summary, *entry.questions)]
    assert len(set(texts)) == 3 * 44


def test_the_curriculum_of_the_whole_room_starts_with_its_foundations(curriculum: tuple[Reading, ...]) -> None:
    assert [reading.slug for reading in curriculum[:11]] == [
        *("word-embedding", "attention", "lm", "the-transformer-family-v2"),
        *("multi-armed-bandit", "rl-overview", "policy-gradient"),
        *("gan", "vae", "flow-models", "diffusion-models"),
    ]


def test_the_curriculum_changes_cluster_17_times(curriculum: tuple[Reading, ...]) -> None:
    assert sum(earlier.cluster != later.cluster for earlier, later in pairwise(curriculum)) == 17


def test_a_landmark_is_read_after_361_minutes_on_average(curriculum: tuple[Reading, ...]) -> None:
    minutes, read_after = 0, []
    for reading in curriculum:
        minutes += reading.minutes
        if reading.tier == 5:
            read_after.append(minutes)
    assert round(mean(read_after)) == 361


def test_16_of_66_mentions_that_do_not_bind_are_out_of_order(catalog: Catalog, curriculum: tuple[Reading, ...]) -> None:
    strict = builds_on(catalog.readings, catalog.mentions)
    position = {reading.id: number for number, reading in enumerate(curriculum)}
    preferences = [mention for mention in catalog.mentions if mention.earlier not in strict[mention.reading]]
    assert len(preferences) == 66
    assert sum(position[mention.earlier] > position[mention.reading] for mention in preferences) == 16


def test_six_landmarks_and_nine_clusters_build_on_readings_outside(catalog: Catalog) -> None:
    def outside(track: list[Reading]) -> int:
        return len(helps_to_know(track, catalog.readings, catalog.mentions))

    assert outside([reading for reading in catalog.readings if reading.tier == 5]) == 6
    clusters = [
        [reading for reading in catalog.readings if reading.cluster == cluster.slug] for cluster in catalog.clusters
    ]
    assert sum(outside(readings) > 0 for readings in clusters) == 9


@pytest.mark.skipif("READING_ROOM_FILE" not in os.environ, reason="READING_ROOM_FILE names no copy of the page")
def test_our_words_are_our_own(file: catalog_file.CatalogFile) -> None:
    theirs = runs(Path(os.environ["READING_ROOM_FILE"]).read_text(encoding="utf-8"))
    ours = [text for entry in file.entries for text in (entry.summary, *entry.questions)]
    ours += [cluster.summary for cluster in file.clusters]
    assert [text for text in ours if runs(text) & theirs] == []


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of words that is one longer than may be shared."""
    words = re.findall(r"\w+", text.lower())
    length = LONGEST_SHARED_RUN + 1
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
