"""A bare SMTP server that keeps what it is sent, and answers as a script tells it to.

`python smtp_sink.py LOG` runs it by itself: it prints its port and writes one line for each mail taken, its Message-ID
and its recipient.
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
"""From a stage (connect, mail, rcpt, data, end) and what was said to an answer, 'hang', 'drop' or None for yes."""

GREETINGS = {"connect": "220 sink", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on", "end": "250 taken"}


def always_yes(_stage: str, _said: str) -> str | None:
    return None


@dataclass
class Sink:
    """What arrived: the mails as they were sent, and whom each was for."""

    script: Script = always_yes
    port: int = 0
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    message_ids: Counter[str] = field(default_factory=Counter)
    open: set[asyncio.Transport] = field(default_factory=set)
    log: int | None = None

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
        self.in_text = False
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
        while end in self.buffer:
            said, self.buffer = self.buffer.split(end, 1)
            if self.in_text:
                self.in_text = False
                self.answer("end", self.recipient, said)
            else:
                self.hear(said.decode())
            end = b"\r\n.\r\n" if self.in_text else b"\r\n"

    def hear(self, line: str) -> None:
        verb = line[:4].lower()
        if verb == "mail":
            self.answer("mail", line)
        elif verb == "rcpt":
            self.recipient = line.partition("<")[2].partition(">")[0]
            self.answer("rcpt", self.recipient)
        elif verb == "data":
            self.in_text = self.answer("data", self.recipient)
        elif verb == "ehlo":
            self.say("250-sink\r\n250 8BITMIME")
        elif verb == "quit":
            self.say("221 bye")
            self.transport.close()
        else:
            self.say("250 ok")

    def answer(self, stage: str, said: str, mail: bytes | None = None) -> bool:
        """Say yes, or what the script says instead; return whether it was yes."""
        told = self.sink.script(stage, said)
        if mail is not None and (told is None or told == "drop after taking"):
            self.sink.take(mail + b"\r\n", self.recipient)
        if told == "hang":
            return False
        if told in {"drop", "drop after taking"}:
            self.transport.abort()
            return False
        self.say(told or GREETINGS[stage])
        if told is not None and told.startswith("421"):
            self.transport.close()
        return told is None

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


async def _main(log: str) -> None:
    sink = Sink(log=os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
    server = await asyncio.get_running_loop().create_server(lambda: _Dialogue(sink), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
