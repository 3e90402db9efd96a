"""Mails as bytes, and digests in words."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studyplan.domain.deliveries import Kind
from studyplan.domain.learner import DigestWish
from studyplan.domain.plan import FinishRange, RecallForecast
from studyplan.publish.digest import Day, Digest, Done, Entry, Outlook, Question, cut
from studyplan.publish.mail import Mail, quoted, quoted_size
from studyplan.publish.outbox import MOST_LISTED, FolderMailer, list_mails
from studyplan.publish.twins import render

NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
MAIL = Mail(
    message_id="<d1@study.example.org>",
    sender="Łódź Studyplan <study@example.org>",
    recipient="ada@example.org",
    subject="Your week: 117 minutes",
    text="Hello\n.\nFrom here on\n",
    html="<p>Hello</p>",
    headers=(("List-Id", "Digests <digests.study.example.org>"),),
)
LINKS = {name: f"https://study.example.org/{name}" for name in ("today", "plan", "away", "settings", "unsubscribe")}
ENTRY = Entry(
    title="Evolution Strategies", why="Review", minutes=6, length="6 min", url="https://study.example.org/r/x"
)
DIGEST = Digest(
    kind=Kind.WEEKLY,
    wish=DigestWish(kind="weekly", weekday=0, minute=7 * 60),
    zone_name="Europe/Berlin",
    today=date(2026, 11, 30),
    days=(Day(on=date(2026, 12, 1), entries=(ENTRY,) * 4, minutes=24),),
    done=Done(since_on=date(2026, 11, 23), minutes=123, budget=120, finished=2),
    plan=Outlook(
        left_out=0,
        left=12,
        finish=FinishRange(early_on=date(2027, 2, 13), expected_on=date(2027, 2, 20), late_on=date(2027, 2, 27)),
        last_finish_on=date(2027, 2, 18),
        recall=RecallForecast(expected=0.71, low=0.63, high=0.76),
        horizon_on=date(2027, 6, 1),
    ),
    question=Question(text="What does it sample?", title="Evolution Strategies", url="https://study.example.org/x"),
)


def parsed(mail: Mail) -> EmailMessage:
    return message_from_bytes(mail.as_bytes(NOW), policy=policy.default)


def bodies(mail: Mail) -> tuple[str, str]:
    text, html = (parsed(mail).get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return _plain(text.get_content()), _plain(html.get_content())


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def test_a_mail_says_who_to_whom_when_and_in_two_ways() -> None:
    message = parsed(MAIL)
    assert not message.defects
    assert message["From"] == "Łódź Studyplan <study@example.org>"
    assert (message["To"], message["Subject"]) == ("ada@example.org", "Your week: 117 minutes")
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Message-ID"] == "<d1@study.example.org>"
    assert message.get_content_type() == "multipart/alternative"
    assert bodies(MAIL) == ("Hello\n.\nFrom here on", "<p>Hello</p>")


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=3000), st.text(max_size=200))
@example(text="x" * 999, subject="one line beyond what mail servers take")
def test_whatever_the_words_a_mail_is_ascii_in_short_lines_and_reads_back(text: str, subject: str) -> None:
    subject = " ".join(subject.encode("utf-8", "ignore").decode().split())
    mail = replace(MAIL, text=text, html=text, subject=subject)
    data = mail.as_bytes(NOW)
    assert data.isascii()
    assert all(len(line) <= 998 for line in data.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    plain, html = bodies(mail)
    assert plain == text.rstrip("\n")
    assert html == text.rstrip("\n").encode("ascii", "xmlcharrefreplace").decode()
    assert len(quoted(text)) <= quoted_size(text) + 8


def test_both_twins_say_the_same_and_carry_the_same_links() -> None:
    text, html = render("digest", {"digest": DIGEST, "links": LINKS})
    for words in (
        "24 minutes this week",
        "Last week you studied 123 of 120 minutes and finished 2 new readings.",
        "Evolution Strategies",
        "What does it sample?",
        "2 days later than in the last digest",
        "You asked for this on Mondays at 7:00, Europe/Berlin.",
    ):
        assert words.lower() in html.lower()
        assert words.lower() in text.lower()
    for link in (*LINKS.values(), ENTRY.url, "https://study.example.org/x"):
        assert link in text
        assert f'href="{link}"' in html


def test_the_html_has_its_styles_inline_and_dark_ones_in_one_place() -> None:
    html = render("digest", {"digest": DIGEST, "links": LINKS})[1]
    assert html.count("@media (prefers-color-scheme:dark)") == 1
    assert '<h1 style="' in html
    assert "<img" not in html
    assert "kept-" not in html


def test_a_title_is_a_text_in_html_too() -> None:
    entry = replace(ENTRY, title="<b>{{ 7 * 7 }}</b> & kept-1-value")
    digest = replace(DIGEST, days=(replace(DIGEST.days[0], entries=(entry,)),))
    html = render("digest", {"digest": digest, "links": LINKS})[1]
    assert "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt; &amp; kept-1-value" in html


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": Kind.DAILY, "wish": DigestWish(kind="daily", weekday=0, minute=1145)}, "every day at 19:05"),
        ({"kind": Kind.MONTHLY}, "once a month, at 7:00"),
        ({"kind": Kind.TEST}, "You asked for this one just now."),
    ],
)
def test_each_kind_says_why_it_came(changed: dict[str, object], said: str) -> None:
    assert said in replace(DIGEST, **changed).why_sent  # type: ignore[arg-type]


def test_a_daily_digest_speaks_of_today_and_yesterday() -> None:
    daily = replace(DIGEST, kind=Kind.DAILY)
    assert daily.subject == "Today: 24 minutes"
    assert daily.heading == "Monday 30 November"
    assert daily.did.startswith("Yesterday")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"left": 0}, "Everything on your tracks is read; reviews keep it."),
        ({"left": 0, "recall": RecallForecast(expected=0, low=0, high=0)}, "You are on no track."),
        ({"left": 0, "left_out": 3}, "No reading that is left fits into your minutes: 3 are left out."),
        ({"left": 0, "left_out": 1}, "No reading that is left fits into your minutes: 1 is left out."),
        (
            {"left_out": 3, "last_finish_on": None},
            "The 12 readings planned are read by 13⁠–⁠27 February; 3 more do not fit.",
        ),
        ({"left": 1, "last_finish_on": None}, "The last reading is read by 13⁠–⁠27 February."),
        ({"last_finish_on": date(2027, 2, 20)}, "The 12 readings left are read by 13⁠–⁠27 February, as before."),
        ({"last_finish_on": date(2027, 2, 21)}, "1 day earlier than in the last digest."),
        (
            {"finish": FinishRange(early_on=date(2027, 2, 13), expected_on=None, late_on=None)},
            "The 12 readings left may not all be read in time at this pace.",
        ),
    ],
)
def test_the_finish_is_told_with_how_it_moved(plan: dict[str, object], said: str) -> None:
    assert replace(DIGEST, plan=replace(DIGEST.plan, **plan)).outlook[0].endswith(said)  # type: ignore[arg-type]


def test_who_studies_on_days_off_studies_of_no_budget() -> None:
    done = Done(since_on=date(2026, 11, 23), minutes=12, budget=0, finished=0)
    assert replace(DIGEST, done=done).did == "Last week you studied 12 minutes."


def test_nothing_due_is_said_plainly() -> None:
    empty = replace(DIGEST, days=(), done=None)
    assert (empty.headline, empty.did) == ("Nothing is planned this week", "")
    assert empty.preheader == "The next digest comes when something is due."


def test_a_long_digest_is_cut_and_says_so() -> None:
    shorter = DIGEST.shortened()
    assert (len(shorter.days[0].entries), shorter.more) == (2, "And 2 more items.")
    assert shorter.shortened().shortened().more == "And 3 more items."
    assert len(cut("x" * 500)) == 160


def test_of_a_full_outbox_the_newest_mails_are_listed(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path)
    for number in range(MOST_LISTED + 3):
        mailer.send(replace(MAIL, message_id=f"<d{number}@study.example.org>"), now=NOW)
        os.utime(tmp_path / f"d{number}.eml", (number, number))
    listed = list_mails(tmp_path)
    assert [mail.name for mail in listed] == [f"d{number}" for number in range(MOST_LISTED + 2, 2, -1)]
