"""Buffers of TLS: kept while there are few connections, given back where there are many."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from socket import SocketType
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from provd.servers.http import HttpLimits, HttpServer
from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles
from tests.servers.files import NOW, DictBackend
from tests.servers.http.test_overload import Turns

ROOMY = 3


class Watched(TlsContexts):
    """Remembers the connections that it made."""

    def __init__(self, files: TlsFiles) -> None:
        super().__init__(files)
        self.made: list[SSL.Connection] = []

    def accepting(self, opened: SocketType, *, sparing: bool) -> SSL.Connection:
        self.made.append(super().accepting(opened, sparing=sparing))
        return self.made[-1]


def spares(connection: SSL.Connection) -> bool:
    lib: Any = SSL._lib  # type: ignore[attr-defined]
    mode: int = lib.SSL_set_mode(connection._ssl, 0)
    return bool(mode & lib.SSL_MODE_RELEASE_BUFFERS)


@pytest.fixture
def contexts(certificates: Path) -> Watched:
    chain = CertificateFiles(certificates / "server-ec.pem", certificates / "server-ec.key")
    return Watched(TlsFiles([chain]))


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def server(turns: Turns, contexts: Watched) -> Iterator[HttpServer]:
    server = HttpServer(
        turns,
        DictBackend({}),
        interface="127.0.0.1",
        port=0,
        tls=contexts,
        limits=HttpLimits(roomy_connections=ROOMY),
        clock=lambda: NOW,
        monotonic=turns.monotonic,
    )
    server.start()
    yield server
    assert Deferred.fromCoroutine(server.stop(0)).called


def test_the_first_keep_their_buffers_and_the_others_give_them_back(
    turns: Turns, server: HttpServer, contexts: Watched
) -> None:
    with ExitStack() as opened:

        def connect() -> None:
            client = socket.create_connection(("127.0.0.1", server.port), 5)
            opened.enter_context(closing(client))
            turns.turn()

        for _ in range(ROOMY + 2):
            connect()
        assert [spares(each) for each in contexts.made] == [False] * ROOMY + [True] * 2
        opened.close()
        turns.turn(3)
        assert server.connections == 0
        connect()
        assert not spares(contexts.made[-1]), "they have gone, and there is room"


def test_the_portal_gives_them_back(contexts: Watched) -> None:
    class Portal(Factory):
        noisy = False

    contexts.wrap(Portal(), Turns())
    assert spares(contexts.serverConnectionForTLS(None))
