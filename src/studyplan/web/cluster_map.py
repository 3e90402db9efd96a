"""The map of a track's clusters: columns by the longest chain of links, few crossings. The template only draws."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from studyplan.domain.catalog import Cluster
from studyplan.web.charts import short_name

WIDTH = 1040
"""What the page has room for; more columns than that make the drawing wider, and the page scales it."""

NARROWEST, WIDEST = 140, 200
BOX_HEIGHT, STOP_HEIGHT = 84, 10
ACROSS, DOWN = 52, 16
LETTER_WIDTH, LINES = 8.3, 3
SWEEPS = 8

ClusterLink = tuple[str, str]
"""The slugs of a cluster and of one that builds on it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterState:
    """How far a cluster is: readings read, all, and whether something in it is ready to be read."""

    done: int
    total: int
    open: bool

    @property
    def look(self) -> str:
        """The class of its box."""
        if self.done == self.total:
            return "read"
        return "cur" if self.open else "wait"


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A cluster on the map."""

    slug: str
    x: float
    y: float
    lines: tuple[str, ...]
    says: str
    look: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """From what comes first to what builds on it."""

    path: str
    thickness: float
    read: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """The whole map; `left_out` are the links that would have closed a circle."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    links: tuple[Line, ...]
    left_out: tuple[ClusterLink, ...]
    box_width: int
    box_height: int = BOX_HEIGHT


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """Columns from left to right. A link over several columns has a stop of its own in each between its ends."""

    columns: list[list[str]]
    lines: Mapping[ClusterLink, tuple[str, ...]]
    gaps: list[list[tuple[str, str]]]


def draw(clusters: Sequence[Cluster], links: Mapping[ClusterLink, int], states: Mapping[str, ClusterState]) -> Drawing:
    """Lay out clusters; `links` count the readings of the second cluster that build on one of the first."""
    kept, left_out = _without_circles(links)
    grid = _untangle(_grid([cluster.slug for cluster in clusters], kept))
    height = max(map(_height, grid.columns))
    count = len(grid.columns)
    box_width = max(NARROWEST, min(WIDEST, (WIDTH - ACROSS * (count - 1)) // count))
    places = _places(grid.columns, height, box_width)
    names = {cluster.slug: short_name(cluster.title) for cluster in clusters}
    boxes = (
        Box(
            slug=slug,
            x=places[slug][0],
            y=places[slug][1],
            lines=tuple(textwrap.wrap(name, int((box_width - 24) / LETTER_WIDTH), max_lines=LINES, placeholder="…")),
            says=_says(name, states[slug], [names[first] for first, second in kept if second == slug]),
            look=states[slug].look,
            done=states[slug].done,
            total=states[slug].total,
        )
        for slug, name in names.items()
    )
    lines = (
        Line(
            path=_path(stops, places, box_width),
            thickness=round(1.2 + 0.7 * min(kept[link], 5), 1),
            read=states[link[0]].look == "read",
        )
        for link, stops in grid.lines.items()
    )
    return Drawing(
        width=count * (box_width + ACROSS) - ACROSS,
        height=height,
        boxes=tuple(boxes),
        links=tuple(lines),
        left_out=left_out,
        box_width=box_width,
    )


def _says(name: str, state: ClusterState, builds_on: Sequence[str]) -> str:
    read = f"{name}: {state.done} of {state.total} read"
    return f"{read}; builds on {', '.join(builds_on)}" if builds_on else read


def _without_circles(links: Mapping[ClusterLink, int]) -> tuple[Mapping[ClusterLink, int], tuple[ClusterLink, ...]]:
    """Drop the weakest link of each circle until none is left. Readings have no circle, their clusters may."""
    kept = dict(links)
    left_out = []
    while True:
        try:
            TopologicalSorter(_earlier(kept)).prepare()
        except CycleError as error:
            weakest = min(pairwise(error.args[1]), key=lambda link: (kept[link], link))
            left_out.append(weakest)
            del kept[weakest]
        else:
            return kept, tuple(left_out)


def _earlier(links: Iterable[ClusterLink]) -> dict[str, list[str]]:
    earlier: dict[str, list[str]] = {}
    for first, second in links:
        earlier.setdefault(second, []).append(first)
    return earlier


def _grid(slugs: Sequence[str], links: Iterable[ClusterLink]) -> _Grid:
    earlier = _earlier(links)
    column_of: dict[str, int] = {}
    for slug in TopologicalSorter({slug: earlier.get(slug, []) for slug in slugs}).static_order():
        column_of[slug] = 1 + max((column_of[first] for first in earlier.get(slug, ())), default=-1)
    columns: list[list[str]] = [[] for _ in range(1 + max(column_of.values(), default=0))]
    gaps: list[list[tuple[str, str]]] = [[] for _ in columns]
    for slug in slugs:
        columns[column_of[slug]].append(slug)
    lines = {}
    for first, second in links:
        between = range(column_of[first] + 1, column_of[second])
        stops = (first, *(f"{first} {second} {column}" for column in between), second)
        for column, stop in zip(between, stops[1:], strict=False):
            columns[column].append(stop)
        for gap, segment in enumerate(pairwise(stops), start=column_of[first]):
            gaps[gap].append(segment)
        lines[first, second] = stops
    return _Grid(columns=columns, lines=lines, gaps=gaps)


def _untangle(grid: _Grid) -> _Grid:
    """Sort each column by where its neighbours stand, to and fro, and keep the order with the fewest crossings."""
    before = _earlier(segment for gap in grid.gaps for segment in gap)
    after = _earlier((second, first) for gap in grid.gaps for first, second in gap)
    best = columns = grid.columns
    for sweep in range(SWEEPS):
        neighbours, order = (before, 1) if sweep % 2 == 0 else (after, -1)
        columns = [list(column) for column in columns]
        for column in columns[::order]:
            ranks = _ranks(columns)
            column.sort(key=lambda stop: _mean([ranks[near] for near in neighbours.get(stop, [stop])]))
        if _crossings(grid, columns) < _crossings(grid, best):
            best = columns
    return _Grid(columns=best, lines=grid.lines, gaps=grid.gaps)


def _ranks(columns: Sequence[Sequence[str]]) -> dict[str, float]:
    return {stop: (index + 0.5) / len(column) for column in columns for index, stop in enumerate(column)}


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _crossings(grid: _Grid, columns: Sequence[Sequence[str]]) -> int:
    ranks = _ranks(columns)
    return sum(
        (ranks[first] - ranks[other_first]) * (ranks[second] - ranks[other_second]) < 0
        for gap in grid.gaps
        for index, (first, second) in enumerate(gap)
        for other_first, other_second in gap[index + 1 :]
    )


def _is_stop(name: str) -> bool:
    return " " in name


def _height(column: Sequence[str]) -> float:
    return sum(STOP_HEIGHT if _is_stop(name) else BOX_HEIGHT for name in column) + DOWN * (len(column) - 1)


def _places(columns: Sequence[Sequence[str]], height: float, box_width: int) -> dict[str, tuple[float, float]]:
    """Return the upper left corner of each box and stop, columns centred."""
    places = {}
    for index, column in enumerate(columns):
        y = (height - _height(column)) / 2
        for name in column:
            places[name] = (float(index * (box_width + ACROSS)), y)
            y += _height([name]) + DOWN
    return places


def _path(stops: Sequence[str], places: Mapping[str, tuple[float, float]], box_width: int) -> str:
    """Return a curve from the right of the first box through the stops to the left of the last."""
    middles = [(places[name][0], places[name][1] + _height([name]) / 2) for name in stops]
    pieces = [f"M{middles[0][0] + box_width:.0f} {middles[0][1]:.0f}"]
    for (left, from_y), (right, to_y) in pairwise(middles):
        half = (left + box_width + right) / 2
        pieces.append(f"C{half:.0f} {from_y:.0f} {half:.0f} {to_y:.0f} {right:.0f} {to_y:.0f}")
        if right != middles[-1][0]:
            pieces.append(f"H{right + box_width:.0f}")
    return "".join(pieces)
