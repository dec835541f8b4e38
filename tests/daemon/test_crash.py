"""kill -9 at random moments while phones boot: no charge is lost, none is doubled.

CRASH_TEST_KILLS kills that many times instead of 20, CRASH_TEST_SEED chooses other moments.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from provd.app import Provd
from provd.devices.mac import Mac
from provd.exchange import Transport
from tests.daemon.books import ONCE, Books
from tests.daemon.conftest import StartDaemon
from tests.daemon.fleet import Fleet
from tests.daemon.ports import free_port_base
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import VENDORS, TestPhone, parts_of, phone, register
from tests.daemon.waiting import until

KILLS = int(os.environ.get("CRASH_TEST_KILLS", "20"))
SEED = int(os.environ.get("CRASH_TEST_SEED", "20261122"))
PHONES_A_KILL = 3
STARTING = 0.3
"""Seconds that a start takes about: half of the kills come within."""
SERVING = 0.35
"""Seconds of boots before the other half of the kills."""

Received = tuple[str, str, str]  # whose file, which, by which transport


@pytest.fixture
def phones(data: Path) -> list[TestPhone]:
    made = [phone(VENDORS[n % 3], 0x2000 + n) for n in range((KILLS + 1) * PHONES_A_KILL)]
    parts = parts_of(data)
    register(parts, made)
    parts.close()
    return made


def pass_time(seconds: float) -> None:
    """The kill must come at no moment of the daemon's choosing, so there is nothing to wait for."""
    time.sleep(seconds)


def expected(parts: Provd, mac: str, path: str) -> set[bytes]:
    """What the file may be for that phone, for one that named itself and for one that did not."""
    placement = parts.store.devices.placement(Mac(mac))
    assert placement is not None
    [match] = [
        match
        for match in parts.registry.candidates(path)
        if match.vendor == placement.device.vendor
    ]
    whose = (placement,) if match.mac else (placement, None)
    return {parts.files.file(match, one).content for one in whose}


def boot_between_kills(
    fleet: Fleet, phones: list[TestPhone], begin: Callable[[], Daemon]
) -> Daemon:
    """Lets a few phones go at each start, and kills it. The last daemon lives on."""
    chance = random.Random(SEED)
    batches = [phones[n : n + PHONES_A_KILL] for n in range(0, len(phones), PHONES_A_KILL)]
    for number, batch in enumerate(batches[:-1]):
        daemon = begin()
        if number % 2:
            fleet.release(batch)
            pass_time(chance.uniform(0, STARTING))
        else:
            daemon.ready()
            fleet.release(batch)
            pass_time(chance.uniform(0, SERVING))
        daemon.kill()
        fleet.life += 1
    daemon = begin()
    daemon.ready()
    fleet.release(batches[-1])
    return daemon


def boot_to_the_end(fleet: Fleet, phones: list[TestPhone]) -> None:
    all_boot(fleet, phones)
    # TFTP's last ACK may have been on its way to a daemon that was killed before it read it: then
    # the phone has its file and the server does not know. Its next boot tells.
    boot_again(fleet, [one for one in phones if fleet.done[one.mac] is Transport.TFTP])


def boot_again(fleet: Fleet, phones: list[TestPhone]) -> None:
    for one in phones:
        del fleet.done[one.mac]
    fleet.release(phones)
    all_boot(fleet, phones)


def all_boot(fleet: Fleet, phones: list[TestPhone]) -> None:
    """However many the kills have left, on however busy a machine: one comes after the other."""
    macs = {one.mac for one in phones}
    while left := len(macs - set(fleet.done)):
        what = f"{left} phones are left, and another one boots"
        until(lambda before=left: len(macs - set(fleet.done)) < before, what)  # type: ignore[misc]


# Python 3.11 forgets to close a socket that is reset between connect and the TLS handshake
# (ssl.SSLSocket._create); only kills bring that about.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_whatever_the_moment_of_a_kill_each_phone_is_charged_exactly_once(
    data: Path, phones: list[TestPhone], start: StartDaemon
) -> None:
    base = free_port_base()
    addresses = Addresses(base, base + 1, base + 2, base + 3, 0, data / "tls" / "ca.pem")
    parts = parts_of(data)
    with Fleet(parts.configuration.plugins, addresses.boot_server(), SEED) as fleet:
        daemon = boot_between_kills(fleet, phones, lambda: start(data, port_base=base))
        boot_to_the_end(fleet, phones)
        books = Books(data)
        until(lambda: (data / "journal.spool").read_bytes() == b"", "all that was noted is booked")
        # Of these nobody noted a file, for which the kill came too soon: their next boot tells.
        unnoted = {received[0] for received, _ in unknown_files(fleet, books)}
        boot_again(fleet, [one for one in phones if Mac.parse(one.mac).digits in unnoted])
    digits = {Mac.parse(one.mac).digits for one in phones}
    until(lambda: digits <= set(books.times_in_service()), "every boot is booked")
    assert daemon.stop() == 0
    assert (data / "journal.spool").read_bytes() == b""
    assert not (data / "journal.rejected").exists()

    assert {books.times_in_service()[mac] for mac in digits} == {1}
    for one in phones:
        assert books.state(one.mac) == "in service"
        assert books.charges(one.mac) == sorted(ONCE), one
    assert books.count("charge") == books.count("ledger_transaction") == len(ONCE) * len(phones)
    assert books.unbalanced() == []
    assert books.rows("PRAGMA integrity_check") == [("ok",)]
    for mac, path, content in fleet.contents:
        assert content in expected(parts, mac, path), (mac, path)
    parts.close()
    unknown = lives_of_unknown(fleet, books)
    assert KILLS not in unknown
    assert set(unknown.values()) <= {1}, unknown


def lives_of_unknown(fleet: Fleet, books: Books) -> Counter[int]:
    """How many files phones got over HTTP and HTTPS that nobody noted, by the server's life.

    Each is noted right after its last byte is given to the kernel, and a kill may come between: one
    file a life, and none in a life that ended in peace. Files that phones share are noted for
    another one at times.
    """
    unknown: Counter[int] = Counter()
    for (_, life), times in unknown_files(fleet, books).items():
        unknown[life] += times
    return unknown


def unknown_files(fleet: Fleet, books: Books) -> Counter[tuple[Received, int]]:
    """The same file by file: whose, which, by which transport, in which life."""
    known = books.whole()
    unknown: Counter[tuple[Received, int]] = Counter()
    for (received, life), times in sorted(fleet.received.items(), key=lambda one: -one[0][1]):
        mac, path, transport = received
        if transport != Transport.TFTP and mac in path:
            noted = min(times, known[received])
            known[received] -= noted
            unknown[received, life] += times - noted
    return +unknown
