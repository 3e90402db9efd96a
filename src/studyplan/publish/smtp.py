"""A connection to a mail server that ends when the time of a mail is over."""

import io
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, unquote

from studyplan.domain.canonical import clean_text

MOST_LINES = 100
LONGEST_SAID = 500
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
FAULTS = (OSError, smtplib.SMTPException, ValueError)
"""What goes wrong on the way; ValueError when an address of a server or its password cannot be said."""


class Connection(smtplib.SMTP):
    """Waits until `deadline`, on the clock of time.monotonic, and no longer, whatever the server sends."""

    def __init__(self, url: SplitResult, deadline: float) -> None:
        self.deadline = deadline
        self._is_tls = url.scheme == "smtps"
        super().__init__(url.hostname or "", url.port or PORTS[url.scheme])

    @property
    def left(self) -> float:
        """The seconds until the deadline; TimeoutError when it is past."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """Reach the host and hear its greeting."""
        self.sock = self._reach(host, port, source_address)
        if self._is_tls:
            self.sock = ssl.create_default_context().wrap_socket(self.in_time(), server_hostname=host)
        return self.getreply()

    def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]:
        """Send a command and return its reply; shaking hands, which may follow, waits as long as is left."""
        reply = super().docmd(cmd, args)
        self.in_time()
        return reply

    def in_time(self) -> socket.socket:
        """Return the socket; its next step waits as long as is left."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.settimeout(self.left)
        return self.sock

    def send(self, s: bytes | str) -> None:  # type: ignore[override]  # the package's own also takes arrays
        """Send all of it."""
        data = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        while data:
            data = data[self.in_time().send(data) :]

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words of a reply."""
        if self.file is None:
            self.file = _Replies(self)
        self.file.lines = 0
        return super().getreply()

    def _reach(self, host: str, port: int, source_address: Any) -> socket.socket:
        """Try the host's addresses in turn, each in its share of the time that is left."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        *others, last = dict.fromkeys((str(address[0]), port) for *_, address in found)
        for position, address in enumerate(others):
            with suppress(OSError):
                return socket.create_connection(address, self.left / (len(others) + 1 - position), source_address)
        return socket.create_connection(last, self.left, source_address)


class _Stream(io.RawIOBase):
    """What a server sends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._connection.in_time().recv_into(buffer)


class _Replies(io.BufferedReader):
    """What a server sends in lines, of which one reply has so many at most."""

    lines = 0

    def __init__(self, connection: Connection) -> None:
        super().__init__(_Stream(connection))

    def readline(self, size: int | None = -1, /) -> bytes:
        self.lines += 1
        if self.lines > MOST_LINES:
            raise OSError(f"a reply of more than {MOST_LINES} lines")
        return super().readline(size)


def connected(url: SplitResult, deadline: float) -> Connection:
    """Return a connection that is ready for mails, or raise one of FAULTS."""
    smtp = Connection(url, deadline)
    try:
        smtp.ehlo_or_helo_if_needed()
        if url.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if url.username:
            smtp.login(unquote(url.username), unquote(url.password or ""))
    except FAULTS:
        smtp.close()
        raise
    return smtp


def said(text: bytes) -> str:
    """Return what a server said in a line that can be stored and shown."""
    return clean_text(text.decode("utf-8", "replace"))[:LONGEST_SAID]


def words(error: Exception) -> str:
    """Say an error in one line."""
    if isinstance(error, UnicodeEncodeError):
        return "the user or password of the mail server has letters beyond ASCII, with which nobody can sign in"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {said(reply if isinstance(reply, bytes) else reply.encode())}"
    return " ".join(str(error).split()) or type(error).__name__
