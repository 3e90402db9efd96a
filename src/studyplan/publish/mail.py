"""Mails as bytes, and the way they go to a mail server."""

import binascii
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

import idna

from studyplan.domain.deliveries import Answer, Fate, bounce_of_reply
from studyplan.publish.smtp import FAULTS, Connection, connected, said, words

SECONDS_PER_MAIL = 20.0
LONGEST_PLAIN = 66
LONGEST_LINE = 998
_TEXT, _END = "data", "."
_GO_ON, _GOING = 354, 421
"""A server's replies: that the text may follow, and that it hangs up."""
_NO_OTHER_LETTERS = "5.1.3 the mail server takes no address with letters beyond ASCII before the @ (SMTPUTF8)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One mail with its two twins. `headers` are ASCII, as they are to be written, with line feeds where they fold."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def route(self) -> str:
        """The recipient's address as mail servers read it: ASCII where its domain alone goes beyond (RFC 5890)."""
        person, _, domain = self.recipient.rpartition("@")
        if domain.isascii() or not person.isascii():
            return self.recipient
        return f"{person}@{idna.encode(domain, uts46=True).decode()}"

    def as_bytes(self, now: datetime) -> bytes:
        """Return the mail as it is sent; ValueError where that cannot be."""
        boundary = hashlib.sha256(self.message_id.encode()).hexdigest()[:32]
        head = (
            ("From", _address(self.sender)),
            ("To", self.route),
            ("Subject", self.subject if _is_plain(self.subject) else Header(self.subject, "utf-8", 76).encode()),
            ("Date", format_datetime(now)),
            ("Message-ID", self.message_id),
            *self.headers,
            ("MIME-Version", "1.0"),
            ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
        )
        lines = [f"{name}: {value}" for name, value in head]
        for kind, body in (("plain", self.text), ("html", without_other_letters(self.html))):
            encoding, encoded = ("7bit", body) if _is_7bit(body) else ("quoted-printable", quoted(body))
            lines += ["", f"--{boundary}", f'Content-Type: text/{kind}; charset="utf-8"']
            lines += [f"Content-Transfer-Encoding: {encoding}", "", encoded]
        lines += [f"--{boundary}--", ""]
        return "\n".join(lines).replace("\n", "\r\n").encode("utf-8")


Meanwhile = Callable[[], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A server's reply to a command, as the fate of what was asked: unknown where it is no answer to that."""

    code: int
    text: str
    fate: Fate

    @property
    def words(self) -> str:
        """The reply in one line."""
        return f"{self.code} {self.text}"

    @property
    def ends_talk(self) -> bool:
        """Whether nothing can be asked after it: the server hangs up, or is out of step."""
        return self.code == _GOING or self.fate is Fate.UNKNOWN


def nothing() -> None:
    """Do nothing while a server takes a mail."""


class Mailer(Protocol):
    """A way for mails. It never raises: the answer says what became of one."""

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:
        """Hand one mail over; where that takes time, `meanwhile` is called in it."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class SmtpMailer:
    """Talks to a mail server over one connection that is used again."""

    def __init__(self, url: str, *, seconds: float = SECONDS_PER_MAIL) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds
        self._smtp: Connection | None = None

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:
        """Hand one mail over. A connection that the server has given up in the meantime is made anew once, in time."""
        try:
            data = mail.as_bytes(now)
        except ValueError as error:
            return unwritten(error)
        was_open = self._smtp is not None
        deadline = time.monotonic() + self._seconds
        answer = self._try(mail, data, deadline, meanwhile)
        has_time = deadline - time.monotonic() > self._seconds / 2
        if was_open and self._smtp is None and answer.fate is Fate.LATER and has_time:
            answer = self._try(mail, data, deadline, meanwhile)
        return answer

    def close(self) -> None:
        """Say good-bye."""
        if self._smtp is not None:
            try:
                self._smtp.deadline = time.monotonic() + self._seconds
                self._smtp.quit()
            except FAULTS:
                self._smtp.close()
            self._smtp = None

    def _try(self, mail: Mail, data: bytes, deadline: float, meanwhile: Meanwhile) -> Answer:
        try:
            smtp = self._smtp = self._smtp or connected(self._url, deadline)
        except FAULTS as error:
            return Answer(fate=Fate.UNREACHABLE, detail=words(error))
        if not mail.route.isascii() and not smtp.has_extn("smtputf8"):
            return Answer(fate=Fate.REFUSED, detail=_NO_OTHER_LETTERS, bounce="hard")
        smtp.deadline = deadline
        handed_over = False
        try:
            replies = _ask(smtp, _envelope(smtp, mail))
            refused = next((n for n, reply in enumerate(replies) if reply.fate is not Fate.TAKEN), None)
            if refused is not None:
                self._start_anew(smtp, replies[-1])
                return _refusal(replies[refused], about_recipient=refused == 1)
            handed_over = True
            smtp.send(data.replace(b"\n.", b"\n..") + b".\r\n")
            meanwhile()
            reply = _heard(smtp, _END)
        except FAULTS as error:
            self._drop()
            return Answer(fate=Fate.UNKNOWN if handed_over else Fate.LATER, detail=words(error))
        if reply.fate is Fate.TAKEN:
            return Answer(fate=Fate.TAKEN, detail=reply.text)
        self._start_anew(smtp, reply)
        return Answer(fate=reply.fate, detail=reply.words)

    def _start_anew(self, smtp: Connection, last: Reply) -> None:
        """Leave the connection fit for the next mail after a refusal, or drop it."""
        try:
            if last.fate is Fate.TAKEN:  # the text may follow: its end alone does, which is refused
                last = _ask(smtp, (_END,))[-1]
            is_fit = not last.ends_talk and _ask(smtp, ("rset",))[-1].fate is Fate.TAKEN
        except FAULTS:
            is_fit = False
        if not is_fit:
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def unwritten(error: ValueError) -> Answer:
    """Return the answer to a mail that cannot be written as bytes."""
    return Answer(fate=Fate.LATER, detail=f"the mail cannot be written: {error}")


def without_other_letters(html: str) -> str:
    """Return HTML whose letters beyond ASCII are written as references."""
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")


def quoted(body: str) -> str:
    """Return a text as quoted-printable writes it, whatever its line ends are."""
    return binascii.b2a_qp(body.replace("\r\n", "\n").encode("utf-8"), istext=True).decode("ascii")


def quoted_size(body: str) -> int:
    """Return how many bytes a text takes as quoted-printable at most, without writing it so."""
    size = len(body.encode("utf-8"))
    beyond_ascii = 2 * (size - len(body))
    return int(1.04 * (size + 2 * (body.count("=") + beyond_ascii))) + body.count("\n")


def _ask(smtp: Connection, commands: Sequence[str]) -> list[Reply]:
    """Return the replies: all of them where commands can be sent at once (RFC 2920), else up to a refusal."""
    replies: list[Reply] = []
    at_once = len(commands) if smtp.has_extn("pipelining") else 1
    for position, command in enumerate(commands):
        if position % at_once == 0:
            smtp.send("".join(f"{command}\r\n" for command in commands[position : position + at_once]))
        replies.append(_heard(smtp, command))
        if replies[-1].ends_talk or (at_once == 1 and replies[-1].fate is not Fate.TAKEN):
            break
    return replies


def _heard(smtp: Connection, command: str) -> Reply:
    """Return the reply to a command: only 354 lets a text follow, only a 5xx refuses for good."""
    code, text = smtp.getreply()
    is_yes = code == _GO_ON if command == _TEXT else code // 100 == 2
    no = {4: Fate.LATER, 5: Fate.REFUSED}.get(code // 100, Fate.UNKNOWN)
    return Reply(code=code, text=said(text), fate=Fate.TAKEN if is_yes else no)


def _refusal(reply: Reply, *, about_recipient: bool) -> Answer:
    """Return what becomes of a mail whose text was not sent: it was not taken, whatever else was said."""
    fate = Fate.REFUSED if reply.fate is Fate.REFUSED else Fate.LATER
    bounce = bounce_of_reply(reply.code, reply.words) if about_recipient and reply.fate is not Fate.UNKNOWN else ""
    return Answer(fate=fate, detail=reply.words, bounce=bounce)


def _envelope(smtp: Connection, mail: Mail) -> tuple[str, str, str]:
    """Return what is said before the text."""
    sender = bare_address(mail.sender)
    if not (sender + mail.route).isprintable():
        raise ValueError("an address holds what cannot be printed")
    is_plain = mail.route.isascii()
    smtp.command_encoding = "ascii" if is_plain else "utf-8"
    options = "" if is_plain else " SMTPUTF8"
    return f"mail FROM:<{sender}>{options}", f"rcpt TO:<{mail.route}>", _TEXT


@cache
def _address(text: str) -> str:
    return formataddr(parseaddr(text))


@cache
def bare_address(text: str) -> str:
    """Return the address in a text such as 'Studyplan <study@example.org>'."""
    return parseaddr(text)[1]


def _is_7bit(body: str) -> bool:
    """Say whether a body can be written as it is (RFC 5322: lines of 998 characters at most)."""
    return body.isascii() and "\r" not in body and max(map(len, body.split("\n"))) <= LONGEST_LINE


def _is_plain(text: str) -> bool:
    """Say whether a header can be written as it is, in one line."""
    return text.isascii() and text.isprintable() and len(text) <= LONGEST_PLAIN
