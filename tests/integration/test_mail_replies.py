"""Odd replies of a mail server, its time, and addresses beyond ASCII."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import smtp_sink
from smtp_sink import Script
from studyplan.domain.deliveries import Answer, Fate
from studyplan.publish.mail import Mail, Mailer, SmtpMailer
from studyplan.publish.outbox import FolderMailer

NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
SECONDS = 0.5
MAIL = Mail(
    message_id="<d1@study.example.org>",
    sender="Łódź Studyplan <study@example.org>",
    recipient="ada@example.org",
    subject="Your week",
    text="Hello",
    html="<p>Hello</p>",
)


@contextmanager
def opened(url: str) -> Iterator[SmtpMailer]:
    mailer = SmtpMailer(url, seconds=SECONDS)
    yield mailer
    mailer.close()


def once(stage: str, answer: str) -> Script:
    """Return a script that answers so the first time."""
    answers = [answer]
    return lambda at, _said: answers.pop() if at == stage and answers else None


def timed(mailer: Mailer) -> tuple[Answer, float]:
    begun = time.monotonic()
    return mailer.send(MAIL, now=NOW), time.monotonic() - begun


@pytest.mark.parametrize("told", ["drip 250-scanning\r\n", "drip 2"], ids=["lines", "one line"])
@pytest.mark.parametrize(
    ("stage", "fate"), [("connect", Fate.UNREACHABLE), ("rcpt", Fate.LATER), ("end", Fate.UNKNOWN)]
)
def test_a_server_that_goes_on_talking_has_no_more_time_than_one_mail_may_take(
    stage: str, told: str, fate: Fate
) -> None:
    with smtp_sink.running(once(stage, told)) as sink, opened(sink.url) as mailer:
        answer, seconds = timed(mailer)
        assert answer.fate is fate
        assert "timed out" in answer.detail
        assert seconds < 1.5 * SECONDS
        assert mailer.send(MAIL, now=NOW).fate is Fate.TAKEN


def test_a_reply_without_end_is_not_read_to_its_end() -> None:
    with smtp_sink.running(once("end", 200 * "250-more\r\n" + "250 taken")) as sink, opened(sink.url) as mailer:
        answer = mailer.send(MAIL, now=NOW)
        assert answer.fate is Fate.UNKNOWN
        assert "more than 100 lines" in answer.detail
        assert mailer.send(MAIL, now=NOW).fate is Fate.TAKEN


@contextmanager
def resolved(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> Iterator[None]:
    """Let every name stand for these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    with monkeypatch.context() as patch:
        real = socket.getaddrinfo
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **named: found if host == "mail.example" else real(host, *rest, **named),
        )
        yield


@contextmanager
def deaf(port: int, *hosts: str) -> Iterator[None]:
    """Hold addresses that take no connection and refuse none."""
    with ExitStack() as held:
        for host in hosts:
            held.enter_context(socket.create_server((host, port), backlog=0))
            for _ in range(2):
                waiting = held.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((host, port))
        yield


def test_the_addresses_of_a_host_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_sink.running() as sink, deaf(sink.port, "127.0.0.2", "127.0.0.3"):
        url = f"smtp://mail.example:{sink.port}"
        silent = [(host, sink.port) for host in ("127.0.0.2", "127.0.0.3")]
        with resolved(monkeypatch, *silent), opened(url) as mailer:
            answer, seconds = timed(mailer)
            assert answer.fate is Fate.UNREACHABLE
            assert seconds < 1.5 * SECONDS
        with resolved(monkeypatch, *silent, ("127.0.0.1", sink.port)), opened(url) as mailer:
            answer, seconds = timed(mailer)
            assert answer.fate is Fate.TAKEN
            assert seconds < SECONDS


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ("mail", "oops not smtp"),
        ("rcpt", "oops not smtp"),
        ("rcpt", "354 go on"),
        ("rcpt", "150 eh"),
        ("data", "oops not smtp"),
        ("data", "250 ok"),
    ],
)
def test_what_is_no_answer_to_a_command_fails_no_mail_and_ends_the_connection(
    stage: str, told: str, *, pipelines: bool
) -> None:
    connects: list[str] = []
    answers = once(stage, told)

    def script(at: str, words: str) -> str | None:
        connects.extend([at] if at == "connect" else [])
        return answers(at, words)

    with smtp_sink.running(script) as sink, opened(sink.url) as mailer:
        sink.pipelines = pipelines
        assert mailer.send(MAIL, now=NOW) == Answer(fate=Fate.LATER, detail=told if told[0] != "o" else "-1 not smtp")
        assert sink.mails == []
        assert mailer.send(MAIL, now=NOW).fate is Fate.TAKEN
        assert len(connects) == 2
        assert len(sink.mails) == 1


@pytest.mark.parametrize("takes_all_letters", [True, False])
def test_an_international_domain_is_said_in_ascii_to_every_server(*, takes_all_letters: bool) -> None:
    said: list[str] = []

    def script(stage: str, words: str) -> str | None:
        said.extend([words] if stage in {"mail", "rcpt"} else [])
        return None

    with smtp_sink.running(script) as sink, opened(sink.url) as mailer:
        sink.takes_all_letters = takes_all_letters
        mail = replace(MAIL, recipient="joerg@straße.bücher.de")
        assert mailer.send(mail, now=NOW).fate is Fate.TAKEN
        assert said == ["mail FROM:<study@example.org>", "joerg@xn--strae-oqa.xn--bcher-kva.de"]
        assert b"\r\nTo: joerg@xn--strae-oqa.xn--bcher-kva.de\r\n" in sink.mails[0]


def test_a_name_beyond_ascii_goes_only_to_a_server_that_takes_it() -> None:
    stages: list[str] = []

    def script(stage: str, words: str) -> str | None:
        stages.append(words if stage in {"mail", "rcpt"} else stage)
        return None

    mail = replace(MAIL, recipient="jörg@bücher.de")
    with smtp_sink.running(script) as sink, opened(sink.url) as mailer:
        answer = mailer.send(mail, now=NOW)
        assert (answer.fate, answer.bounce, answer.of_the_server) == (Fate.REFUSED, "hard", Fate.TAKEN)
        assert "SMTPUTF8" in answer.detail
        assert stages == ["connect"]
        assert mailer.send(MAIL, now=NOW).fate is Fate.TAKEN
        assert stages.count("connect") == 1
    with smtp_sink.running(script) as sink, opened(sink.url) as mailer:
        sink.takes_all_letters = True
        assert mailer.send(mail, now=NOW).fate is Fate.TAKEN
        assert stages[-4:] == ["mail FROM:<study@example.org> SMTPUTF8", "jörg@bücher.de", "data", "end"]
        assert "\r\nTo: jörg@bücher.de\r\n".encode() in sink.mails[0]


def test_a_mail_that_cannot_be_written_is_answered_not_raised(tmp_path: Path) -> None:
    mail = replace(MAIL, sender="S <study@bücher.example>")
    with smtp_sink.running() as sink, opened(sink.url) as mailer:
        for way in (mailer, FolderMailer(tmp_path)):
            answer = way.send(mail, now=NOW)
            assert answer.fate is Fate.LATER
            assert answer.detail.startswith("the mail cannot be written: ")
        assert mailer.send(MAIL, now=NOW).fate is Fate.TAKEN


def test_a_mail_server_without_a_name_is_out_of_reach() -> None:
    with opened("smtp://") as mailer:
        assert mailer.send(MAIL, now=NOW) == Answer(fate=Fate.UNREACHABLE, detail="not connected")
