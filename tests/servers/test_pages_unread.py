"""What becomes of a page whose reader has gone, or who says too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from provd.servers.wsgi import WsgiLimits, site

PEER = IPv4Address("TCP", "192.0.2.1", 40000)
BOUND = 100
POST = b"POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody"


class Later:
    """A thread pool whose work is done when the test says so, and a reactor that it finds idle."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], object]] = []

    def callInThreadWithCallback(  # noqa: N802
        self, ended: Callable[[bool, object], None], run: Callable[[], object]
    ) -> None:
        self._waiting.append(lambda: ended(True, run()))

    def callFromThread(self, what: Callable[..., object], *given: object) -> None:  # noqa: N802
        what(*given)

    def run(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()


class Client:
    """Asks an application for a page; `complaints` are the errors that Twisted logged."""

    def __init__(
        self, application: Callable[[dict[str, Any], Any], list[bytes]], bound: int = BOUND
    ) -> None:
        self.complaints: list[dict[str, Any]] = []
        self._later = Later()
        limits = WsgiLimits(maximum_body_octets=bound)
        made: Any = site(self._later, self._later, application, limits, quiet=True)
        self._channel = made.buildProtocol(PEER)
        self._transport: Any = StringTransport(peerAddress=PEER)  # type: ignore[no-untyped-call]
        self._channel.makeConnection(self._transport)

    def sends(self, octets: bytes) -> None:
        self._channel.dataReceived(octets)

    def hangs_up(self) -> None:
        self._channel.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]

    def later(self) -> bytes:
        observer: Any = self._note
        globalLogPublisher.addObserver(observer)
        try:
            self._later.run()
        finally:
            globalLogPublisher.removeObserver(observer)
        answer: bytes = self._transport.value()
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        if "log_failure" in event:
            self.complaints.append(event)


class Page:
    """An application that remembers what it read."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.inputs: list[Any] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.inputs.append(environ["wsgi.input"])
        self.read.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"read"]


def test_a_page_is_answered() -> None:
    client = Client(page := Page())
    client.sends(POST)
    answer = client.later()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"read\r\n0\r\n\r\n")
    assert page.read == [b"body"]
    assert client.complaints == []


@pytest.mark.parametrize(
    "post",
    [
        POST,
        POST.replace(b"Content-Length: 4\r\n\r\n", b"Content-Length: 200000\r\n\r\n")
        + b"x" * 199_996,
    ],
)
def test_what_somebody_sent_and_hung_up_is_read_and_no_error(post: bytes) -> None:
    client = Client(page := Page(), bound=300_000)
    client.sends(post)
    client.hangs_up()
    client.later()
    assert page.read == [post.partition(b"\r\n\r\n")[2]]
    assert client.complaints == []
    with pytest.raises(ValueError, match="closed"):  # large ones are files
        page.inputs[0].read(1)


def test_an_application_that_fails_after_its_client_has_gone_is_logged_once() -> None:
    def fails(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise LookupError("no such page")

    client = Client(fails)
    client.sends(POST)
    client.hangs_up()
    client.later()  # raised, formerly, where the reactor calls it
    assert [str(each["log_failure"].value) for each in client.complaints] == ["no such page"]


@pytest.mark.parametrize(
    "parts",
    [
        [b"Content-Length: 101\r\n\r\n", b"x" * 101],
        [b"Transfer-Encoding: chunked\r\n\r\n", b"65\r\n" + b"x" * 101 + b"\r\n", b"0\r\n\r\n"],
        [b"Transfer-Encoding: chunked\r\n\r\n"] + [b"3c\r\n" + b"x" * 60 + b"\r\n"] * 3
        + [b"0\r\n\r\n"],
    ],
)  # fmt: skip
def test_an_application_is_not_given_a_part_of_a_body_beyond_the_bound(parts: list[bytes]) -> None:
    client = Client(page := Page())
    for part in (b"POST /x HTTP/1.1\r\nHost: a.example\r\n", *parts):
        client.sends(part)
    answer = client.later()
    client.hangs_up()
    assert page.read == []
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"413") == 1
