"""A catalog from a file: a reading-room page, or a catalog file."""

import os
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kit import Run
from shelf import NOW, begin, days_on, do_today
from studyplan import resources
from studyplan.domain.catalog import Catalog
from studyplan.domain.errors import Invalid
from studyplan.services import catalogs, importing
from studyplan.services.importing import guess_format, read_import
from studyplan.store import study

PAGE = (Path(__file__).parents[1] / "fixtures" / "reading-room.txt").read_text(encoding="utf-8")
SHELF = """
slug = "knots"
title = "Knots and Bends"
url = "https://knots.example/"
[[cluster]]
slug = "loops"
title = "Loops — Rings that Hold"
[[cluster.reading]]
slug = "bowline"
title = "The Bowline"
url = "https://knots.example/bowline"
tier = 4
minutes = 9
tags = ["loop", "rescue", "one-handed", "knot"]
[[cluster.reading]]
slug = "figure-eight"
title = "The Figure Eight: Tied Twice"
url = "https://knots.example/eight"
tier = 4
minutes = 12
tags = ["loop", "climbing", "AC/DC"]
builds_on = { bowline = 2 }
[[cluster]]
slug = "bends"
title = "Old Bends"
[[cluster.reading]]
slug = "reef"
title = "The Reef Knot"
url = "https://knots.example/reef"
tier = 3
minutes = 5
"""
TRACK = 'catalog = "knots"\nslug = "{slug}"\ntitle = "{slug}"\nfor_whom = "All."\n{rule}\n'


def bring_in(
    session: Session, text: str, name: str, shipped: Path, *, now: datetime = NOW
) -> tuple[Catalog, tuple[str, ...]]:
    """Store what a file holds, as `studyplan import` does; return it and what is to be known of the file."""
    found = read_import(text, name, guess_format(name), shipped)
    return catalogs.store_shipped(session, found.shipped, now=now), found.notices


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder of shipped catalogs that knows the page's readings."""
    tracks = tmp_path / "knots" / "tracks"
    tracks.mkdir(parents=True)
    (tmp_path / "knots" / "catalog.toml").write_text(SHELF)
    for slug, rule in (("all-knots", ""), ("old-bends", 'clusters = ["bends"]')):
        (tracks / f"{slug}.toml").write_text(TRACK.format(slug=slug, rule=rule))
    return tmp_path


def test_a_page_gives_a_known_catalog_its_tiers_dates_and_clusters(session: Session, shipped: Path) -> None:
    catalogs.upgrade(session, shipped, now=NOW)
    catalog, _ = bring_in(session, PAGE, "page.txt", shipped)
    readings = {reading.slug: reading for reading in catalog.readings}
    assert set(readings) == {"bowline", "figure-eight"}
    assert (readings["bowline"].tier, readings["bowline"].minutes) == (5, 9)
    assert readings["bowline"].published_on is not None
    assert [mention.strength for mention in catalog.mentions] == [2]
    assert catalog.author == "Ada Bowline"
    assert [view.track.slug for view in catalogs.list_tracks(session)] == ["all-knots"]


def test_what_the_page_lists_and_nobody_knows_is_told_by_its_line(session: Session, shipped: Path) -> None:
    _, notices = bring_in(session, PAGE, "page.txt", shipped)
    assert any("“What Is a Running Bowline?” has no known address" in notice for notice in notices)
    assert all(notice.startswith("line ") for notice in notices)


def test_new_clusters_whose_titles_share_their_letters_stay_apart(session: Session, shipped: Path) -> None:
    page = PAGE.replace("Loops — Rings that Hold", "輪").replace("Bends & Hitches", "結び")
    catalog, _ = bring_in(session, page, "page.txt", shipped)
    slugs = [cluster.slug for cluster in catalog.clusters]
    assert slugs == ["cluster", "cluster-2"]


def test_clusters_of_one_title_in_two_spellings_are_one(session: Session, shipped: Path) -> None:
    catalog, _ = bring_in(session, PAGE.replace("Bends & Hitches", "Loops: Rings That Hold!"), "page.txt", shipped)
    assert [cluster.slug for cluster in catalog.clusters] == ["loops"]


def test_a_reading_that_a_page_lists_twice_is_imported_once(session: Session, shipped: Path) -> None:
    twice = "The Bowline\n\nTIER 4 Mar 1, 2019\n\nAgain.\n\nloop\n"
    catalog, notices = bring_in(session, f"{PAGE}\n{twice}", "page.txt", shipped)
    assert [(reading.slug, reading.tier) for reading in catalog.readings] == [("bowline", 5), ("figure-eight", 4)]
    assert any('"The Bowline" stands in line' in notice for notice in notices)


def test_the_next_start_does_not_undo_an_import(session: Session, shipped: Path) -> None:
    catalogs.upgrade(session, shipped, now=NOW)
    bring_in(session, PAGE, "page.txt", shipped)
    assert catalogs.upgrade(session, shipped, now=NOW) == []


def test_progress_survives_an_import(session: Session, shipped: Path) -> None:
    catalogs.upgrade(session, shipped, now=NOW)
    learner_id = begin(session, track_slug="all-knots")
    do_today(session, learner_id)
    memories = study.list_memories(session, learner_id)
    assert len(memories) > 1
    bring_in(session, PAGE, "page.txt", shipped, now=days_on(1))
    assert study.list_memories(session, learner_id) == memories


def test_a_catalog_file_gets_a_track_of_all_its_readings(session: Session, tmp_path: Path) -> None:
    _, notices = bring_in(session, SHELF, "knots.toml", tmp_path)
    (view,) = catalogs.list_tracks(session)
    assert (view.track.slug, len(view.readings)) == ("all-of-knots", 3)
    assert notices == ()


def test_a_catalog_file_of_a_known_catalog_keeps_its_tracks_that_still_choose_something(
    session: Session, shipped: Path
) -> None:
    catalogs.upgrade(session, shipped, now=NOW)
    text = SHELF.partition('[[cluster]]\nslug = "bends"')[0]
    bring_in(session, text, "knots.toml", shipped)
    assert [view.track.slug for view in catalogs.list_tracks(session)] == ["all-knots"]


def test_a_page_of_an_unknown_catalog_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="'Knots and Bends', whose addresses nobody knows"):
        read_import(PAGE, "page.txt", "reading-room", tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="5 MB"):
        read_import("é" * (importing.BIGGEST_BYTES // 2 + 1), "big.txt", "reading-room", tmp_path)


@pytest.mark.parametrize(
    ("name", "form"), [("shelf.toml", "catalog"), ("SHELF.TOML", "catalog"), ("page.txt", "reading-room")]
)
def test_a_file_s_ending_says_what_it_is(name: str, form: str) -> None:
    assert guess_format(name) == form


def test_an_ending_that_says_nothing_is_not_guessed_at() -> None:
    with pytest.raises(Invalid, match=r"shelf\.csv.* --format"):
        guess_format("shelf.csv")


@pytest.mark.skipif("READING_ROOM_FILE" not in os.environ, reason="READING_ROOM_FILE names no copy of the page")
def test_the_real_page_is_imported_whole(session: Session) -> None:
    text = Path(os.environ["READING_ROOM_FILE"]).read_text(encoding="utf-8")
    catalog, notices = bring_in(session, text, "page.txt", resources.path("seed"))
    assert len(catalog.clusters) == 12
    assert Counter(reading.tier for reading in catalog.readings) == {5: 17, 4: 27}
    assert notices == ()


LIST = """
slug = "knots"
title = "{title}"
url = "https://knots.example/"
[[cluster]]
slug = "loops"
title = "Loops"
"""
READING = """
[[cluster.reading]]
slug = "{slug}"
title = "{slug}"
url = "https://knots.example/{slug}"
tier = 4
minutes = {minutes}
"""


def test_a_list_takes_nothing_from_another_unasked(installed: Path, tmp_path: Path, run: Run, refuse: Run) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(LIST.format(title="Knots") + READING.format(slug="bowline", minutes=9))
    assert "replace" not in run("import", str(first))
    grown = first.read_text().replace("= 9", "= 12") + READING.format(slug="reef", minutes=5)
    first.write_text(grown)
    assert "It would replace “Knots”: 1 new, 1 changed, 0 withdrawn." in run("import", str(first), "--dry-run")
    assert "It replaces “Knots”: 1 new, 1 changed, 0 withdrawn." in run("import", str(first))
    second.write_text(LIST.format(title="Other Knots") + READING.format(slug="sheet-bend", minutes=9))
    told = "“Knots”: 1 new, 0 changed, 2 withdrawn: “bowline”, “reef”."
    assert told in run("import", str(second), "--dry-run")
    assert f"It would replace {told} Add --replace" in refuse("import", str(second))
    assert "1 withdrawn: “sheet-bend”." not in run("import", str(first))
    assert f"It replaces {told}" in run("import", str(second), "--replace")
