"""What a digest needs of a plan, and what a track takes from its catalog."""

import json
from datetime import date, timedelta

from drafts import TODAY, item, plan_of
from studyplan.domain.catalog import Reading, ReadingId, Track, TrackId, TrackRule
from studyplan.domain.plan import Coming, ItemKind
from studyplan.domain.plan_document import from_document, to_document


def test_what_comes_is_the_first_eight_days_of_a_plan() -> None:
    plan = plan_of(item(1), item(2, TODAY + timedelta(days=7)), item(3, TODAY + timedelta(days=8)))

    assert [one.reading_id for one in plan.coming.items] == [1, 2]
    assert plan.coming.unread == 3
    assert plan.coming.horizon_on == date(2027, 6, 1)


def test_what_comes_survives_being_stored() -> None:
    coming = plan_of(item(1), item(1, TODAY + timedelta(days=3), ItemKind.REVIEW)).coming

    assert from_document(Coming, json.loads(json.dumps(to_document(coming)))) == coming


def test_a_track_takes_what_its_rule_takes_in_the_order_given() -> None:
    readings = [
        Reading(id=ReadingId(key), slug=slug, title=slug, url=slug, cluster="knots", tier=tier, minutes=10)
        for key, slug, tier in ((1, "bend", 3), (2, "hitch", 5), (3, "bowline", 4))
    ]
    track = Track(id=TrackId(1), slug="t", title="T", for_whom="", rule=TrackRule(lowest_tier=4))

    assert [reading.slug for reading in track.choose(readings)] == ["hitch", "bowline"]
