from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from provd.errors import ConfigurationError
from provd.servers.http import HttpServer
from provd.servers.listening import (
    Listening,
    Sockets,
    adopted,
    datagram_socket,
    inherited_from_systemd,
    stream_socket,
)
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


LOCAL = "127.0.0.1"


def stream(sockets: Sockets, port: int = 0) -> socket.socket:
    return sockets.stream(LOCAL, port, setting="http.port", backlog=8)


def datagram(sockets: Sockets, port: int = 0) -> socket.socket:
    return sockets.datagram(LOCAL, port, setting="tftp.port", receive_buffer_octets=1 << 16)


def test_a_successor_is_given_the_connections_that_wait() -> None:
    first = Sockets()
    with stream(first) as opened:
        port = opened.getsockname()[1]
    with socket.create_connection((LOCAL, port)) as client:
        client.sendall(b"GET")
        second = Sockets(
            [Listening(one.setting, one.interface, 0, one.opened.dup()) for one in first.all]
        )
        first.close()
        with stream(second, port) as opened, opened.accept()[0] as accepted:
            assert accepted.recv(3) == b"GET"
    second.close()


def test_requests_that_wait_over_udp_are_handed_over_too() -> None:
    first = Sockets()
    with datagram(first) as opened, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"RRQ", opened.getsockname())
    second = Sockets(
        [Listening(one.setting, one.interface, 0, one.opened.dup()) for one in first.all]
    )
    first.close()
    with datagram(second) as opened:
        assert opened.recv(3) == b"RRQ"
    second.close()


def test_each_process_has_a_socket_of_its_own_on_the_port() -> None:
    sockets = Sockets(processes=3, several={"tftp.port"})
    datagram(sockets).close()
    names = [(one.process, one.opened.getsockname()) for one in sockets.all]
    assert [process for process, _ in names] == [0, 1, 2]
    assert len({name for _, name in names}) == 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((LOCAL, 0))
        for _ in range(5):  # repeats reach the same process
            client.sendto(b"RRQ", names[0][1])
    heard = [one.opened for one in sockets.all if waits(one.opened)]
    assert len(heard) == 1
    sockets.close()


def waits(opened: socket.socket) -> bool:
    try:
        return bool(opened.recv(16))
    except BlockingIOError:
        return False


def test_another_provd_of_the_same_user_does_not_join_by_accident() -> None:
    first = Sockets(processes=2, several={"tftp.port"})
    with datagram(first) as opened:
        port = opened.getsockname()[1]
    with pytest.raises(ConfigurationError, match="another program listens there"):
        datagram(Sockets(), port)
    first.close()


def test_what_systemd_opened_serves_the_setting_with_its_port() -> None:
    with busy(socket.SOCK_STREAM) as opened_before, busy(socket.SOCK_STREAM) as unused:
        port = opened_before.getsockname()[1]
        sockets = Sockets(Listening("", "", 0, one.dup()) for one in (unused, opened_before))
        with stream(sockets, port) as opened:
            assert opened.getsockname() == opened_before.getsockname()
        assert sockets.close_unused() == 1
        sockets.close()


def test_what_systemd_opened_for_another_process_is_not_ours() -> None:
    environ = {"LISTEN_PID": "1", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", "PATH": "/bin"}
    assert list(inherited_from_systemd(environ, 2)) == []
    assert environ == {"PATH": "/bin"}


def test_a_socket_that_is_handed_over_blocks_neither_process() -> None:
    ours = stream_socket(LOCAL, 0, setting="http.port", backlog=1)
    with ours, adopted(os.dup(ours.fileno())) as theirs, theirs.dup():
        assert not os.get_blocking(ours.fileno())
