"""A catalog file is read whole or refused with the place and the value that are wrong."""

from dataclasses import replace
from datetime import date

import pytest

from studyplan.domain.catalog import Mention, ReadingId
from studyplan.domain.errors import Invalid
from studyplan.formats.catalog_file import CatalogLink, numbered, read

GOOD = """
slug = "knots"
title = "Knots"
url = "https://knots.example/"
author = "Ada Bowline"
shelf = "Ropework"
counts = { readings = 3, tier_5 = 1, tier_4 = 2 }

[[cluster]]
slug = "loops"
title = "Loops"
summary = "Knots that hold a ring open."
counts = { readings = 2, tier_5 = 1 }

[[cluster.reading]]
slug = "bowline"
title = "  The   Bowline "
url = "https://knots.example/bowline"
former_urls = ["https://old.example/bowline.html"]
published_on = 2019-03-01
tier = 5
tags = ["loop", "rescue"]
minutes = 12
words = 2400
summary = "A loop that never jams."
questions = ["Which part goes round the standing part?", "Why does it not jam?"]

[[cluster.reading]]
slug = "double-bowline"
title = "Twice the Bowline"
url = "https://knots.example/double"
tier = 4
minutes = 8
builds_on = { bowline = 3 }

[[cluster]]
slug = "bends"
title = "Bends"

[[cluster.reading]]
slug = "sheet-bend"
title = "The Sheet Bend"
url = "https://knots.example/sheet"
tier = 4
minutes = 9
builds_on = { bowline = { strength = 1, binding = true }, double-bowline = 1 }
"""


def test_a_catalog_file_holds_clusters_readings_and_links() -> None:
    catalog = read(GOOD, "knots.toml")
    assert (catalog.slug, catalog.title, catalog.author, catalog.shelf) == ("knots", "Knots", "Ada Bowline", "Ropework")
    assert [cluster.slug for cluster in catalog.clusters] == ["loops", "bends"]
    bowline, double, bend = catalog.entries
    assert bowline.title == "The Bowline"
    assert bowline.published_on == date(2019, 3, 1)
    assert bowline.former_urls == ("https://old.example/bowline.html",)
    assert bowline.questions[1] == "Why does it not jam?"
    assert (double.cluster, double.tags, double.words, double.published_on) == ("loops", (), 0, None)
    assert bend.cluster == "bends"
    assert catalog.links == (
        CatalogLink(later="double-bowline", earlier="bowline", strength=3),
        CatalogLink(later="sheet-bend", earlier="bowline", strength=1, binding=True),
        CatalogLink(later="sheet-bend", earlier="double-bowline", strength=1),
    )


def test_a_byte_order_mark_and_windows_line_ends_change_nothing_that_is_read() -> None:
    assert read("\ufeff" + GOOD.replace("\n", "\r\n"), "knots.toml").entries == read(GOOD, "knots.toml").entries


def test_what_follows_from_a_catalog_is_found_by_an_equal_one_and_no_other() -> None:
    found = {numbered(read(GOOD, "knots.toml")): "the same"}
    assert found[numbered(read(GOOD, "knots.toml"))] == "the same"
    assert replace(next(iter(found)), title="Other knots") not in found


def test_a_numbered_catalog_carries_the_links_by_number() -> None:
    catalog = numbered(read(GOOD, "knots.toml"))
    assert [(reading.id, reading.slug) for reading in catalog.readings][:2] == [(1, "bowline"), (2, "double-bowline")]
    assert catalog.mentions[1] == Mention(reading=ReadingId(3), earlier=ReadingId(1), strength=1, binding=True)
    assert (catalog.slug, catalog.clusters[0].summary) == ("knots", "Knots that hold a ring open.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Knots"', "title = Knots", r"knots\.toml is not valid TOML: Invalid value \(at line 3"),
        ('title = "Knots"', "title = " + "9" * 5000, "too big or nested too deep"),
        ('title = "Knots"', "title = " + "[" * 5000, "too big or nested too deep"),
        ('title = "Knots"', "", r"knots\.toml: title is missing"),
        ('title = "Knots"', 'title = " "', r'knots\.toml: title must be a text .* not " *"'),
        ('title = "Knots"', "title = 7", "title must be a text .* not 7"),
        ('title = "Knots"', 'titel = "Knots"', 'knots.toml: "titel" means nothing here. Known: slug, title'),
        ('slug = "knots"', 'slug = "Knots!"', 'slug must be small letters, digits and single hyphens.*not "Knots!"'),
        ("minutes = 12", "minutes = 0", 'reading "bowline": minutes must be a whole number from 1 to 999, not 0'),
        ("minutes = 12", "minutes = true", "minutes must be a whole number from 1 to 999, not True"),
        ("minutes = 12", "minuets = 12", 'reading "bowline": "minuets" means nothing here'),
        ("tier = 5", "tier = 6", "tier must be a whole number from 1 to 5, not 6"),
        ("tier = 5", 'tier = "high"', 'tier must be a whole number from 1 to 5, not "high"'),
        ("2019-03-01", '"2019-03-01"', "published_on must be a date without quotes"),
        ("2019-03-01", "2019-03-01T10:00:00", "published_on must be a date without quotes"),
        ('["loop", "rescue"]', '"loop"', 'tags must be a list of texts, not "loop"'),
        ('["loop", "rescue"]', '["loop", 3]', "tags must be a list of texts .* not 3"),
        ('["loop", "rescue"]', '["loop", ""]', 'tags must be a list of texts .* not ""'),
        (
            '"https://knots.example/sheet"',
            '"knots/sheet"',
            '"sheet-bend": url: .knots/sheet. is not the address',
        ),
        ('"https://knots.example/sheet"', "5", "url must be a web address in quotes, not 5"),
        ('["https://old.example/bowline.html"]', '["mailto:a"]', 'reading "bowline": former_urls: .mailto:a. is not'),
        ("https://knots.example/double", "http://KNOTS.example/bowline/#top", "address .* stands there twice"),
        ("https://knots.example/double", "https://old.example/bowline.html", "address .* stands there twice"),
        ('slug = "double-bowline"', 'slug = "bowline"', 'the slug "bowline" stands there twice'),
        ('slug = "bends"', 'slug = "loops"', 'the slug "loops" stands there twice'),
        ("{ bowline = 3 }", "{ bowlin = 3 }", 'reading "double-bowline": builds_on names "bowlin".* mean "bowline"'),
        ("{ bowline = 3 }", "{ zzz = 3 }", 'names "zzz", which is not there. Add that reading or remove the link'),
        ("{ bowline = 3 }", "{ bowline = 0 }", "builds_on: bowline must be a whole number from 1 to 999, not 0"),
        ("{ bowline = 3 }", "{ bowline = { binding = 1, strength = 1 } }", "binding must be true or false"),
        ("{ bowline = 3 }", "{ bowline = { binding = true } }", "builds_on, bowline: strength is missing"),
        ("{ bowline = 3 }", '["bowline"]', 'reading "double-bowline": builds_on must be a table'),
        ("minutes = 12", "minutes = 12\nbuilds_on = { sheet-bend = 2 }", "knots.toml: Readings build on each other"),
        ("minutes = 12", "minutes = 12\nbuilds_on = { bowline = 1 }", "circle: bowline, which builds on bowline"),
        ("readings = 3, tier_5 = 1", "readings = 4", "knots.toml, counts: readings is 4, but there are 3"),
        ("readings = 2, tier_5 = 1", "tier_5 = 2", 'cluster "loops", counts: tier_5 is 2, but there are 1'),
        ("readings = 2, tier_5 = 1", "tier_9 = 2", 'cluster "loops", counts: "tier_9" means nothing here'),
    ],
)
def test_what_is_wrong_is_refused_by_name(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(Invalid, match=message):
        read(GOOD.replace(old, new, 1), "knots.toml")


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        ("", "has 0 readings. A catalog has 1 to"),
        ("cluster = 3", r"cluster must be a list of tables, each under \[\[cluster\]\], not 3"),
        ("cluster = [3]", r"cluster must be a list of tables, each under \[\[cluster\]\], not 3"),
        ("[[cluster]]\ntitle = 'x'", "cluster 1: slug is missing"),
    ],
)
def test_a_catalog_without_clusters_is_refused(clusters: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read(f'slug = "k"\ntitle = "K"\nurl = "https://k.example"\n{clusters}', "knots.toml")


def test_a_message_shows_a_long_value_shortened() -> None:
    with pytest.raises(Invalid) as caught:
        read(GOOD.replace('title = "Knots"', f'title = "{"x" * 5000}"'), "knots.toml")
    assert len(str(caught.value)) < 250
    assert caught.value.field == "title"
