"""What forms say of what cannot be: once, plainly, and beside the field that is wrong."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from kit import SETTINGS, Clock, Submit
from studyplan.domain.catalog import LearnerId

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DIGEST = {"kind": "weekly", "weekday": "0", "at": "07:00"}


def errors(page: str) -> dict[str, str]:
    """Return what a page says beside each field that is wrong."""
    return dict(re.findall(r'<p class="err" id="([^"]+)-error">([^<]*)</p>', page))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"d1": "-1"}, {"d1": "A day has 0 to 960 minutes."}),
        ({"d1": "much"}, {"d1": "Give a whole number, such as 30."}),
        ({"w5": "half"}, {"w5": "Give a number, such as 1.5."}),
        ({"w5": "sNaN"}, {"w5": "Give a number, such as 1.5."}),
        ({f"d{day}": "0" for day in range(7)}, {"d0": "Give at least one day 6 minutes or more."}),
    ],
)
def test_settings_blame_the_field_that_is_wrong_and_say_it_once(
    submit: Submit, learner_id: LearnerId, wrong: dict[str, str], said: dict[str, str]
) -> None:
    assert learner_id
    assert errors(submit("/settings", **(SETTINGS | wrong)).text) == said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("more=x", {"more": "Give a whole number, such as 30."}),
        ("more=601", {"more": "Give -600 to 600."}),
        ("until=soon", {"until": "Give a date, such as 2026-12-21."}),
    ],
)
def test_what_if_says_one_thing(client: FlaskClient, learner_id: LearnerId, query: str, said: dict[str, str]) -> None:
    assert learner_id
    assert errors(client.get(f"/plan?{query}").text) == said


@pytest.mark.parametrize("days", [0, -30])
def test_digests_are_not_paused_until_a_day_that_has_begun(
    client: FlaskClient, submit: Submit, learner_id: LearnerId, clock: Clock, days: int
) -> None:
    assert learner_id
    until = (clock.now + timedelta(days=days)).date().isoformat()
    answer = submit("/settings/digest", **DIGEST, paused_until=until)
    assert answer.status_code == 422
    assert errors(answer.text)["paused_until"].startswith("Choose a day after today")
    later = (clock.now + timedelta(days=2)).date().isoformat()
    assert submit("/settings/digest", **DIGEST, paused_until=later).status_code == 303
    clock.advance(days=3)
    assert f'value="{later}"' not in client.get("/settings/digest").text
    assert submit("/settings/digest", **DIGEST, paused_until="").status_code == 303


def test_a_break_of_last_month_is_listed_and_one_of_long_ago_refused(
    client: FlaskClient, submit: Submit, learner_id: LearnerId
) -> None:
    assert learner_id
    long_ago = submit("/plan/break", on="/plan", first_on="1900-01-01", last_on="1900-01-02")
    assert errors(long_ago.text) == {"last_on": "This was over a year ago. A break that long past changes nothing."}
    recent = {"first_on": "2026-10-20", "last_on": "2026-10-23", "agreed": "1"}
    assert submit("/plan/break", on="/plan", **recent).status_code == 303
    page = client.get("/plan").text
    assert "20 Oct – 23 Oct" in page
    assert 'action="/plan/break/2026-10-20/end"' in page
