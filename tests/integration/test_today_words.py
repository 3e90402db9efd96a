"""What today's page says of what was put off, read in parts, or read ahead."""

import re

import pytest
from flask.testing import FlaskClient

from kit import Clock, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.services import planning
from studyplan.web.database import writing

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("learner_id"),
]


def first(client: FlaskClient, action: str) -> str:
    """Return the address of a form of the first reading on today's list."""
    return re.findall(rf'action="(/occurrences/[^"]+/{action})"', client.get("/today").text)[0]


def test_a_second_tab_is_told_the_day_that_the_first_one_chose(client: FlaskClient, submit: Submit) -> None:
    later = first(client, "later")
    for until in ("2026-11-28", "2026-12-03"):
        assert submit(later, on="/today", until=until).status_code == 303
        assert "Put off to Saturday 28 November." in client.get("/today").text


@pytest.mark.parametrize(
    ("until", "said"), [("2026-12-03", "Put off to Thursday 3 December."), ("", "Left to the plan.")]
)
def test_what_was_put_off_is_listed_for_a_day_and_can_be_taken_back(
    client: FlaskClient, submit: Submit, clock: Clock, until: str, said: str
) -> None:
    later, back = first(client, "later"), first(client, "later").removesuffix("later") + "back"
    assert "put off or left to the plan" not in client.get("/today").text
    submit(later, on="/today", until=until)
    client.get("/today")
    page = client.get("/today").text
    assert "1 reading put off or left to the plan" in page
    assert f'<p class="note">It was {said[:4].lower()}' in client.get(later.removesuffix("/later")).text
    assert f"{said} Can be taken back for 24 hours." in page
    clock.advance(hours=1)
    assert f'action="{back}"' in page
    assert submit(back, on="/today").status_code == 303
    page = client.get("/today").text
    assert later in page
    assert "put off or left to the plan" not in page
    submit(later, on="/today", until=until)
    clock.advance(hours=25)
    assert "put off or left to the plan" not in client.get("/today").text


def test_what_comes_next_is_told_alike_for_one_and_for_many(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    while dones := re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text):
        assert submit(dones[0], on="/today", rating="3", key=f"key-{dones[0][-20:]}").status_code == 303
        clock.advance(seconds=1)
    assert re.search(r"Planned next for <b>[^<]+</b>: \d+ (first reading|review)", client.get("/today").text)


def test_the_same_form_twice_reads_ahead_once(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    clock.advance(seconds=1)
    while dones := re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text):
        assert submit(dones[0], on="/today", rating="3", key=f"key-{dones[0][-20:]}").status_code == 303
        clock.advance(seconds=1)
    key = re.findall(r'/today/ahead.*?name="key" value="([^"]+)"', client.get("/today").text)[0]
    for _ in range(2):
        assert submit("/today/ahead", on="/today", key=key).status_code == 303
        assert client.get("/today").text.count("data-item") == 1
    plan = client.get("/plan").text
    assert ", to today" in plan
    assert "You want it on this day, so it comes first." in plan


def test_two_parts_of_a_reading_are_one_reading(client: FlaskClient, submit: Submit, clock: Clock) -> None:
    done = []
    while dones := re.findall(r'action="(/occurrences/[^"]+/done)"', client.get("/today").text):
        assert submit(dones[0], on="/today", rating="3", key=f"key-{dones[0][-20:]}").status_code == 303
        done.append(dones[0])
        clock.advance(seconds=1)
    for _ in range(6):
        key = re.findall(r'/today/ahead.*?name="key" value="([^"]+)"', client.get("/today").text)[0]
        assert submit("/today/ahead", on="/today", key=key).status_code == 303
        assert submit(first(client, "done"), on="/today", rating="3", key=f"k{key}").status_code == 303
        clock.advance(seconds=1)
    page = client.get("/today").text
    titles = re.findall(r'<p class="t"><bdi>([^<]+)</bdi></p><p class="small dim">(?:Part read|Clear)', page)
    assert len(set(titles)) < len(titles)
    assert f", {len(set(titles))} readings. " in page


def test_what_waits_is_told_with_today_s_recall_and_not_with_that_of_its_own_day(
    client: FlaskClient, submit: Submit, clock: Clock, learner_id: LearnerId
) -> None:
    assert submit(first(client, "done"), on="/today", rating="3", key="a-form-key").status_code == 303
    told = []
    for _ in range(70):
        clock.advance(days=1)
        with client.application.test_request_context("/", method="POST"), writing() as session:
            planning.replan(session, learner_id, now=clock.now)
        told += re.findall(r'Recall is at <b>(\d+)[^"]+"small nw" href="(/readings/\d+)"', client.get("/today").text)
    recall, reading = told[-1]
    assert recall < told[0][0], "it has been waiting"
    assert f"Recall is at <b>{recall}" in client.get(reading).text


def test_a_reading_s_page_draws_its_recall_until_the_end_of_the_plan(
    client: FlaskClient, submit: Submit, learner_id: LearnerId
) -> None:
    assert learner_id
    page = client.get("/today").text
    reading = re.findall(r'"small nw" href="(/readings/\d+)"', page)[0]
    unread = client.get(reading).text
    assert re.search(r"Recall over time: not read yet, \d+ times more planned, \d+.% expected on 24 April", unread)
    assert submit(first(client, "done"), on="/today", rating="3", key="a-form-key").status_code == 303
    read = client.get(reading).text
    drawn = re.search(r"Recall over time: seen 1 time, (\d+) times more planned, (\d+.%) expected on 24 April", read)
    assert drawn
    told = re.search(
        r"On 24 April it is expected at <b>(\d+.%)</b> with the (\d+) reviews planned, and at <b>\d+", read
    )
    assert told
    assert (told[1], told[2]) == (drawn[2], drawn[1])
