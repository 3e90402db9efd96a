"""A bare SMTP server that keeps what it is sent, and answers as a script tells it to.

`python smtp_sink.py LOG [SECONDS]` runs it by itself: it prints its port and writes one line for each mail taken, its
Message-ID and its recipient, after so many seconds.
"""

import asyncio
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[str, str], str | None]
"""From a stage (connect, mail, rcpt, data, end) and what was said to an answer, 'hang', 'drop' or None for yes.

What begins with 'drip ' is said again ten times a second, its line ends included, and nothing else.
"""

GREETINGS = {"connect": "220 sink", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on", "end": "250 taken"}


def always_yes(_stage: str, _said: str) -> str | None:
    return None


@dataclass
class Sink:
    """What arrived: the mails as they were sent, and whom each was for.

    `pipelines`: it says that it takes commands together. `is_lax`: it lets text follow though nobody is to get it.
    `takes_all_letters`: addresses may go beyond ASCII. `seconds`: how long it takes over each mail.
    """

    script: Script = always_yes
    port: int = 0
    pipelines: bool = True
    is_lax: bool = False
    takes_all_letters: bool = False
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    message_ids: Counter[str] = field(default_factory=Counter)
    open: set[asyncio.Transport] = field(default_factory=set)
    log: int | None = None
    seconds: float = 0.0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def take(self, mail: bytes, recipient: str) -> None:
        start = mail.index(b"Message-ID: ") + 12
        message_id = mail[start : mail.index(b"\r\n", start)].decode()
        if self.log is not None:
            os.write(self.log, f"{message_id} {recipient}\n".encode())
            return
        self.mails.append(mail)
        self.recipients.append(recipient)
        self.message_ids[message_id] += 1


class _Dialogue(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.in_text = self.is_begun = self.is_over = False
        self.recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.sink.open.add(transport)
        self.answer("connect", "")

    def connection_lost(self, _error: Exception | None) -> None:
        self.sink.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = b"\r\n.\r\n" if self.in_text else b"\r\n"
        while end in self.buffer and not self.is_over:
            said, self.buffer = self.buffer.split(end, 1)
            if self.in_text and not self.recipient:
                self.in_text = False
                self.say("554 5.5.1 no valid recipients")
            elif self.in_text:
                self.in_text = False
                self.answer("end", self.recipient, said.removeprefix(b"\r\n"))
            else:
                self.hear(said.decode())
            end = b"\r\n.\r\n" if self.in_text else b"\r\n"

    def hear(self, line: str) -> None:
        verb = line[:4].lower()
        if verb == "mail":
            self.recipient, self.is_begun = "", self.answer("mail", line)
        elif verb == "rcpt":
            self.hear_recipient(line.partition("<")[2].partition(">")[0])
        elif verb == "data":
            self.hear_data()
        elif verb == "ehlo":
            more = "250-SMTPUTF8\r\n" if self.sink.takes_all_letters else ""
            more += "250-PIPELINING\r\n250-AUTH PLAIN\r\n250-8BITMIME\r\n" if self.sink.pipelines else ""
            self.say(f"250-sink\r\n{more}250 HELP")
        elif verb == "quit":
            self.say("221 bye")
            self.transport.close()
        else:
            self.say("250 ok")

    def hear_recipient(self, recipient: str) -> None:
        if not self.is_begun:
            self.say("503 5.5.1 no mail begun")
        elif self.answer("rcpt", recipient):
            self.recipient = recipient

    def hear_data(self) -> None:
        if not self.recipient and not self.sink.is_lax:
            self.say("503 5.5.1 no recipients")
        elif self.answer("data", self.recipient):
            self.in_text = True
            self.buffer = b"\r\n" + self.buffer

    def answer(self, stage: str, said: str, mail: bytes | None = None) -> bool:
        """Say yes, or what the script says instead; return whether it was yes."""
        told = self.sink.script(stage, said)
        if mail is not None and (told is None or told == "drop after taking"):
            self.sink.take(mail + b"\r\n", self.recipient)
        self.is_over = told in {"hang", "drop", "drop after taking"} or (told or "").startswith(("421", "drip "))
        if told is not None and told.startswith("drip "):
            self.drip(told.removeprefix("drip "))
            return False
        if told == "hang":
            return False
        if told in {"drop", "drop after taking"}:
            self.transport.abort()
            return False
        if stage == "end" and self.sink.seconds:
            asyncio.get_running_loop().call_later(self.sink.seconds, self.say, told or GREETINGS[stage])
        else:
            self.say(told or GREETINGS[stage])
        if self.is_over:
            self.transport.close()
        return told is None

    def drip(self, text: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(text.encode())
            asyncio.get_running_loop().call_later(0.1, self.drip, text)

    def say(self, text: str) -> None:
        self.transport.write(f"{text}\r\n".encode())


@contextmanager
def running(script: Script = always_yes) -> Iterator[Sink]:
    """Run a sink in a thread of this process."""
    sink, is_ready = Sink(script=script), threading.Event()
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(lambda: _Dialogue(sink), "127.0.0.1", 0)
        sink.port = server.sockets[0].getsockname()[1]
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        is_ready.set()
        await stop.wait()
        server.close()
        for transport in list(sink.open):
            transport.abort()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert is_ready.wait(5)
    try:
        yield sink
    finally:
        ends[0]()
        thread.join(5)


async def _main(log: str, seconds: str = "0") -> None:
    sink = Sink(log=os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), seconds=float(seconds))
    server = await asyncio.get_running_loop().create_server(lambda: _Dialogue(sink), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
