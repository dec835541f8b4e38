"""The first that waits for the database in vain tells the others."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from provd.devices.mac import Mac
from provd.devices.upload import Allowance, Sent
from provd.errors import MigrationError, StoreUnavailable
from provd.provisioning.presence import PATIENCE, Guarded, GuardedUploads, Presence
from tests.conftest import House
from tests.provisioning.asking import NOW

NOBODY = Mac("02" + "0" * 10)


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presence(clock: Clock) -> Presence:
    return Presence(clock)


class Devices:
    """Counts who asks; `problem` is raised."""

    problem = ""
    asked = 0

    def find(self, mac: Mac) -> None:
        self._ask()

    def find_by_token(self, token: str) -> None:
        self._ask()

    def pin_window(self, device_id: int, address: str) -> bool:
        self._ask()
        return True

    def _ask(self) -> None:
        self.asked += 1
        if self.problem:
            raise StoreUnavailable(self.problem)


def test_after_one_failure_nobody_asks_until_a_trial_succeeds(presence: Presence) -> None:
    devices = Devices()
    guarded = Guarded(devices, presence)
    devices.problem = "no route"
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="no route"):
            guarded.find(NOBODY)
    with pytest.raises(StoreUnavailable, match="no route"):
        guarded.find_by_token("")
    with pytest.raises(StoreUnavailable, match="no route"):
        guarded.reading(list)()
    assert devices.asked == 1
    devices.problem = ""
    presence.tried(lambda: devices.find(NOBODY), lambda: None)
    assert presence.problem == ""
    guarded.find(NOBODY)


def test_what_cannot_be_written_can_still_be_read(presence: Presence) -> None:
    devices = Devices()
    guarded = Guarded(devices, presence)
    devices.problem = "read-only"
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            guarded.pin_window(1, "192.0.2.1")
    devices.problem = ""
    guarded.find(NOBODY)
    assert devices.asked == 2
    assert (presence.reading.problem, presence.writing.problem) == ("", "read-only")
    presence.tried(lambda: None, lambda: None)
    assert guarded.pin_window(1, "192.0.2.1")


def test_a_trial_that_cannot_read_does_not_write(presence: Presence) -> None:
    def newer() -> None:
        raise MigrationError("the database is newer")

    presence.tried(newer, pytest.fail)
    assert presence.reading.problem == presence.writing.problem == "the database is newer"


def test_a_query_that_hangs_counts_as_away_once(presence: Presence, clock: Clock) -> None:
    with presence.reading.used():
        clock.at += PATIENCE
        assert presence.hanging() == 0
        clock.at += 0.1
        assert presence.hanging() == 1
        assert "1 s" in presence.reading.problem
        presence.tried(lambda: None, lambda: None)
        assert presence.hanging() == 1
        assert presence.problem == ""
    assert presence.hanging() == 0


@pytest.fixture
def locked(house: House) -> Iterator[sqlite3.Connection]:
    """Another process in the middle of a transaction of its own."""
    path = house.data / "provd.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_with_sqlite_locked_the_first_pin_hangs_and_no_other_does(
    house: House, presence: Presence, clock: Clock, locked: sqlite3.Connection
) -> None:
    device = house.parts.store.devices.by_mac(Mac("805ec0000001"))
    assert device
    guarded = Guarded(house.parts.store.devices, presence)
    pinned: list[bool] = []
    hangs = threading.Thread(target=lambda: pinned.append(guarded.pin_window(device.id, "::1")))
    hangs.start()
    while not presence.writing._uses:
        pass
    clock.at += 2 * PATIENCE
    assert presence.hanging() == 1
    with pytest.raises(StoreUnavailable):
        guarded.pin_window(device.id, "::1")
    assert guarded.find(device.mac)
    locked.execute("ROLLBACK")
    hangs.join()
    assert pinned == [True]
    presence.tried(house.parts.store.try_reading, house.parts.store.try_writing)
    assert guarded.pin_window(device.id, "::1")


def test_a_trial_writes_for_real(house: House) -> None:
    store = house.parts.store
    store._database.sql("PRAGMA busy_timeout = 1")
    path = house.data / "provd.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.try_reading()
        with pytest.raises(StoreUnavailable, match="locked"):
            store.try_writing()
    store.try_writing()
    store._database.sql("PRAGMA query_only = 1")
    with pytest.raises(StoreUnavailable, match="can't be written"):
        store.try_writing()
    store.try_reading()


def test_with_sqlite_locked_the_first_upload_hangs_and_no_other_does(
    house: House, presence: Presence, clock: Clock, locked: sqlite3.Connection
) -> None:
    device = house.parts.store.devices.by_mac(Mac("805ec0000001"))
    assert device
    found = house.parts.store.devices.find(device.mac)
    assert found
    digest = found.standing.token_digest
    guarded = GuardedUploads(house.parts.store.uploads, presence)

    def put() -> bool | None:
        return guarded.put(Sent(device.id, "log", digest, "a", b"x", NOW), Allowance(9, 9))

    kept: list[bool | None] = []
    hangs = threading.Thread(target=lambda: kept.append(put()))
    hangs.start()
    while not presence.writing._uses:
        pass
    clock.at += 2 * PATIENCE
    assert presence.hanging() == 1
    with pytest.raises(StoreUnavailable):
        put()
    assert guarded.get(device.id, "log") is None
    locked.execute("ROLLBACK")
    hangs.join()
    assert kept == [True]


def test_an_upload_is_not_read_while_the_database_is_away(house: House, presence: Presence) -> None:
    presence.away("no route")
    with pytest.raises(StoreUnavailable, match="no route"):
        GuardedUploads(house.parts.store.uploads, presence).get(1, "log")
