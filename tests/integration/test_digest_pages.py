"""The digest's pages: the wish, the preview, one now; unsubscription without a session; the outbox of a laptop."""

import io
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

import desk
from desk import Desk
from kit import Clock, SignUp, Submit
from studyplan.domain.catalog import LearnerId
from studyplan.publish.links import Links
from studyplan.publish.outbox import FolderMailer
from studyplan.services import accounts, bounces, letters, planning
from studyplan.settings import Settings
from studyplan.store import accounts as account_store
from studyplan.store import deliveries, learners, suppressions

WISH = {"kind": "daily", "weekday": "4", "at": "19:05", "paused_until": "2026-12-24"}


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock, FolderMailer(settings.data_dir / "outbox")) as opened:
        yield opened


@pytest.fixture
def unsubscribe_path(settings: Settings) -> Callable[[int], str]:
    links = Links.of(settings)
    return lambda learner_id: links.unsubscribe(LearnerId(learner_id)).removeprefix(settings.site)


def wish_of(at_desk: Desk, learner_id: LearnerId) -> tuple[str, int, int]:
    with at_desk.context.reading() as session:
        wish = learners.get_learner(session, learner_id).digest
    return wish.kind, wish.weekday, wish.minute


def test_the_wish_is_stored_and_shown_again(
    sign_up: SignUp, submit: Submit, client: FlaskClient, at_desk: Desk
) -> None:
    learner_id = sign_up()
    assert submit("/settings/digest", **WISH).status_code == 303
    assert wish_of(at_desk, learner_id) == ("daily", 4, 19 * 60 + 5)
    assert 'value="19:05"' in client.get("/settings/digest").text


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "hourly"), ("weekday", "9"), ("at", "25:00"), ("paused_until", "2099-01-01")]
)
def test_a_wish_that_cannot_be_is_refused_beside_its_field(
    sign_up: SignUp, submit: Submit, at_desk: Desk, field: str, value: str
) -> None:
    learner_id = sign_up()
    response = submit("/settings/digest", **{**WISH, field: value})
    assert response.status_code == 422
    assert 'class="err"' in response.text
    assert wish_of(at_desk, learner_id)[0] == "weekly"


def test_one_can_be_sent_now_and_what_became_of_it_is_told(
    sign_up: SignUp, submit: Submit, client: FlaskClient, at_desk: Desk, clock: Clock
) -> None:
    learner_id = sign_up()
    with at_desk.context.writing() as session:
        accounts.mark_confirmed(session, learner_id, now=clock.now)
    for _ in range(2):
        assert submit("/settings/digest/now", on="/settings/digest").status_code == 303
    at_desk.tick()
    assert [kind for kind, _ in at_desk.states()].count("test") == 1
    assert "that you asked for" in client.get("/settings/digest").text


def test_the_preview_is_the_mail_in_a_frame_that_can_do_nothing(at_desk: Desk, client: FlaskClient) -> None:
    learner_id = at_desk.add_learner()
    sign_in(at_desk, client, learner_id)
    response = client.get("/settings/digest/preview")
    assert "minutes this week" in response.text
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
    )


def test_links_of_a_digest_act_however_long_ago_their_readings_fell_due(
    at_desk: Desk, client: FlaskClient, clock: Clock
) -> None:
    learner_id = at_desk.add_learner()
    clock.advance(days=50)
    with at_desk.context.writing() as session:
        planning.replan(session, learner_id, now=clock.now)
    with at_desk.context.reading() as session:
        mail = letters.preview(session, learner_id, at_desk.context.settings, now=clock.now)
    links = [urlsplit(link).path for link in re.findall(r"https?://\S+/r/\S+", mail.text)]
    assert links
    clock.advance(days=34)
    assert {client.get(path).status_code for path in links} == {200}


def test_without_a_plan_the_preview_says_so(sign_up: SignUp, client: FlaskClient) -> None:
    sign_up()
    assert "There is no plan yet" in client.get("/settings/digest/preview").text


def come_back(at_desk: Desk, kind: str, detail: str) -> None:
    """Let a mail to Ada come back."""
    with at_desk.context.writing() as session:
        bounces.note_bounce(session, "ada@example.org", kind, detail, now=at_desk.context.now())


def confirm(at_desk: Desk, learner_id: LearnerId) -> None:
    with at_desk.context.writing() as session:
        account_store.confirm(session, learner_id, now=at_desk.context.now())


def test_mail_that_bounced_can_be_allowed_again(
    sign_up: SignUp, submit: Submit, client: FlaskClient, at_desk: Desk
) -> None:
    sign_up()
    come_back(at_desk, bounces.HARD, "no such user")
    assert "Nothing is sent to ada@example.org" in client.get("/settings/digest").text
    submit("/settings/digest/address", on="/settings/digest")
    assert "Nothing is sent" not in client.get("/settings/digest").text


def test_a_complaint_is_taken_back_by_nobody_who_has_not_confirmed_the_address(
    sign_up: SignUp, submit: Submit, client: FlaskClient, at_desk: Desk
) -> None:
    learner_id = sign_up()
    come_back(at_desk, bounces.COMPLAINT, "abuse")
    assert submit("/settings/digest/address", on="/settings/digest").status_code == 409
    assert "Nothing is sent to ada@example.org: complaint: abuse" in client.get("/settings/digest").text
    confirm(at_desk, learner_id)
    submit("/settings/digest/address", on="/settings/digest")
    assert "Nothing is sent" not in client.get("/settings/digest").text


def test_a_second_one_within_a_minute_is_not_announced(
    sign_up: SignUp, submit: Submit, client: FlaskClient, at_desk: Desk
) -> None:
    confirm(at_desk, sign_up())
    for said in ("is on its way to ada@example.org.", "is on its way to ada@example.org already."):
        submit("/settings/digest/now", on="/settings/digest")
        assert said in client.get("/settings/digest").text


def test_looking_at_the_unsubscription_changes_nothing_and_posting_needs_no_session(
    sign_up: SignUp, app: Flask, at_desk: Desk, unsubscribe_path: Callable[[int], str]
) -> None:
    learner_id = sign_up()
    stranger, path = app.test_client(), unsubscribe_path(learner_id)
    for _ in range(3):
        assert stranger.get(path).status_code == stranger.head(path).status_code == 200
    assert wish_of(at_desk, learner_id)[0] == "weekly"
    assert "No more digests?" in stranger.get(path).text
    for _ in range(2):
        response = stranger.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mx.example"})
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers
    assert wish_of(at_desk, learner_id)[0] == "off"
    assert "None will be sent from now on" in stranger.get(path).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_made_up_unsubscription_is_not_found(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/unsubscribe/AQAAAAGmadeup").status_code == 404


def test_the_outbox_is_shown_to_the_machine_itself_only(at_desk: Desk, client: FlaskClient, clock: Clock) -> None:
    at_desk.add_learner()
    clock.advance(days=5)
    at_desk.tick()
    listed = client.get("/dev/mail").text
    name = listed.partition("/dev/mail/")[2].partition('"')[0]
    assert "/unsubscribe/" in client.get(f"/dev/mail/{name}").text
    assert "sandbox" in client.get(f"/dev/mail/{name}/html").headers["Content-Security-Policy"]
    assert client.get("/dev/mail/nothing").status_code == 404
    for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 proxy"}):
        assert client.get("/dev/mail", headers=headers).status_code == 404
    assert client.get("/dev/mail", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


@pytest.mark.parametrize("changed", [{"smtp_url": "smtp://127.0.0.1:1"}, {"base_url": "https://study.example.org"}])
def test_the_outbox_is_not_there_on_a_real_site(
    settings: Settings, make_app: Callable[[Settings], Flask], changed: dict[str, str]
) -> None:
    client = make_app(settings.model_validate(settings.model_dump() | changed)).test_client()
    host = "study.example.org" if "base_url" in changed else "localhost"
    assert client.get("/dev/mail", headers={"Host": host}).status_code == 404


def test_a_report_counts_only_for_a_mail_of_ours(at_desk: Desk, clock: Clock) -> None:
    learner_id = at_desk.add_learner()
    clock.advance(days=5)
    at_desk.tick()
    sent = at_desk.deliveries(learner_id)[0].message_id
    links = Links.of(at_desk.context.settings)
    with at_desk.context.writing() as session:
        forged = bounces.take_in(session, report("<forged@example.org>"), links, now=clock.now)
        assert "ignored" in forged[0]
        assert suppressions.find_suppression(session, "ada@example.org") is None
        told = bounces.take_in(session, report(sent), links, now=clock.now)
        assert "nothing is sent there any more" in told[0]
        assert suppressions.find_suppression(session, "ada@example.org") is not None
        assert not deliveries.is_ours(session, learner_id, "")


def test_reports_are_taken_in_by_post_from_who_knows_the_address(
    at_desk: Desk, client: FlaskClient, clock: Clock, logged: io.StringIO
) -> None:
    learner_id = at_desk.add_learner()
    clock.advance(days=5)
    at_desk.tick()
    sent = at_desk.deliveries(learner_id)[0].message_id
    path = urlsplit(Links.of(at_desk.context.settings).bounces()).path
    told = {"address": "ada@example.org", "kind": "hard", "message_id": "<forged@example.org>", "detail": "550 no"}
    assert "ignored" in client.post(path, json=told).text
    odd = client.post(path, json=[told | {"kind": "odd"}])
    assert (odd.status_code, odd.mimetype, "“odd” as “kind”" in odd.text) == (422, "text/plain", True)
    assert client.post(path[:-1], json=told).status_code == 404
    for _ in range(2):
        assert "nothing is sent there any more" in client.post(path, json=[told | {"message_id": sent}]).text
    assert client.post(path, data=report(sent), content_type="message/rfc822").status_code == 200
    assert client.post(path, data=b"Subject: hello\n\n").text.startswith("This is no bounce")
    with at_desk.context.reading() as session:
        assert suppressions.find_suppression(session, "ada@example.org") == "hard bounce: 550 no"
    assert path.rpartition("/")[2] not in logged.getvalue()


def test_a_mail_with_the_signed_token_unsubscribes(
    at_desk: Desk, clock: Clock, unsubscribe_path: Callable[[int], str]
) -> None:
    learner_id = at_desk.add_learner()
    links, token = Links.of(at_desk.context.settings), unsubscribe_path(learner_id).rpartition("/")[2]
    with at_desk.context.writing() as session:
        for asked, told in ((token, "unsubscribed a learner"), ("AQAAmadeup", "ignored")):
            done = bounces.take_in(session, f"Subject: unsubscribe {asked}\n\n".encode(), links, now=clock.now)
            assert done[0].startswith(told)
    assert wish_of(at_desk, learner_id)[0] == "off"


def sign_in(at_desk: Desk, client: FlaskClient, learner_id: LearnerId) -> None:
    with at_desk.context.writing() as session:
        accounts.start_session(session, learner_id, "secret", agent="Test browser", now=at_desk.context.now())
    with client.session_transaction() as cookie:
        cookie.update(learner=learner_id, secret="secret")


def report(message_id: str) -> bytes:
    """Return a report that a mail to Ada came back."""
    return f"""Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
To: ada@example.org

--b--
""".encode()


def test_an_old_link_never_unsubscribes_somebody_else(
    sign_up: SignUp, app: Flask, at_desk: Desk, unsubscribe_path: Callable[[int], str]
) -> None:
    gone = sign_up()
    with at_desk.context.writing() as session:
        accounts.delete_account(session, gone, now=at_desk.context.now())
    newcomer = sign_up("bob@example.org")
    assert newcomer != gone
    app.test_client().post(unsubscribe_path(gone))
    assert wish_of(at_desk, newcomer)[0] == "weekly"


def test_every_page_that_a_digest_links_to_is_there(
    at_desk: Desk, app: Flask, client: FlaskClient, settings: Settings
) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        accounts.start_session(session, learner_id, "secret", agent="Test", now=at_desk.context.now())
        mail = letters.preview(session, learner_id, settings, now=at_desk.context.now())
    with client.session_transaction() as cookie:
        cookie.update(learner=learner_id, secret="secret")
    links = set(re.findall(rf'href="{settings.site}(/[^"]*)"', mail.html))
    assert len(links) > 4
    assert {path: client.get(path).status_code for path in links} == dict.fromkeys(links, 200)
