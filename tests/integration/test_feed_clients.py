"""Real readers on a hostile library: each entry is shown once, with its title, by each of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from feed_checks import check
from feed_clients import CLIENTS
from feed_stage import Stage, make_stage
from fleet import serving
from kit import Clock, SignUp
from samples import READING
from studyplan.domain.feeds import FeedWish
from studyplan.publish.entries import LONGEST_TITLE
from studyplan.settings import Settings

pytestmark = pytest.mark.without_coverage

# What a catalog may hold although the door cleans it: a file of an older version, a hand in the database.
HOSTILE = {
    "tab\tand\nnewline": "tab and newline",
    "bell \x07 escape \x1b[31m": "bell escape [31m",
    "CDATA ends ]]> here": "CDATA ends ]]> here",
    "fish & chips": "fish & chips",
    "<>": "<>",
    "family 👩‍👩‍👧 and flag 🇩🇪": "family 👩‍👩‍👧 and flag 🇩🇪",
    "עברית and \u202eright to left": "עברית and right to left",
    "é composed": "é composed",
    "quotes \" and ' and `": "quotes \" and ' and `",
    "percent %s {braces} $HOME `id`": "percent %s {braces} $HOME `id`",
    "long " + "x" * 10_000: "long " + "x" * (LONGEST_TITLE - len("Review 1: long ") - 1) + "…",
}
URLS = ("javascript:alert(1)", 'https://exämple.org/a b?c=<d>&e="f"', "http://[::1", "", "https://example.org/ü#]]>")


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    return make_stage(app, settings, clock, sign_up())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_reader_shows_each_entry_once(stage: Stage, tmp_path: Path, name: str, form: str) -> None:
    stage.add_library(
        [
            replace(READING, title=title, url=URLS[place % len(URLS)], summary=title, questions=(title, "?"))
            for place, title in enumerate(HOSTILE)
        ]
    )
    made = [stage.add_due(place) for place in range(len(HOSTILE))]
    with serving(stage.app) as site:
        client = CLIENTS[name](site + stage.path(form), tmp_path)
        for _ in range(3):
            client.start_poll()
            client.finish_poll()
            stage.clock.advance(hours=1)
        shown = client.shown()
        client.close()
    assert sorted(entry.id for entry in shown) == sorted(f"urn:uuid:{item.id}" for item in made)
    assert {entry.title for entry in shown} == {f"Review 1: {title}" for title in HOSTILE.values()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["rss", "atom", "json", "ics"])
def test_nothing_due_and_five_hundred_due_are_feeds_too(stage: Stage, form: str) -> None:
    stage.add_feed("All", FeedWish(cap=500, event_per_item=True))
    assert check(form, stage.poll(form).data) == []
    stage.add_library([replace(READING, title=f"Reading {place}") for place in range(505)])
    stage.add_all_due()
    response = stage.poll(form)
    assert response.status_code == 200
    titles = check(form, response.data)
    assert len(titles) == (5 if form == "ics" else 501)
