"""A stand-in phone: hears SIP on a UDP or TCP port of loopback and answers as it is told."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from provd.sip.answers import answer
from provd.sip.framing import Framer
from provd.sip.messages import Headers, Request, read, write

HOST = "127.0.0.1"

Verdict = Callable[[Request], tuple[int, str, Headers] | None]
"""What a phone answers; None: nothing at all."""


def accepts(_: Request) -> tuple[int, str, Headers] | None:
    return 200, "OK", Headers()


@dataclass
class SipPhone:
    """`heard` has every request, repetitions too, in order."""

    port: int
    verdict: Verdict
    heard: list[Request] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def replies(self, data: bytes | Request, source: tuple[str, int]) -> bytes | None:
        request = read(data) if isinstance(data, bytes) else data
        assert isinstance(request, Request)
        with self.came:
            self.heard.append(request)
            self.came.notify_all()
        said = self.verdict(request)
        if said is None:
            return None
        status, reason, more = said
        return write(answer(request, status, reason, tag="phone", source=source, more=more))

    def wait(self, count: int = 1) -> list[Request]:
        """Until so many came; what a server answers may arrive before what it passes on."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, 10), self.heard
            return list(self.heard)


@contextlib.contextmanager
def udp_phone(verdict: Verdict = accepts) -> Iterator[SipPhone]:
    with socket.socket(type=socket.SOCK_DGRAM) as listening:
        listening.bind((HOST, 0))
        phone = SipPhone(listening.getsockname()[1], verdict)

        def serve() -> None:
            while True:
                data, source = listening.recvfrom(65535)
                if not data:
                    return
                if reply := phone.replies(data, source):
                    listening.sendto(reply, source)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield phone
        finally:
            with socket.socket(type=socket.SOCK_DGRAM) as last:
                last.sendto(b"", (HOST, phone.port))
            thread.join()


@contextlib.contextmanager
def tcp_phone(verdict: Verdict = accepts) -> Iterator[SipPhone]:
    """One connection after the other."""
    with socket.create_server((HOST, 0)) as listening:
        phone = SipPhone(listening.getsockname()[1], verdict)

        def serve() -> None:
            while _served(listening, phone):
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield phone
        finally:
            socket.create_connection((HOST, phone.port)).close()
            thread.join()


def _served(listening: socket.socket, phone: SipPhone) -> bool:
    """False for a connection on which nothing came: that is how it ends."""
    connection, source = listening.accept()
    framer, before = Framer(), len(phone.heard)
    with connection:
        while data := connection.recv(65536):
            for message in framer.feed(data):
                assert isinstance(message, Request)
                if reply := phone.replies(message, source):
                    connection.sendall(reply)
    return len(phone.heard) > before
