"""The shelf and the map: where things stand, and colours that can be told apart."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.catalog import Cluster, Reading, ReadingId
from studyplan.domain.standing import Standing
from studyplan.web import cluster_map
from studyplan.web.charts import look_of, shelf, short_name
from studyplan.web.cluster_map import ClusterState

CSS = Path("src/studyplan/web/static/app.css").read_text(encoding="utf-8")
TOKENS = dict(re.findall(r"--(\w+): light-dark\((#\w+, #\w+)\)", CSS))
SURFACES = ("bg", "card", "sunk")
TEXT = [(ink, surface) for ink in ("ink", "dim") for surface in (*SURFACES, "accbg", "warnbg")]
TEXT += [("acc", surface) for surface in ("bg", "card", "accbg")] + [("warn", "card"), ("warn", "warnbg")]
TEXT += [("bad", "card"), ("bad", "bg"), ("on", "acc")]
GRAPHICS = [(mark, surface) for mark in ("edge", "acc") for surface in SURFACES]
GRAPHICS += [(mark, surface) for mark in ("plan", "l3", "l4", "bad") for surface in ("bg", "card")]


def reading(number: int, cluster: str, *, minutes: int = 20, tier: int = 4) -> Reading:
    return Reading(
        id=ReadingId(number),
        slug=f"r{number}",
        title=f"R {number}",
        url="",
        cluster=cluster,
        tier=tier,
        minutes=minutes,
    )


def contrast(first: str, second: str, mode: int) -> float:
    light, dark = sorted((luminance(TOKENS[name].split(", ")[mode]) for name in (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "surface"), TEXT)
def test_text_stands_out_from_what_it_is_on(ink: str, surface: str, mode: int) -> None:
    assert contrast(ink, surface, mode) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "surface"), GRAPHICS)
def test_marks_and_edges_stand_out_from_what_they_are_on(mark: str, surface: str, mode: int) -> None:
    assert contrast(mark, surface, mode) >= 3


def test_a_spine_is_as_wide_as_its_minutes_and_clusters_stand_apart() -> None:
    short, long, other = shelf([reading(1, "a", minutes=10), reading(2, "a", minutes=40), reading(3, "b", minutes=10)])
    assert long.width > 3.9 * short.width
    assert long.x - (short.x + short.width) < other.x - (long.x + long.width)
    assert other.x + other.width <= 100


def test_readings_of_a_cluster_stand_together_whatever_their_order() -> None:
    spines = shelf([reading(1, "a"), reading(2, "b"), reading(3, "a")], {ReadingId(3): "read"})
    assert [spine.look for spine in spines] == ["", "read", ""]


def test_a_shelf_of_ten_thousand_is_drawn_with_no_more_spines_than_there_are_pixels_for() -> None:
    readings = [reading(n, f"c{n // 500}", minutes=5 + n % 9, tier=4 + n % 2) for n in range(10_000)]
    spines = shelf(readings)
    assert len(spines) <= 2 * 1000
    assert {spine.tall for spine in spines} == {True, False}
    assert len(shelf(readings[:400])) == 400


def test_a_shelf_of_many_clusters_stays_on_its_board() -> None:
    spines = shelf([reading(n, f"c{n}") for n in range(300)])
    assert all(0 <= spine.x < 100 for spine in spines)
    assert [spine.x for spine in spines] == sorted(spine.x for spine in spines)


def test_an_empty_shelf_has_no_spines() -> None:
    assert shelf([]) == ()


@pytest.mark.parametrize(
    ("recall", "ready", "look"),
    [
        (0.8, False, "read"),
        (0.6, False, "read half"),
        (0.2, False, "read faint"),
        (None, True, "ready"),
        (None, False, ""),
    ],
)
def test_a_mark_shows_how_fresh_a_reading_is(recall: float | None, ready: bool, look: str) -> None:
    assert look_of(Standing(memory=None, recall=recall, is_ready=ready)) == look


def test_a_cluster_is_called_by_what_stands_before_the_dash() -> None:
    assert short_name("Generative Models — Diffusion & GANs") == "Generative Models"


SLUGS = ("a", "b", "c", "d", "e", "f")
LINKS = st.dictionaries(
    st.tuples(st.sampled_from(SLUGS), st.sampled_from(SLUGS)).filter(lambda link: link[0] != link[1]),
    st.integers(1, 5),
)


@given(LINKS)
def test_on_every_map_what_comes_first_is_on_the_left_and_no_boxes_overlap(links: dict[tuple[str, str], int]) -> None:
    clusters = [Cluster(slug=slug, title=slug.upper()) for slug in SLUGS]
    states = dict.fromkeys(SLUGS, ClusterState(done=0, total=2, open=False))
    drawing = cluster_map.draw(clusters, links, states)
    places = {box.slug: (box.x, box.y) for box in drawing.boxes}
    assert all(places[first][0] < places[second][0] for first, second in links.keys() - set(drawing.left_out))
    assert len(drawing.links) + len(drawing.left_out) == len(links)
    columns: dict[float, list[float]] = {}
    for x, y in places.values():
        columns.setdefault(x, []).append(y)
    for column in columns.values():
        column.sort()
        assert all(lower - upper >= drawing.box_height for upper, lower in pairwise(column))


def test_the_weakest_link_of_a_circle_is_left_out() -> None:
    clusters = [Cluster(slug="a", title="A"), Cluster(slug="b", title="B")]
    states = {
        "a": ClusterState(done=2, total=2, open=False),
        "b": ClusterState(done=0, total=1, open=True),
    }
    drawing = cluster_map.draw(clusters, {("a", "b"): 3, ("b", "a"): 1}, states)
    assert drawing.left_out == (("b", "a"),)
    assert [box.look for box in drawing.boxes] == ["read", "cur"]
    assert drawing.links[0].read
    assert drawing.boxes[1].says == "B: 0 of 1 read; builds on A"
