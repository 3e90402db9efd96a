"""The calendar: what is due and what is planned, at the learner's hour, the same events however the plan moves."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
from flask import Flask

from feed_checks import check
from feed_stage import Stage, make_stage
from feed_year import library
from kit import Clock, SignUp
from studyplan.domain.feeds import FeedWish, Kinds
from studyplan.services import learners, planning
from studyplan.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def stage(app: Flask, settings: Settings, clock: Clock, sign_up: SignUp) -> Stage:
    clock.now = datetime(2027, 3, 22, 9, tzinfo=UTC)  # summer time begins on the Sunday after
    stage = make_stage(app, settings, clock, sign_up())
    stage.add_library(library())
    replan(stage)
    return stage


def replan(stage: Stage) -> None:
    with stage.change() as session:
        planning.replan(session, stage.learner_id, now=stage.clock.now)


def events_of(stage: Stage) -> list[icalendar.Event]:
    body = stage.poll("ics").data
    check("ics", body)
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_a_study_day_is_one_event_at_the_learners_hour_in_summer_too(stage: Stage) -> None:
    stage.add_feed("Days", FeedWish(event_minute=7 * 60 + 30))
    begins = [event.decoded("DTSTART") for event in events_of(stage)]
    assert {moment.timetz().replace(tzinfo=None) for moment in begins} == {time(7, 30)}
    assert {str(moment.tzinfo) for moment in begins} == {"Europe/Berlin"}
    assert begins[0].date() == date(2027, 3, 22)
    assert {moment.utcoffset() for moment in begins} == {timedelta(hours=1), timedelta(hours=2)}
    assert len({moment.date() for moment in begins}) == len(begins), "one a day"
    assert max(begins) < stage.clock.now + timedelta(days=86)


def test_items_follow_each_other_and_name_what_to_do(stage: Stage) -> None:
    stage.add_feed("Items", FeedWish(event_per_item=True))
    events = events_of(stage)
    today = [event for event in events if event.decoded("DTSTART").date() == date(2027, 3, 22)]
    for earlier, later in pairwise(today):
        assert later.decoded("DTSTART") == earlier.decoded("DTSTART") + earlier["DURATION"].dt
    assert {str(event["SUMMARY"]).split(":")[0].split(" ")[0] for event in events} <= {"Read", "Part", "Review"}
    assert str(today[0]["URL"]).startswith(f"{stage.settings.site}/occurrences/")
    assert str(events[-1]["URL"]) == f"{stage.settings.site}/plan"
    assert "/r/" not in stage.poll("ics").text, "calendars are shared: no link in them acts"


def test_moved_by_the_plan_an_event_keeps_its_uid_and_counts_up(stage: Stage) -> None:
    stage.add_feed("Items", FeedWish(event_per_item=True))
    before = {str(event["UID"]): event for event in events_of(stage)}
    tag = stage.poll("ics").headers["ETag"]
    stage.clock.advance(hours=1)
    with stage.change() as session:
        learners.change_zone(session, stage.learner_id, "America/New_York", now=stage.clock.now)
        planning.learners.change_learner(session, stage.learner_id, weekdays=[30, 0, 0, 30, 0, 0, 0])
        planning.learners.count_inputs_change(session, stage.learner_id)
    replan(stage)
    assert stage.poll("ics", If_None_Match=tag).status_code == 200
    after = {str(event["UID"]): event for event in events_of(stage)}
    both = before.keys() & after.keys()
    firsts = {uid for uid, event in before.items() if str(event["SUMMARY"]).startswith("Read")}
    assert firsts & both, "first readings are the same events"
    moved = [uid for uid in both if before[uid].decoded("DTSTART").date() != after[uid].decoded("DTSTART").date()]
    assert moved
    assert all(after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"] for uid in both)
    assert all(str(after[uid]["SUMMARY"]).split(": ")[1] == str(before[uid]["SUMMARY"]).split(": ")[1] for uid in both)


def test_what_is_done_leaves_today(stage: Stage) -> None:
    stage.add_feed("Items", FeedWish(event_per_item=True))
    today = [event for event in events_of(stage) if event.decoded("DTSTART").date() == date(2027, 3, 22)]
    title = str(today[0]["SUMMARY"])
    place = stage.titles().index(title)
    assert stage.client.post(stage.action(place), data={"rating": "3", "read": "1"}).status_code == 303
    left = [event for event in events_of(stage) if event.decoded("DTSTART").date() == date(2027, 3, 22)]
    assert title not in {str(event["SUMMARY"]) for event in left}


def test_a_new_day_makes_a_new_calendar_without_any_clock(stage: Stage) -> None:
    tag = stage.poll("ics").headers["ETag"]
    assert stage.poll("ics", If_None_Match=tag).status_code == 304
    stage.clock.now = datetime(2027, 3, 23, 3, tzinfo=UTC)
    assert stage.poll("ics", If_None_Match=tag).status_code == 200
    assert min(event.decoded("DTSTART") for event in events_of(stage)).date() >= date(2027, 3, 23)


def test_a_calendar_keeps_to_what_its_feed_shows(stage: Stage) -> None:
    stage.add_feed("Reviews", FeedWish(event_per_item=True, kinds=Kinds.REVIEWS))
    assert {str(event["SUMMARY"]).split(" ")[0] for event in events_of(stage)} <= {"Review"}
