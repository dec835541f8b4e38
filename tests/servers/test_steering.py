"""Phones of one neighbourhood meet the same process, whatever port they ask from."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from provd.servers.listening import Sockets
from provd.servers.steering import steer

PROCESSES = 3


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    opened = Sockets(processes=PROCESSES, several={"tftp.port", "http.port"})
    yield opened
    opened.close()


def asked_from(address: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((address, 0))
        client.sendto(b"RRQ", ("127.0.0.1", port))


def reached(sockets: Sockets) -> set[int]:
    """Which processes have heard something since."""
    found = set()
    for each in sockets.all:
        try:
            while each.opened.recv(16):
                found.add(each.process)
        except BlockingIOError:
            continue
    return found


@pytest.mark.parametrize("interface", ["127.0.0.1", "::"])
def test_a_neighbourhood_meets_one_process_over_udp_and_all_have_some(
    interface: str, sockets: Sockets
) -> None:
    sockets.datagram(interface, 0, setting="tftp.port", receive_buffer_octets=1 << 16).close()
    first = sockets.all[0].opened
    steer(first, PROCESSES)
    port = first.getsockname()[1]
    every = set()
    for neighbourhood in range(24):
        for host in (1, 77, 254):
            for _ in range(4):
                asked_from(f"127.9.{neighbourhood}.{host}", port)
        heard = reached(sockets)
        assert len(heard) == 1
        every |= heard
    assert every == set(range(PROCESSES))


def test_over_ipv6_too(sockets: Sockets) -> None:
    sockets.datagram("::1", 0, setting="tftp.port", receive_buffer_octets=1 << 16).close()
    first = sockets.all[0].opened
    steer(first, PROCESSES)
    for _ in range(10):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.sendto(b"RRQ", ("::1", first.getsockname()[1]))
    assert len(reached(sockets)) == 1


def test_connections_are_steered_alike(sockets: Sockets) -> None:
    sockets.stream("127.0.0.1", 0, setting="http.port", backlog=64).close()
    first = sockets.all[0].opened
    steer(first, PROCESSES)
    accepted = set()
    for number in range(12):
        source = (f"127.9.5.{number + 1}", 0)
        with socket.create_connection(first.getsockname(), 5, source):
            accepted |= {each.process for each in sockets.all if accepts(each.opened)}
    assert len(accepted) == 1


def accepts(opened: socket.socket) -> bool:
    try:
        opened.accept()[0].close()
    except BlockingIOError:
        return False
    return True
