"""The page of a reading room is read from its copied text, or refused at the line that is wrong."""

import os
from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyplan import resources
from studyplan.domain.canonical import clean_text
from studyplan.domain.errors import Invalid
from studyplan.formats import catalog_file
from studyplan.formats.reading_room import ListedCluster, ListedReading, ReadingRoomPage, read
from studyplan.formats.run_together import splits

PAGE = (Path(__file__).parents[1] / "fixtures" / "reading-room.txt").read_text(encoding="utf-8")
TAGS = [
    *("loop", "rescue", "one-handed", "climbing", "AC/DC", "noose", "basic knots", "bend", "thick and thin", "hitch"),
    *("basic", "knots"),
]


def test_a_page_lists_clusters_and_readings() -> None:
    page = read(PAGE, TAGS)
    assert (page.shelf, page.title, page.author) == ("Ropework", "Knots and Bends", "Ada Bowline")
    assert [cluster.title for cluster in page.clusters] == ["Loops — Rings that Hold", "Bends & Hitches"]
    assert page.clusters[1].summary == "Joining two ropes, or one rope to something that does not move."
    assert Counter(reading.tier for reading in page.readings) == {5: 2, 4: 3}
    assert page.readings[0] == ListedReading(
        line=17,
        title="The Bowline",
        cluster="Loops — Rings that Hold",
        tier=5,
        published_on=date(2019, 3, 1),
        summary="Shows how to tie it with one hand, why it never jams, and when it may shake itself loose — with a "
        "drawing for each step.",
        tags=("loop", "rescue", "one-handed"),
    )
    assert page.readings[-1].published_on == date(2024, 2, 29)
    assert page.readings[2].tags == ("loop", "noose", "basic knots")
    assert page.notices == ()


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("\n", "\r\n"),
        PAGE.replace("\n", "\r"),
        "\ufeff" + PAGE,
        PAGE.replace(" ", "\u00a0"),
        PAGE.replace("\n\n", "\n"),
        PAGE.replace("\n\n", " \t\n\n\u00a0\n\n"),
        PAGE.replace("tier-", "tier\u2011"),
        PAGE.replace("tier-", "Tier "),
        PAGE.replace(" · ", " • "),
        PAGE.replace(" · ", ", "),
        PAGE.replace("Mar 1, 2019", "March 1 2019").replace("Jul 4, 2018", "2018\u201107\u201104"),
        PAGE.replace("TIER 5 ", "TIER 5 — "),
        PAGE.replace("issues", "articles"),
        PAGE.replace("5 issues · 5 keepers", "52 issues · 5 keepers"),
        PAGE + "\n\n\n",
    ],
)
def test_line_ends_spaces_dashes_and_spellings_of_dates_make_no_difference(page: str) -> None:
    def gist(page: ReadingRoomPage) -> list[tuple[str, int, date, tuple[str, ...]]]:
        return [(reading.title, reading.tier, reading.published_on, reading.tags) for reading in page.readings]

    assert gist(read(page, TAGS)) == gist(read(PAGE, TAGS))
    assert read(page, TAGS).notices == ()


def test_the_navigation_may_be_missing() -> None:
    page = read(PAGE.split("\n", 1)[1], TAGS)
    assert (page.shelf, page.notices) == ("Ropework", ())


def test_more_lines_above_the_shelf_are_left_out_with_a_notice() -> None:
    page = read("Menu\nHome\n" + PAGE, TAGS)
    assert page.shelf == "Ropework"
    assert [(notice.line, notice.text) for notice in page.notices] == [
        (1, "It stands above the shelf and was left out."),
        (2, "It stands above the shelf and was left out."),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("5 keepers", "6 keepers", 9, "It says 6 readings, but 5 are listed."),
        ("5 issues · 5 keepers", "7 issues", 9, "It says 7 readings, but 5 are listed."),
        ("2 tier-5 · 3 tier-4", "2 tier-5 · 4 tier-4", 9, "It says 4 readings of tier 4, but 3 are listed."),
        ("2 tier-5 · 3 tier-4", "2 tier-5", 9, "It says 0 readings of tier 4, but 3 are listed."),
        ("1 tier-5 · 1 tier-4", "2 tier-5 · 1 tier-4", 43, "It says 2 readings of tier 5, but 1 are listed."),
        ("The Sheet Bend", "the BOWLINE", 47, '"the BOWLINE" stands in line 17 already.'),
        ("\n\nhitchbasic knots", "", 55, '"Clove Hitch? Clove Hitch!" has no tags.'),
        ("\n\nQuick to tie, quick to slip.\n\nhitchbasic knots", "", 55, "has neither paragraph nor tags."),
        ("hitchbasic knots", "hitchunheard of", 61, "known tags do not tell them apart; they were left out"),
    ],
)
def test_what_is_odd_is_noticed_with_its_line(old: str, new: str, line: int, text: str) -> None:
    assert old in PAGE
    (notice,) = read(PAGE.replace(old, new), TAGS).notices
    assert notice.line == line
    assert text in notice.text


def test_a_headline_without_tiers_claims_nothing_about_tiers() -> None:
    assert read(PAGE.replace(" · 2 tier-5 · 3 tier-4", ""), TAGS).notices == ()


def test_tags_that_can_be_read_in_two_ways_are_noticed_and_the_longest_is_taken() -> None:
    page = read(PAGE.replace("hitchbasic knots", "overhandhitch"), [*TAGS, "over", "overhand", "handhitch", "hitch"])
    assert page.readings[-1].tags == ("overhand", "hitch")
    assert "could also be over, handhitch" in page.notices[-1].text


def test_without_known_tags_readings_have_none_and_say_so() -> None:
    page = read(PAGE)
    assert [reading.tags for reading in page.readings] == [()] * 5
    assert len(page.notices) == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Mar 1, 2019", "Mar 32, 2019", 'Line 19, "TIER 5 Mar 32, 2019": expected a tier from 1 to 5 and a date'),
        ("Mar 1, 2019", "Mad 1, 2019", 'Line 19, "TIER 5 Mad 1, 2019": expected a tier from 1 to 5 and a date'),
        ("TIER 5 Mar 1, 2019", "TIER 5", 'Line 19, "TIER 5": expected a tier'),
        ("TIER 5 Mar", "TIER 6 Mar", 'Line 19, "TIER 6 Mar 1, 2019": expected a tier from 1 to 5'),
        ("TIER 5 Mar", "TIER five Mar", 'Line 19, "TIER five Mar 1, 2019": expected a tier'),
        ("TIER 5 Mar 1, 2019\n", "", 'Line 17, "The Bowline": expected a title here, with "TIER 5'),
        ("TIER 5 Jul 4, 2018\n", "", "Line 47.*expected a title here"),
        ("TIER 4 May 31, 2020\n", "", 'Line 25, "The Figure Eight: Tied Twice": expected a title here'),
        (
            "The Bowline\n",
            "TIER 4 May 31, 2020\n\n",
            'Line 20, "TIER 5 Mar 1, 2019": expected a title in the line above',
        ),
        ("1 tier-5 · 2 tier-4", "1 tier-5 · two tier-4", 'Line 13, .*expected counts such as "4 tier-5 · 1 tier-4"'),
        ("1 tier-5 · 1 tier-4", "some", 'Line 41, "Bends & Hitches": expected a title here'),
        (
            "The Bowline\n",
            "The Bowline" * 30 + "\n",
            'Line 19, "TIER 5 Mar 1, 2019": expected a title in the line above',
        ),
        ("1 tier-5 · 2 tier-4", "some", 'Line 11, "Loops — Rings that Hold": expected a cluster.s title here'),
        ("Bends & Hitches", "Loops — Rings that Hold", "Line 41.*: expected another title: a cluster with"),
        ("5 issues · 5 keepers", "5 issues · x keepers", 'Line 9, .*: expected counts such as "44 issues'),
        ("5 issues · 5 keepers", "Much", r'Line 61, "hitchbasic knots": expected a line of counts above it'),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    assert old in PAGE
    with pytest.raises(Invalid, match=message) as caught:
        read(PAGE.replace(old, new, 1), TAGS)
    assert caught.value.field == "text"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The text is empty"),
        ("\n \n\ufeff", "The text is empty"),
        ("3 issues", 'Line 1, "3 issues": expected three lines above it'),
        ("Ropework\nKnots\n" + "A" * 301 + "\n3 issues", 'Line 3, "A.*": expected at most 300 characters'),
        ("Ropework\nKnots\nAda\n3 issues", 'Line 4, "3 issues": expected a cluster.s title after it'),
        ("Ropework\nKnots\nAda\n3 issues\n2 tier-5", 'Line 5, "2 tier-5": expected a title in the line above'),
        ("Ropework\nKnots\nAda\n3 issues\nA\nTIER 5 Mar 1, 2019", 'Line 5, "A": expected a cluster.s title here'),
    ],
)
def test_what_is_no_page_is_refused(text: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read(text)


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for page in (text, f"{PAGE}\n{text}", PAGE.replace("May 31", text), PAGE.replace("The Bowline", text)):
        with suppress(Invalid):
            assert read(page, TAGS).clusters


def test_separators_between_tags_need_no_known_tags() -> None:
    assert splits("loop · one-handed · basic knots", []) == (("loop", "one-handed", "basic knots"),)
    assert splits("loop, noose,", ["loop"]) == (("loop", "noose"),)


def test_the_fewest_tags_win_and_an_endless_line_is_no_line_of_tags() -> None:
    assert splits("basic knots", ["basic", " knots", "basic knots"]) == (("basic knots",),)
    assert splits("", ["a"]) == ()
    assert splits("ab" * 1000, ["a", "b"]) == ()


WORDS = st.sampled_from(["Anchor", "Bight", "Coil", "Drag", "Eye", "Fid", "Gin", "Hank", "Isle", "Jib", "Keel", "Lash"])
TITLES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
PARAGRAPHS = st.text(max_size=20).map(lambda text: clean_text("About " + text))
READINGS = st.builds(
    ListedReading,
    line=st.just(0),
    title=TITLES,
    cluster=st.just(""),
    tier=st.integers(1, 5),
    published_on=st.dates(),
    summary=PARAGRAPHS,
    tags=st.lists(WORDS, min_size=1, max_size=5, unique=True).map(tuple),
)
CLUSTERS = st.tuples(st.builds(ListedCluster, title=TITLES, summary=PARAGRAPHS), st.lists(READINGS, max_size=3))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def counts(readings: list[ListedReading]) -> str:
    return " · ".join(f"{sum(reading.tier == tier for reading in readings)} tier-{tier}" for tier in (5, 4, 3, 2, 1))


def page_text(shelf: str, clusters: list[tuple[ListedCluster, list[ListedReading]]]) -> str:
    everything = [reading for _, readings in clusters for reading in readings]
    lines = [shelf, "Some Blog", "Some Author", f"{len(everything)} issues · {counts(everything)}"]
    for cluster, readings in clusters:
        lines += [cluster.title, counts(readings), cluster.summary]
        for reading in readings:
            day = reading.published_on
            stamp = f"TIER {reading.tier} {MONTHS[day.month - 1]} {day.day}, {day.year:04d}"
            lines += [reading.title, stamp, reading.summary, "".join(reading.tags)]
    return "\n\n".join(lines)


@settings(max_examples=50)
@given(TITLES, st.lists(CLUSTERS, min_size=1, max_size=4, unique_by=lambda pair: pair[0].title))
def test_a_page_that_is_written_reads_back_the_same(
    shelf: str, clusters: list[tuple[ListedCluster, list[ListedReading]]]
) -> None:
    known_tags = {tag for _, readings in clusters for reading in readings for tag in reading.tags}
    page = read(page_text(shelf, clusters), known_tags)
    assert page.shelf == shelf
    assert page.clusters == tuple(cluster for cluster, _ in clusters)
    expected = [(cluster.title, reading) for cluster, readings in clusters for reading in readings]
    assert len(page.readings) == len(expected)
    for found, (cluster_title, reading) in zip(page.readings, expected, strict=True):
        assert (found.cluster, found.title, found.summary) == (cluster_title, reading.title, reading.summary)
        assert (found.tier, found.published_on, found.tags) == (reading.tier, reading.published_on, reading.tags)
    assert [notice for notice in page.notices if "already" not in notice.text] == []


@pytest.mark.skipif("READING_ROOM_FILE" not in os.environ, reason="READING_ROOM_FILE names no copy of the page")
def test_the_real_page_agrees_with_the_catalog_in_everything() -> None:
    text = (resources.path("seed") / "reading-room" / "catalog.toml").read_text(encoding="utf-8")
    catalog = catalog_file.read(text, "catalog.toml")
    known_tags = {tag for entry in catalog.entries for tag in entry.tags}
    page = read(Path(os.environ["READING_ROOM_FILE"]).read_text(encoding="utf-8"), known_tags)
    assert (page.shelf, page.title, page.author) == (catalog.shelf, catalog.title, catalog.author)
    assert page.notices == ()
    titles = {cluster.slug: cluster.title for cluster in catalog.clusters}
    assert [cluster.title for cluster in page.clusters] == list(titles.values())
    listed = [(item.title, item.cluster, item.tier, item.published_on, item.tags) for item in page.readings]
    ours = [(item.title, titles[item.cluster], item.tier, item.published_on, item.tags) for item in catalog.entries]
    assert listed == ours
