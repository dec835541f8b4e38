from __future__ import annotations

import socket
from typing import Any

import pytest

from provd.errors import ConfigurationError
from provd.servers.http import HttpServer
from provd.servers.listening import datagram_socket, stream_socket
from provd.servers.tftp import TftpServer
from provd.servers.wsgi import WsgiServer
from tests.servers.files import DictBackend


class NoReactor:
    """Nothing may be registered by a start that fails."""

    def addReader(self, reader: object) -> None:  # noqa: N802
        raise AssertionError("a server that could not listen has started")


def busy(kind: socket.SocketKind) -> socket.socket:
    taken = socket.socket(socket.AF_INET, kind)
    taken.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        taken.listen(1)
    return taken


def test_a_busy_tcp_port_stops_the_start_and_names_port_and_setting() -> None:
    reactor: Any = NoReactor()
    with busy(socket.SOCK_STREAM) as taken:
        port = taken.getsockname()[1]
        server = HttpServer(reactor, DictBackend({}), interface="127.0.0.1", port=port)
        with pytest.raises(ConfigurationError, match=rf"{port}.*another program.*http\.port"):
            server.start()
        pages = WsgiServer(reactor, lambda *_: [], interface="127.0.0.1", port=port)
        with pytest.raises(ConfigurationError, match=rf"{port}.*another program.*portal\.port"):
            pages.start()


def test_a_busy_udp_port_stops_the_start_and_names_port_and_setting() -> None:
    reactor: Any = NoReactor()
    with busy(socket.SOCK_DGRAM) as taken:
        port = taken.getsockname()[1]
        server = TftpServer(reactor, DictBackend({}), interfaces=["127.0.0.1"], port=port)
        with pytest.raises(ConfigurationError, match=rf"{port}.*another program.*tftp\.port"):
            server.start()


def test_what_is_no_address_of_this_machine_is_told() -> None:
    with pytest.raises(ConfigurationError, match="no such address"):
        stream_socket("192.0.2.1", 0, setting="http.port", backlog=1)
    with pytest.raises(ConfigurationError, match="is not an IP address"):
        stream_socket("localhost", 0, setting="http.port", backlog=1)


def test_the_receive_buffer_is_larger_than_the_kernels_default() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ordinary:
        default = ordinary.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    with datagram_socket(
        "127.0.0.1", 0, setting="tftp.port", receive_buffer_octets=8 << 20
    ) as opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > default


def test_both_wildcards_can_be_listened_on_together() -> None:
    with datagram_socket("0.0.0.0", 0, setting="p", receive_buffer_octets=1) as four:  # noqa: S104
        port = four.getsockname()[1]
        with datagram_socket("::", port, setting="p", receive_buffer_octets=1, both_families=False):
            pass
