"""Mails as bytes, and the way they go to a mail server."""

import binascii
import hashlib
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from studyplan.domain.canonical import clean_text
from studyplan.domain.deliveries import Answer, Fate, bounce_of_reply

SECONDS_PER_MAIL = 20.0
LONGEST_PLAIN = 66
LONGEST_LINE = 998
LONGEST_SAID = 500
_GO_ON, _GOING = 354, 421
"""A server's replies: that the text may follow, and that it hangs up."""
FAULTS = (OSError, smtplib.SMTPException, ValueError)
"""What goes wrong on the way; ValueError when an address of a server or its password cannot be said."""


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

    def as_bytes(self, now: datetime) -> bytes:
        """Return the mail as it is sent."""
        boundary = hashlib.sha256(self.message_id.encode()).hexdigest()[:32]
        head = (
            ("From", _address(self.sender)),
            ("To", self.recipient),
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
        self._smtp: smtplib.SMTP | None = None
        self._deadline = 0.0

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:
        """Hand one mail over. A connection that the server has given up in the meantime is made anew once, in time."""
        data = mail.as_bytes(now)
        was_open = self._smtp is not None
        self._deadline = time.monotonic() + self._seconds
        answer = self._try(mail, data, meanwhile)
        has_time = _left(self._deadline) > self._seconds / 2
        if was_open and self._smtp is None and answer.fate is Fate.LATER and has_time:
            answer = self._try(mail, data, meanwhile)
        return answer

    def close(self) -> None:
        """Say good-bye."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None

    def _try(self, mail: Mail, data: bytes, meanwhile: Meanwhile) -> Answer:
        try:
            smtp = self._smtp = self._smtp or _connect(self._url, self._deadline)
        except FAULTS as error:
            return Answer(fate=Fate.UNREACHABLE, detail=_words(error))
        handed_over = False
        try:
            replies = self._ask(smtp, _envelope(smtp, mail))
            refused = next((n for n, (code, _) in enumerate(replies) if code // 100 not in {2, 3}), None)
            if refused is not None:
                if replies[-1][0] == _GO_ON:  # no text follows: an end alone, which a server without recipient refuses
                    self._ask(smtp, (".",))
                return self._refused(*replies[refused], about_recipient=refused == 1)
            handed_over = True
            _limit(smtp, self._deadline)
            smtp.send(data.replace(b"\n.", b"\n..") + b".\r\n")
            meanwhile()
            _limit(smtp, self._deadline)
            code, text = smtp.getreply()
        except FAULTS as error:
            self._drop()
            return Answer(fate=Fate.UNKNOWN if handed_over else Fate.LATER, detail=_words(error))
        if code // 100 == 2:
            return Answer(fate=Fate.TAKEN, detail=_said(text))
        if code // 100 in {4, 5}:
            return self._refused(code, text, about_recipient=False)
        self._drop()  # no answer to a text: what follows would be taken for another's
        return Answer(fate=Fate.UNKNOWN, detail=f"{code} {_said(text)}")

    def _ask(self, smtp: smtplib.SMTP, commands: Sequence[str]) -> list[tuple[int, bytes]]:
        """Return the replies: all of them where commands can be sent at once (RFC 2920), else up to a refusal."""
        replies: list[tuple[int, bytes]] = []
        at_once = len(commands) if smtp.has_extn("pipelining") else 1
        for position, _ in enumerate(commands):
            _limit(smtp, self._deadline)
            if position % at_once == 0:
                smtp.send("".join(f"{command}\r\n" for command in commands[position : position + at_once]))
            replies.append(smtp.getreply())
            code = replies[-1][0]
            if code == _GOING or (at_once == 1 and code // 100 not in {2, 3}):
                break
        return replies

    def _refused(self, code: int, text: bytes, *, about_recipient: bool) -> Answer:
        """Return the answer that a refusal is, and leave the connection fit for the next mail."""
        if code == _GOING or self._smtp is None:
            self._drop()
        else:
            try:
                self._ask(self._smtp, ("rset",))
            except (OSError, smtplib.SMTPException):
                self._drop()
        words = f"{code} {_said(text)}"
        bounce = bounce_of_reply(code, words) if about_recipient else ""
        return Answer(fate=Fate.LATER if code // 100 == 4 else Fate.REFUSED, detail=words, bounce=bounce)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


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


def _connect(url: SplitResult, deadline: float) -> smtplib.SMTP:
    host, seconds = url.hostname or "", _left(deadline)
    if url.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=seconds, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(host, url.port or (587 if url.scheme == "smtp+starttls" else 25), timeout=seconds)
    try:
        _limit(smtp, deadline)
        smtp.ehlo_or_helo_if_needed()
        if url.scheme == "smtp+starttls":
            _limit(smtp, deadline)
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if url.username:
            _limit(smtp, deadline)
            smtp.login(unquote(url.username), unquote(url.password or ""))
    except FAULTS:
        smtp.close()
        raise
    return smtp


def _left(deadline: float) -> float:
    return max(0.1, deadline - time.monotonic())


def _limit(smtp: smtplib.SMTP, deadline: float) -> None:
    """Let the next step wait no longer than the whole may take."""
    if smtp.sock is not None:
        smtp.sock.settimeout(_left(deadline))


def _said(text: bytes) -> str:
    """Return what a server said in a line that can be stored and shown."""
    return clean_text(text.decode("utf-8", "replace"))[:LONGEST_SAID]


def _envelope(smtp: smtplib.SMTP, mail: Mail) -> tuple[str, str, str]:
    """Return what is said before the text."""
    sender = bare_address(mail.sender)
    if not (sender + mail.recipient).isprintable():
        raise smtplib.SMTPException("an address holds what cannot be printed")
    is_plain = (sender + mail.recipient).isascii()
    smtp.command_encoding = "ascii" if is_plain else "utf-8"
    options = "" if is_plain else " SMTPUTF8"
    return f"mail FROM:<{sender}>{options}", f"rcpt TO:<{mail.recipient}>", "data"


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


def _words(error: Exception) -> str:
    """Say an error in one line."""
    if isinstance(error, UnicodeEncodeError):
        return "the user or password of the mail server has letters beyond ASCII, with which nobody can sign in"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {_said(reply if isinstance(reply, bytes) else reply.encode())}"
    return " ".join(str(error).split()) or type(error).__name__
