"""What the plan's page says of the week, of dates that have come, and of the ledger."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from kit import AGREED, SETTINGS, Clock, Look, Submit
from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.memory import Rating, first_memory
from studyplan.domain.wording import duration
from studyplan.services import enrolled, learners, planning
from studyplan.services.planning import get_inputs
from studyplan.store import study
from studyplan.web.database import writing

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("learner_id"),
]


def plan_on(client: FlaskClient, learner_id: LearnerId, clock: Clock) -> None:
    """Do what the clock does at four in the morning."""
    with client.application.test_request_context("/", method="POST"), writing() as session:
        planning.replan(session, learner_id, now=clock.now)


def ledger_of(client: FlaskClient) -> str:
    return client.get("/plan").text.partition('id="ledger"')[2]


def test_of_changes_to_the_same_the_newest_that_was_not_put_back_can_be(
    client: FlaskClient, submit: Submit, clock: Clock
) -> None:
    undo = []
    for minutes in ("25", "35"):
        clock.advance(seconds=1)
        assert submit("/settings", **{**SETTINGS, "d0": minutes}, **AGREED).status_code == 303
        found = re.findall(r'action="(/plan/ledger/[^"]+/undo)"', client.get("/plan").text)
        assert len(found) == 1
        undo += found
    refused = submit(undo[0], on="/plan")
    assert refused.status_code == 409
    assert '<a class="btn pri" href="/plan">Back to the plan</a>' in refused.text
    clock.advance(seconds=1)
    assert submit(undo[1], on="/plan").status_code == 303
    assert re.findall(r'action="(/plan/ledger/[^"]+/undo)"', client.get("/plan").text) == undo[:1]


def test_days_that_went_unread_are_one_line_that_unfolds(
    client: FlaskClient, learner_id: LearnerId, clock: Clock
) -> None:
    assert "study days that went unread" in ledger_of(client)
    for _ in range(2):
        clock.advance(days=7)
        plan_on(client, learner_id, clock)
    page = ledger_of(client)
    assert "7 study days were not read" in page
    assert page.count(">Late</span>") == 1
    unread = re.findall(r"<li>(\w+day [^.]+) was not read", page)
    assert unread[:2] == ["Tuesday 8 December", "Saturday 5 December"]
    assert re.search(r"Reading now ends [^.]+ instead of [^.]+\.|did not move", page)


def test_the_week_counts_what_was_done(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    done = re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text)[0]
    assert submit(done, on="/today", rating="3", minutes="33", key="a-form-key").status_code == 303
    clock.advance(days=1)
    assert re.search(r"\d+ of \d+ min</span><br>33 of them done", client.get("/plan").text)


def test_who_reads_slower_sees_their_own_minutes_beside_the_list_s(
    client: FlaskClient, submit: Submit, look: Look, clock: Clock, learner_id: LearnerId
) -> None:
    done = re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text)[0]
    assert submit(done, on="/today", rating="3", minutes="120", key="a-form-key").status_code == 303
    assert submit("/plan/change", on="/plan?more=-60", more="-60", tier="", until="").status_code == 303
    inputs = look(lambda session: get_inputs(session, learners.get_learner(session, learner_id), now=clock.now))
    page = client.get("/plan").text
    left = re.search(r'<a href="(/readings/(\d+))"><bdi>[^<]+</bdi></a> <span class="dim">([^,]+), tier', page)
    assert left, "some are left out"
    reading_id = ReadingId(int(left[2]))
    candidate = inputs.candidate(reading_id)
    assert candidate
    assert left[3] == duration(candidate.minutes)
    by_the_list = next(reading.minutes for reading in inputs.readings if reading.id == reading_id)
    assert candidate.minutes > by_the_list
    said = f"{duration(candidate.minutes)} at your pace, {duration(by_the_list)} by the list"
    assert said in client.get(left[1]).text


def test_days_of_another_year_are_told_with_it(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    week = {f"d{weekday}": "0" for weekday in range(6)} | {"d6": "20"}
    (track,) = re.findall(r'action="(/settings/tracks/\d+)"', client.get("/settings").text)
    until = (clock.now + timedelta(days=1_500)).date()
    assert submit(track, on="/settings", horizon_on=until.isoformat(), **AGREED).status_code == 303
    assert submit("/settings", **SETTINGS | week, **AGREED).status_code == 303
    weeks = re.findall(r'<li class="week">.*?<b>([^<]+)</b>', client.get("/plan").text)
    assert (weeks[0], weeks[-1]) == ("23 Nov", "30 Dec 2030")
    done = re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text)[0]
    easy = re.findall(r"<span>Easy</span><small>([^<]+)</small>", client.get("/today").text)[0]
    assert submit(done, on="/today", rating="4", key="a-form-key").status_code == 303
    assert f"Easy. Back around {easy}." in client.get("/today").text


@pytest.mark.parametrize("path", ["/plan", "/today"])
def test_a_date_that_has_come_is_told_with_the_way_to_set_another(
    client: FlaskClient, submit: Submit, clock: Clock, path: str
) -> None:
    until = (clock.now + timedelta(days=5)).date()
    (track,) = re.findall(r'action="(/settings/tracks/\d+)"', client.get("/settings").text)
    assert submit(track, on="/settings", horizon_on=until.isoformat(), **AGREED).status_code == 303
    assert "was to be known by" not in client.get(path).text
    clock.advance(days=5)
    page = client.get(path).text
    assert f"was to be known by {until:%-d %B}" in page
    assert 'href="/settings#h-tracks"' in page


def test_the_ledger_tells_the_learner_s_own_days(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    clock.advance(hours=9, seconds=1)
    changed = {**SETTINGS, "d0": "25", "zone": "Pacific/Auckland"}
    assert submit("/settings", **changed, **AGREED).status_code == 303
    assert "26 Nov. Your own change" in client.get("/plan").text


def test_the_whole_of_a_save_is_named_and_put_back_together(client: FlaskClient, submit: Submit) -> None:
    changed = {**SETTINGS, "d0": "25", "w4": "0.5", "zone": "Asia/Tokyo"}
    assert submit("/settings", **changed, **AGREED).status_code == 303
    assert "165 minutes a week instead of 140; days in Asia/Tokyo; what a tier counts" in ledger_of(client)


def test_a_week_s_minutes_are_those_of_its_lines_and_nothing_is_owed_for_days_before(client: FlaskClient) -> None:
    first = client.get("/plan").text.partition('<li class="week">')[2].partition("</li>")[0]
    total, budget = (int(number) for number in re.findall(r"(\d+) of (\d+) min", first)[0])
    lines = re.findall(r'class="n nw">([^<]+)<', first)
    told = [re.findall(r"(\d+)\xa0h|(\d+)\xa0min", line) for line in lines]
    assert total == sum(60 * int(hours or 0) + int(minutes or 0) for line in told for hours, minutes in line)
    assert budget == 60 + 40 + 60  # Wednesday, the day of signing up, Thursday and Saturday


@pytest.mark.parametrize(
    ("asked", "said"),
    [("more=0", "That is so already"), ("more=abc", "Give a whole number"), ("more=", "Try other minutes, tiers or")],
)
def test_the_what_if_answers_once(client: FlaskClient, asked: str, said: str) -> None:
    assert client.get(f"/plan?{asked}").text.count(said) == 1
    assert client.get(f"/plan/what-if?{asked}").text.count(said) == 1


def test_on_no_track_nothing_is_planned_and_that_is_said(client: FlaskClient, submit: Submit) -> None:
    (leave,) = re.findall(r'formaction="(/settings/tracks/\d+/leave)"', client.get("/settings").text)
    assert submit(leave, on="/settings", **AGREED).status_code == 303
    page = client.get("/plan").text
    assert "You are on no track" in page
    assert "expected recall" not in page


def test_readings_that_are_gathered_in_a_line_give_the_reason_of_each(client: FlaskClient, submit: Submit) -> None:
    assert submit("/plan/change", on="/plan?tier=5", more="", tier="5", until="").status_code == 303
    left_out, _, ledger = client.get("/plan").text.partition('id="h-out"')[2].partition('id="ledger"')
    assert left_out.partition("<details>")[0].count("<li") == 9, "the others are folded"
    gathered = re.findall(r"</span> (\d+) readings</p><p class=\"small dim\">[^.]+\. ([^<]+)</p>", ledger)
    assert gathered
    for (_, why), parts in zip(gathered, ledger.split("Each of them")[1:], strict=True):
        assert set(re.findall(r'<li>[^<]+<span class="dim">([^<]+)</span>', parts.partition("</ul>")[0])) == {why}


def test_a_track_without_a_date_whose_readings_all_have_one_leaves_the_plan_its_end(
    client: FlaskClient, submit: Submit
) -> None:
    before = re.findall(r"\d+ weeks to [^,]+,", client.get("/plan").text)
    assert len(before) == 1
    wish = {**SETTINGS, "track": "landmarks", "horizon_on": ""}
    assert "<h1>Now on “Landmarks”, without a date</h1>" in submit("/start", on="/start?track=landmarks", **wish).text
    assert submit("/start", on="/start?track=landmarks", **wish, **AGREED).status_code == 303
    assert re.findall(r"\d+ weeks to [^,]+,", client.get("/plan").text) == before
    assert re.findall(r"Continue<span class=\"sr\"> ([^<]+)", client.get("/tracks").text.partition("Start<")[0]) == [
        "Landmarks",
        "The whole reading room",
    ]


def test_a_change_is_not_said_to_leave_out_what_is_read_already(
    client: FlaskClient, learner_id: LearnerId, clock: Clock
) -> None:
    assert "not in this plan" not in client.get("/plan?more=30").text
    with client.application.test_request_context("/", method="POST"), writing() as session:
        for reading in enrolled.list_readings(session, learner_id):
            study.put_memory(session, learner_id, reading.id, first_memory(Rating.CLEAR, clock.now.date()))
        planning.replan(session, learner_id, now=clock.now)
    tried = client.get("/plan?more=30").text
    assert "not in this plan" not in tried
    assert re.search(r"Reading ends.*?done.*?done.*?Recall", tried, re.DOTALL)
