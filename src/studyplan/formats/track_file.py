"""A track as one small TOML file, which may be handed from one installation to another.

catalog = "reading-room"        # whose clusters and readings the rest names by their slugs
slug = "vision-first"
title = "Vision first"
for_whom = "For those who think in pictures."
order = 3                       # optional: place in the list of tracks
clusters = ["computer-vision"]  # optional: none named means all of the catalog
lowest_tier = 4                 # optional
include = ["vlm"]               # optional: single readings besides
exclude = ["nas"]               # optional: single readings left out, whatever else names them
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from studyplan.domain.catalog import TIERS, Catalog, TrackRule
from studyplan.domain.errors import Invalid
from studyplan.formats.toml_table import Table, read_toml, refuse_repeated, shown

_KEYS = ("catalog", "slug", "title", "for_whom", "order", "clusters", "lowest_tier", "include", "exclude")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackFile:
    """A named choice from the catalog whose slug it gives. `order` is its place among the tracks of that catalog."""

    catalog: str
    slug: str
    title: str
    for_whom: str
    order: int = 0
    rule: TrackRule = field(default_factory=TrackRule)


def read(text: str, name: str) -> TrackFile:
    """Return the track that the file called `name` holds; Invalid names the first place that is wrong."""
    table = read_toml(text, name)
    table.allow_only(*_KEYS)
    return TrackFile(
        catalog=table.slug("catalog"),
        slug=table.slug("slug"),
        title=table.text("title", 300),
        for_whom=table.text("for_whom", 500),
        order=table.whole("order", range(10_000), default=0),
        rule=TrackRule(
            clusters=_slugs(table, "clusters"),
            lowest_tier=table.whole("lowest_tier", TIERS, default=TIERS[0]),
            include=_slugs(table, "include"),
            exclude=_slugs(table, "exclude"),
        ),
    )


def write(track: TrackFile) -> str:
    """Return the text of a track file; what is as if not said is left out."""
    rule = track.rule
    values = {
        "catalog": track.catalog,
        "slug": track.slug,
        "title": track.title,
        "for_whom": track.for_whom,
        "order": track.order or None,
        "clusters": rule.clusters or None,
        "lowest_tier": rule.lowest_tier if rule.lowest_tier > TIERS[0] else None,
        "include": rule.include or None,
        "exclude": rule.exclude or None,
    }
    lines = (f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)
    return "".join(lines)


def check_against(catalog: Catalog, track: TrackFile, name: str) -> None:
    """Refuse a track that belongs to another catalog, names what the catalog has not, or takes nothing from it."""
    if track.catalog != catalog.slug:
        message = (
            f"it belongs to the catalog {shown(track.catalog)}, not to {shown(catalog.slug)}. Import that one first."
        )
        raise Invalid(f"{name}: {message}", field="catalog")
    readings = [reading.slug for reading in catalog.readings]
    _refuse_unknown(name, "clusters", track.rule.clusters, [cluster.slug for cluster in catalog.clusters])
    _refuse_unknown(name, "include", track.rule.include, readings)
    _refuse_unknown(name, "exclude", track.rule.exclude, readings)
    if not any(track.rule.takes(reading) for reading in catalog.readings):
        raise Invalid(f"{name}: no reading passes its rule. Name more clusters or a lower tier.", field="clusters")


def _slugs(table: Table, key: str) -> tuple[str, ...]:
    slugs = table.texts(key, 120)
    refuse_repeated(table.place, key, slugs)
    return slugs


def _refuse_unknown(name: str, key: str, slugs: Sequence[str], known: Sequence[str]) -> None:
    for slug in slugs:
        if slug not in known:
            near = get_close_matches(slug, known, n=1)
            advice = f"Do you mean {shown(near[0])}?" if near else "Remove it."
            raise Invalid(f"{name}: {key} names {shown(slug)}, which the catalog has not. {advice}", field=key)


def _toml(value: str | int | tuple[str, ...]) -> str:
    """Return a TOML value. JSON writes strings, whole numbers and lists of them the same way."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
