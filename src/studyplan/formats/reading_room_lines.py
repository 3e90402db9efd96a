"""The lines of a reading-room page: which of them say that the line above is the title of a cluster or a reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from studyplan.domain.canonical import clean_text
from studyplan.domain.catalog import TIERS
from studyplan.domain.errors import Invalid
from studyplan.formats.toml_table import shown

HEADLINE_EXAMPLE = '"44 issues · 44 keepers · 17 tier-5 · 27 tier-4"'
COUNTS_EXAMPLE = '"4 tier-5 · 1 tier-4"'
STAMP_EXAMPLE = '"TIER 5 Aug 20, 2017"'

Counts = Mapping[str, int]
"""How many there are said to be, by 'issue', 'article', 'keeper', 'tier5', 'tier4' and so on."""

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_DOT = r" ?[·•∙⋅|,;] ?"
_TIER_COUNT = r"\d{1,5} tier[ -]?\d"
_TOTAL_COUNT = r"\d{1,5} (?:issue|article|keeper)s?"
_HEADLINE = re.compile(rf"{_TOTAL_COUNT}(?:{_DOT}(?:{_TOTAL_COUNT}|{_TIER_COUNT}))*", re.IGNORECASE)
_COUNTS = re.compile(rf"{_TIER_COUNT}(?:{_DOT}{_TIER_COUNT})*", re.IGNORECASE)
_LIKE_HEADLINE = re.compile(r"\d\S* (?:issue|article)s?\b", re.IGNORECASE)
_LIKE_COUNTS = re.compile(r"\d\S* tier[ -]?\d", re.IGNORECASE)
_ONE_COUNT = re.compile(r"(\d+) (tier|issue|article|keeper)s?[ -]?(\d?)", re.IGNORECASE)
_STAMP = re.compile(r"TIER[ -]?(?P<tier>\d)[ ,:·-]+(?P<day>.+)")
_DAY = re.compile(r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})", re.IGNORECASE)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that is not empty, its text cleaned."""

    number: int
    text: str

    @property
    def plain(self) -> str:
        """Return the text with one kind of dash, for patterns."""
        return _DASHES.sub("-", self.text)

    def refusal(self, expected: str) -> Invalid:
        """Return the error that says what should be here."""
        return Invalid(f"Line {self.number}, {shown(self.text)}: expected {expected}.", field="text")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What stands under the title of a reading."""

    tier: int
    published_on: date


def lines_of(text: str) -> list[Line]:
    """Return the lines of a text that are not empty, numbered from 1 as an editor does."""
    raw = re.split(r"\r\n|\r|\n", text)
    cleaned = (Line(number=number, text=clean_text(line)) for number, line in enumerate(raw, 1))
    return [line for line in cleaned if line.text]


def headline(line: Line) -> Counts | None:
    """Return the counts of the whole page; None when the line is none, Invalid when it is nearly one."""
    if _HEADLINE.fullmatch(line.plain):
        return _counts(line)
    if _LIKE_HEADLINE.match(line.plain):
        raise line.refusal(f"counts such as {HEADLINE_EXAMPLE}")
    return None


def mark(line: Line) -> Stamp | Counts | None:
    """Return what a line says of the title above it; None when it is no such line, Invalid when it is nearly one."""
    if _COUNTS.fullmatch(line.plain):
        return _counts(line)
    if _LIKE_COUNTS.match(line.plain):
        raise line.refusal(f"counts such as {COUNTS_EXAMPLE}")
    if not re.match(r"TIER\b", line.plain):
        return None
    stamp = _STAMP.fullmatch(line.plain)
    day = stamp and _day(stamp["day"])
    if not stamp or not day or int(stamp["tier"]) not in TIERS:
        raise line.refusal(f"a tier from {TIERS[0]} to {TIERS[-1]} and a date, such as {STAMP_EXAMPLE}")
    return Stamp(tier=int(stamp["tier"]), published_on=day)


def _counts(line: Line) -> Counts:
    return {what.lower() + tier: int(number) for number, what, tier in _ONE_COUNT.findall(line.plain)}


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            return date.fromisoformat(text)
        name = match["month"].lower()
        months = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name)]
        return date(int(match["year"]), months[0], int(match["day"]))
    except (ValueError, IndexError):
        return None
