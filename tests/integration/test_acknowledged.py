"""What was done is said on the page that follows, once."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kit import AGREED, PASSWORD, SETTINGS, Clock, Submit
from studyplan.domain.catalog import LearnerId

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW_PASSWORD = {"present": PASSWORD, "password": "another quiet shelf of books"}
DIGEST = {"kind": "daily", "weekday": "0", "at": "07:00"}
DONE = (
    ("/settings", "/settings", {**SETTINGS, "d0": "25", **AGREED}, "165 minutes a week instead of 140: done."),
    ("/settings", "/settings", SETTINGS, "That is so already: nothing was changed."),
    ("/plan/change", "/plan?more=30", {"more": "30"}, "30 minutes a week more: done."),
    ("/settings/digest", "/settings/digest", DIGEST, "Stored: a digest every day."),
    ("/settings/digest/now", "/settings/digest", {}, "Nothing is sent to ada@example.org before you confirm it."),
    ("/settings/feeds", "/settings/feeds", {"name": "Reeder"}, "“Reeder” has an address now."),
    ("/account/browsers", "/account", {}, "All other browsers are signed out."),
    ("/account/password", "/account", NEW_PASSWORD, "Your new password is stored. All other browsers are signed out."),
    ("/account/delete", "/account", {"confirmation": PASSWORD}, "Your account is deleted, with everything in it."),
    ("/sign-out", "/account", {}, "You are signed out."),
)
FEED = {"kinds": "all", "lowest_tier": "1", "cap": "100", "event_at": "07:00"}


@pytest.fixture
def says(client: FlaskClient) -> Callable[[TestResponse], str]:
    """Follow a redirect and return what the page's toast says; loaded again, it says nothing."""

    def follow(answer: TestResponse) -> str:
        assert answer.status_code == 303
        toast = re.compile(r'<div id="toast"[^>]*role="status"[^>]*>(.*?)</div>', re.DOTALL)
        said, again = (toast.findall(client.get(answer.location).text)[0] for _ in range(2))
        assert not again
        return re.sub("<[^>]+>", "", said)

    return follow


@pytest.mark.parametrize("done", DONE, ids=[path for path, *_ in DONE])
def test_what_was_done_is_said_once(
    submit: Submit,
    says: Callable[[TestResponse], str],
    learner_id: LearnerId,
    done: tuple[str, str, dict[str, str], str],
) -> None:
    assert learner_id
    path, on, fields, said = done
    fields = FEED | fields if path == "/settings/feeds" else fields
    assert says(submit(path, on=on, **fields)) == said


def test_without_scripts_a_put_off_is_said_too(
    client: FlaskClient, submit: Submit, says: Callable[[TestResponse], str], learner_id: LearnerId, clock: Clock
) -> None:
    assert learner_id
    clock.advance(seconds=1)
    later = re.findall(r'action="(/occurrences/[^"]+/later)"', client.get("/today").text)[0]
    assert says(submit(later, on="/today", until="")) == "Left to the plan."
