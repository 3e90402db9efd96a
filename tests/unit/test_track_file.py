"""A track file is portable: it can be written, carried elsewhere and read back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyplan import resources
from studyplan.domain.canonical import clean_text
from studyplan.domain.catalog import Catalog, TrackRule
from studyplan.domain.curriculum import put_in_order
from studyplan.domain.errors import Invalid
from studyplan.formats import catalog_file
from studyplan.formats.track_file import TrackFile, check_against, read, write

GOOD = """
catalog = "reading-room"
slug = "vision-first"
title = "Vision first"
for_whom = "For those who think in pictures."
order = 3
clusters = ["computer-vision"]
lowest_tier = 4
include = ["vlm", "gan"]
exclude = ["nas"]
"""

SEED = resources.path("seed") / "reading-room"
SEED_TRACKS = sorted((SEED / "tracks").glob("*.toml"))


@pytest.fixture(scope="module")
def reading_room() -> Catalog:
    return catalog_file.numbered(catalog_file.read((SEED / "catalog.toml").read_text(encoding="utf-8"), "catalog.toml"))


def seed_track(path: Path) -> TrackFile:
    return read(path.read_text(encoding="utf-8"), path.name)


def chosen(track: TrackFile, catalog: Catalog) -> frozenset[str]:
    return frozenset(reading.slug for reading in catalog.readings if track.rule.takes(reading))


def test_a_track_file_says_what_a_track_takes() -> None:
    rule = TrackRule(clusters=("computer-vision",), lowest_tier=4, include=("vlm", "gan"), exclude=("nas",))
    assert read(GOOD, "vision.toml") == TrackFile(
        catalog="reading-room",
        slug="vision-first",
        title="Vision first",
        for_whom="For those who think in pictures.",
        order=3,
        rule=rule,
    )


def test_a_track_file_without_a_rule_takes_the_whole_catalog() -> None:
    track = read('catalog = "c"\nslug = "all"\ntitle = "All"\nfor_whom = "For everyone."', "all.toml")
    assert (track.order, track.rule) == (0, TrackRule())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('slug = "vision-first"', "", r"vision\.toml: slug is missing"),
        ('catalog = "reading-room"', "", "catalog is missing"),
        ("lowest_tier = 4", "lowest_tier = 0", "lowest_tier must be a whole number from 1 to 5, not 0"),
        ("lowest_tier = 4", "lowest_teir = 4", '"lowest_teir" means nothing here. Known: catalog, slug'),
        ("order = 3", "order = -1", "order must be a whole number from 0 to 9999, not -1"),
        ('["vlm", "gan"]', '["vlm", "vlm"]', 'the include "vlm" stands there twice'),
        ('["vlm", "gan"]', "4", "include must be a list of texts, not 4"),
        ('title = "Vision first"', "title = ''", 'title must be a text .* not ""'),
    ],
)
def test_what_is_wrong_is_refused_by_name(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(Invalid, match=message):
        read(GOOD.replace(old, new), "vision.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"reading-room"', '"another"', 'vision.toml: it belongs to the catalog "another", not to "reading-room"'),
        ('["computer-vision"]', '["computer-visions"]', 'clusters names "computer-visions".*mean "computer-vision"'),
        ('["vlm", "gan"]', '["zzzzz"]', 'include names "zzzzz", which the catalog has not. Remove it'),
        ('["nas"]', '["nass"]', 'exclude names "nass", which the catalog has not. Do you mean "nas"'),
        ('lowest_tier = 4\ninclude = ["vlm", "gan"]', "lowest_tier = 5", "no reading passes its rule"),
    ],
)
def test_a_track_that_does_not_fit_its_catalog_is_refused(
    old: str, new: str, message: str, reading_room: Catalog
) -> None:
    assert old in GOOD
    with pytest.raises(Invalid, match=message):
        check_against(reading_room, read(GOOD.replace(old, new), "vision.toml"), "vision.toml")


SLUGS = st.lists(st.sampled_from(["eye", "gin", "hank", "2"]), min_size=1, max_size=3).map("-".join)
LINES = st.text(max_size=20).map(clean_text).filter(bool)
SLUG_LISTS = st.lists(SLUGS, unique=True, max_size=4).map(tuple)
TRACKS = st.builds(
    TrackFile,
    catalog=SLUGS,
    slug=SLUGS,
    title=LINES,
    for_whom=LINES,
    order=st.integers(0, 9999),
    rule=st.builds(
        TrackRule, clusters=SLUG_LISTS, lowest_tier=st.integers(1, 5), include=SLUG_LISTS, exclude=SLUG_LISTS
    ),
)


@settings(max_examples=50)
@given(TRACKS)
def test_a_track_that_is_written_reads_back_the_same(track: TrackFile) -> None:
    assert read(write(track), "track.toml") == track


def test_a_written_track_says_no_more_than_it_must() -> None:
    track = TrackFile(catalog="c", slug="all", title='The "whole" lot', for_whom="For everyone.")
    assert write(track) == 'catalog = "c"\nslug = "all"\ntitle = "The \\"whole\\" lot"\nfor_whom = "For everyone."\n'


@pytest.mark.parametrize("path", SEED_TRACKS, ids=lambda path: path.stem)
def test_a_ready_made_track_fits_the_reading_room(path: Path, reading_room: Catalog) -> None:
    track = seed_track(path)
    check_against(reading_room, track, path.name)
    assert track.slug == path.stem
    assert track.for_whom.startswith("For ")
    readings = [reading for reading in reading_room.readings if track.rule.takes(reading)]
    assert len(put_in_order(readings, reading_room.mentions)) == len(readings) >= 2


def test_the_ready_made_tracks_differ_and_cover_landmarks_everything_and_each_cluster(reading_room: Catalog) -> None:
    tracks = sorted(map(seed_track, SEED_TRACKS), key=lambda track: track.order)
    assert [track.order for track in tracks] == list(range(1, 19))
    assert [track.slug for track in tracks[:2]] == ["landmarks", "everything"]
    assert len(chosen(tracks[0], reading_room)) == 17
    assert len(chosen(tracks[1], reading_room)) == 44
    choices = [chosen(track, reading_room) for track in tracks]
    assert len(set(choices)) == len(tracks)
    for cluster in reading_room.clusters:
        assert {reading.slug for reading in reading_room.readings if reading.cluster == cluster.slug} in choices
    across = [track for track in tracks if len(track.rule.include) > 3]
    assert len(across) == 4
    for track in across:
        used = {reading.cluster for reading in reading_room.readings if track.rule.takes(reading)}
        assert len(used) >= 3, track.slug
