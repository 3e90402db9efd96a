"""The page of a reading room, as it reads when its text is copied.

    Personal Learnings← Reading Room               navigation, which may be missing
    Ropework                                       shelf
    Knots and Bends                                what is read
    Ada Bowline                                    its author
    3 issues · 3 keepers · 1 tier-5 · 2 tier-4     counts, which are compared with what follows

    Loops                                          a cluster: title, counts, a paragraph
    1 tier-5 · 1 tier-4
    Knots that hold a ring open.

    The Bowline                                    its readings: title, tier with date, a paragraph,
    TIER 5 Mar 1, 2019                             tags run together without a gap
    A loop that never jams.
    loopsrescuebasic knots

Each of these is one line; empty lines mean nothing. The page has neither addresses nor minutes: whoever imports it
finds them by title.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from studyplan.domain.canonical import title_key
from studyplan.domain.catalog import TIERS
from studyplan.domain.errors import Invalid
from studyplan.formats.reading_room_lines import (
    COUNTS_EXAMPLE,
    HEADLINE_EXAMPLE,
    STAMP_EXAMPLE,
    Counts,
    Line,
    Stamp,
    headline,
    lines_of,
    mark,
)
from studyplan.formats.run_together import splits
from studyplan.formats.toml_table import shown

LONGEST_TITLE = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something about a line that the reader of the page should know, although the page could be read."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCluster:
    """A cluster as the page lists it."""

    title: str
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedReading:
    """A reading as the page lists it; `line` is where its title stands, `cluster` its cluster's title."""

    line: int
    title: str
    cluster: str
    tier: int
    published_on: date
    summary: str
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingRoomPage:
    """A page that could be read, with what is odd about it."""

    shelf: str
    title: str
    author: str
    clusters: tuple[ListedCluster, ...]
    readings: tuple[ListedReading, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Section:
    """A title, the line below that makes it a cluster's or a reading's, and what follows up to the next title."""

    title: Line
    mark_line: Line
    mark: Stamp | Counts
    body: Sequence[Line]


def read(text: str, known_tags: Collection[str] = ()) -> ReadingRoomPage:
    """Return what the page lists; Invalid names the line, its text and what was expected instead.

    Tags that the known ones cannot tell apart are left out. That, and whatever contradicts the counts, is noticed.
    """
    lines = lines_of(text)
    at, totals = _find_headline(lines)
    shelf, title, author = _three_above(lines, at)
    skipped = lines[: max(0, at - 4)]
    notices = [Notice(line=line.number, text="It stands above the shelf and was left out.") for line in skipped]
    clusters: dict[str, ListedCluster] = {}
    readings: list[ListedReading] = []
    stated = [(lines[at], totals, "")]
    for section in _sections(lines[at + 1 :], lines[at]):
        if isinstance(section.mark, Stamp):
            reading, odd = _reading(section, section.mark, next(reversed(clusters), ""), known_tags)
            readings.append(reading)
            notices += odd
        else:
            cluster = ListedCluster(title=section.title.text, summary=_paragraph(section))
            if clusters.setdefault(cluster.title, cluster) is not cluster:
                raise section.title.refusal("another title: a cluster with this one stands above")
            stated.append((section.mark_line, section.mark, cluster.title))
    for line, counts, where in stated:
        notices += _disagreements(line, counts, [reading for reading in readings if where in {"", reading.cluster}])
    notices += _repeats(readings)
    return ReadingRoomPage(
        shelf=shelf,
        title=title,
        author=author,
        clusters=tuple(clusters.values()),
        readings=tuple(readings),
        notices=tuple(sorted(notices, key=lambda notice: notice.line)),
    )


def _find_headline(lines: Sequence[Line]) -> tuple[int, Counts]:
    for position, line in enumerate(lines):
        counts = headline(line)
        if counts is not None:
            return position, counts
    if not lines:
        raise Invalid("The text is empty. Paste the whole page of the reading room.", field="text")
    raise lines[-1].refusal(f"a line of counts above it, such as {HEADLINE_EXAMPLE}")


def _three_above(lines: Sequence[Line], at: int) -> tuple[str, str, str]:
    if at < 3:
        raise lines[at].refusal("three lines above it: the shelf, the name of what is read, its author")
    for line in lines[at - 3 : at]:
        if len(line.text) > LONGEST_TITLE:
            raise line.refusal(f"at most {LONGEST_TITLE} characters of a shelf, a name or an author")
    return lines[at - 3].text, lines[at - 2].text, lines[at - 1].text


def _sections(lines: Sequence[Line], above: Line) -> Iterator[_Section]:
    marks = {position: found for position, line in enumerate(lines) if (found := mark(line)) is not None}
    if not marks:
        raise above.refusal(f"a cluster's title after it and then counts such as {COUNTS_EXAMPLE}")
    starts = [*marks, len(lines) + 1]
    if starts[0] > 1 or isinstance(marks[starts[0]], Stamp):
        raise lines[0].refusal(f"a cluster's title here, with counts such as {COUNTS_EXAMPLE} in the line below")
    for position, following in pairwise(starts):
        line, found = lines[position], marks[position]
        if position - 1 in {-1, *marks} or len(lines[position - 1].text) > LONGEST_TITLE:
            raise line.refusal("a title in the line above it")
        body = lines[position + 1 : following - 1]
        most = 2 if isinstance(found, Stamp) else 1
        if len(body) > most:
            raise body[most].refusal(f"a title here, with {STAMP_EXAMPLE} or {COUNTS_EXAMPLE} in the line below")
        yield _Section(title=lines[position - 1], mark_line=line, mark=found, body=body)


def _reading(
    section: _Section, stamp: Stamp, cluster: str, known_tags: Collection[str]
) -> tuple[ListedReading, list[Notice]]:
    tags: tuple[str, ...] = ()
    notices = []
    if len(section.body) < 2:
        missing = "no tags" if section.body else "neither paragraph nor tags"
        notices.append(Notice(line=section.title.number, text=f"{shown(section.title.text)} has {missing}."))
    else:
        line = section.body[1]
        ways = splits(line.text, known_tags)
        tags = ways[0] if ways else ()
        notices += [Notice(line=line.number, text=text) for text in _doubts(ways)]
    reading = ListedReading(
        line=section.title.number,
        title=section.title.text,
        cluster=cluster,
        tier=stamp.tier,
        published_on=stamp.published_on,
        summary=_paragraph(section),
        tags=tags,
    )
    return reading, notices


def _paragraph(section: _Section) -> str:
    return section.body[0].text if section.body else ""


def _doubts(ways: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Say what is doubtful about tags that ran together."""
    if not ways:
        yield "The tags run together and known tags do not tell them apart; they were left out."
    elif len(ways) > 1:
        first, second = (", ".join(way) for way in ways)
        yield f"The tags run together. They were read as {first}; they could also be {second}."


def _disagreements(line: Line, counts: Counts, readings: Sequence[ListedReading]) -> Iterator[Notice]:
    total = next((counts[what] for what in ("keeper", "issue", "article") if what in counts), None)
    if total not in {None, len(readings)}:
        yield Notice(line=line.number, text=f"It says {total} readings, but {len(readings)} are listed.")
    actual = Counter(f"tier{reading.tier}" for reading in readings)
    for tier in TIERS if any(what.startswith("tier") for what in counts) else ():
        said, listed = counts.get(f"tier{tier}", 0), actual[f"tier{tier}"]
        if said != listed:
            yield Notice(line=line.number, text=f"It says {said} readings of tier {tier}, but {listed} are listed.")


def _repeats(readings: Iterable[ListedReading]) -> Iterator[Notice]:
    first: dict[str, int] = {}
    for reading in readings:
        line = first.setdefault(title_key(reading.title), reading.line)
        if line != reading.line:
            yield Notice(line=reading.line, text=f"{shown(reading.title)} stands in line {line} already.")
