"""Clients that are slow, silent or gone, by the hundred: nobody else notices, and nothing stays.

Short here. FAULT_CLIENTS=2000 and FAULT_SOAK_SECONDS=3600 are the long forms: scripts/endurance.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.servers.conftest import SIZES, Serving, serving_process
from tests.servers.vitals import Vitals

CLIENTS = int(os.environ.get("FAULT_CLIENTS", "200"))
SOAK_SECONDS = float(os.environ.get("FAULT_SOAK_SECONDS", "1"))
IS_LONG = CLIENTS >= 1000
DRIBBLED, OCTET_SECONDS = (9, 1.0) if IS_LONG else (3, 0.0)
OTHERS = 60
FILE = "phone.cfg"
ABORTED = 0.05
_REQUEST = f"GET /{FILE} HTTP/1.1\r\nHost: provd\r\n".encode()
_RRQ = f"\0\1{FILE}\0octet\0".encode()


@pytest.fixture(scope="module")
def serving(
    files: Path, certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """A process of their own, so that nothing else is measured; who would read what it told of
    thousands of deliveries would be the slowest of all."""
    log = tmp_path_factory.mktemp("log") / "faults.log"
    with serving_process(files, certificates, log, "quiet") as running:
        yield running


def source(number: int) -> str:
    """One of a few hundred addresses of this machine, as phones have their own."""
    return f"127.3.{number // 50 % 50}.1"


def fetched(serving: Serving) -> float:
    """Seconds that one connection and request take."""
    began = time.monotonic()
    address = ("127.0.0.1", serving.ports["http"])
    with closing(socket.create_connection(address, 20, ("127.0.0.1", 0))) as one:
        one.sendall(_REQUEST + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: one.recv(65536), b""))
    assert answer.endswith(b"\r\n\r\n") or len(answer) > SIZES[FILE]
    return time.monotonic() - began


def p99(serving: Serving) -> float:
    return sorted(fetched(serving) for _ in range(OTHERS))[int(OTHERS * 0.99)]


class Dribblers:
    """Connections that send one octet of their request each second, and never its end."""

    def __init__(self, serving: Serving, opened: ExitStack) -> None:
        address = ("127.0.0.1", serving.ports["http"])
        self._sockets = [
            opened.enter_context(
                closing(socket.create_connection(address, 20, (source(number), 0)))
            )
            for number in range(CLIENTS)
        ]
        self._sent = 0

    def dribble(self) -> None:
        for one in self._sockets:
            one.send(_REQUEST[self._sent : self._sent + 1])
        self._sent += 1


def test_nobody_waits_for_slow_connections(serving: Serving) -> None:
    p99(serving)  # what is done once, is done
    before = p99(serving)
    with ExitStack() as opened:
        dribblers = Dribblers(serving, opened)
        with_them = []
        for _ in range(DRIBBLED):
            began = time.monotonic()
            dribblers.dribble()
            with_them.append(p99(serving))
            time.sleep(max(0.0, began + OCTET_SECONDS - time.monotonic()))
    # On a busy machine one of them may meet somebody else's burst.
    assert min(with_them) < 3 * before + 0.05, (before, with_them)


def tftp(port: int, from_address: str = "127.0.0.1", blocks: int = 1 << 30) -> bytes:
    """What a phone gets that goes after so many blocks, and asks again after a second."""
    content, expected = b"", 1
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as phone:
        phone.bind((from_address, 0))
        phone.settimeout(1)
        phone.sendto(_RRQ, ("127.0.0.1", port))
        while expected <= blocks:
            try:
                packet, peer = phone.recvfrom(2048)
            except TimeoutError:
                assert expected == 1, "the transfer stands still"
                phone.sendto(_RRQ, ("127.0.0.1", port))
                continue
            number = int.from_bytes(packet[2:4], "big")
            if number == expected & 0xFFFF:
                content += packet[4:]
                expected += 1
            phone.sendto(b"\0\4" + packet[2:4], peer)
            if len(packet) < 516:
                break
    return content


@contextmanager
def silent(port: int) -> Iterator[list[socket.socket]]:
    """Phones that ask and are never heard of again."""
    with ExitStack() as opened:
        phones = []
        for number in range(CLIENTS):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.enter_context(closing(one))
            one.bind((source(number), 0))
            one.setblocking(False)
            one.sendto(_RRQ, ("127.0.0.1", port))
            phones.append(one)
        yield phones


def received(phones: list[socket.socket], seconds: float) -> list[int]:
    """How many datagrams each got within that time."""
    counts = dict.fromkeys(phones, 0)
    with selectors.DefaultSelector() as selector:
        for phone in phones:
            selector.register(phone, selectors.EVENT_READ)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.recv(2048)
                counts[key.fileobj] += 1
    return list(counts.values())


def test_transfers_that_are_never_acknowledged_keep_nobody_from_theirs(
    serving: Serving,
) -> None:
    port = serving.ports["tftp"]
    with silent(port) as phones:
        for _ in range(5):
            assert len(tftp(port)) == SIZES[FILE]
        counts = received(phones, 1.5)
    assert max(counts) <= 2  # before the first valid ACK no more may leave
    assert min(counts) >= 1


def one_round(serving: Serving, random: Random) -> None:
    """A few phones, of which one in twenty leaves in the middle."""
    for _ in range(10):
        leaves = random.random() < ABORTED
        tftp(serving.ports["tftp"], blocks=2 if leaves else 1 << 30)
        leaves = random.random() < ABORTED
        with closing(socket.create_connection(("127.0.0.1", serving.ports["http"]), 20)) as one:
            one.sendall(_REQUEST + b"Connection: close\r\n\r\n")
            if not leaves:
                b"".join(iter(lambda: one.recv(65536), b""))


def settled(pid: int, descriptors: int, within: float) -> Vitals:
    """Once no more descriptors are open than before; what was left is given up by then."""
    until = time.monotonic() + within
    while True:
        vitals = Vitals.of(pid)
        if vitals.descriptors <= descriptors or time.monotonic() > until:
            return vitals
        time.sleep(0.05)


@pytest.mark.parametrize("seed", [20261122])
def test_after_transfers_of_which_some_broke_off_nothing_is_left(
    seed: int, serving: Serving
) -> None:
    random, pid = Random(seed), serving.process.pid
    for _ in range(5):
        one_round(serving, random)  # pools are open, caches filled
    before = settled(pid, 0, 0.5)
    until = time.monotonic() + SOAK_SECONDS
    while time.monotonic() < until:
        one_round(serving, random)
    after = settled(pid, before.descriptors, 30)
    assert after.descriptors <= before.descriptors
    assert after.timers == before.timers
    assert after.threads == before.threads
    assert after.resident_bytes - before.resident_bytes < 8 << 20
