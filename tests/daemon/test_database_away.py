"""Somebody else holds the database's lock for longer than provd waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.daemon.books import ONCE, Books
from tests.daemon.clients import Got, curl
from tests.daemon.conftest import StartDaemon
from tests.daemon.waiting import until

FILE = "805ec0000001.cfg"
PHONE = "80:5e:c0:00:00:01"


def test_known_phones_get_their_files_and_are_booked_afterwards(
    data: Path, start: StartDaemon
) -> None:
    daemon = start(data)
    addresses = daemon.ready()
    books = Books(data)
    file = curl(addresses.url("http", FILE))
    until(lambda: books.state(PHONE) == "in service", "the first boot is booked")
    with closing(sqlite3.connect(data / "provd.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            assert curl(addresses.url("http", FILE)) == file
            assert curl(addresses.url("https", FILE), ca=addresses.ca_file) == file
            assert curl(addresses.url("tftp", FILE)) == Got("ok", file.content)
        until(lambda: "booking_waits" in daemon.process.errors(), "booking gives up")
        assert sum(books.whole().values()) == 1
        assert curl(addresses.url("http", FILE)) == file
        other.execute("ROLLBACK")
    until(lambda: sum(books.whole().values()) == 11, "all of it is booked")
    assert books.charges(PHONE) == sorted(ONCE)
    assert daemon.stop() == 0
    assert (data / "journal.spool").read_bytes() == b""
