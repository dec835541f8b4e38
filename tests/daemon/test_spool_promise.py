"""A delivery is noted, and the next moment the server dies: the boot counts all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.mac import Mac
from tests.daemon.asking import connected, up_to_the_last_byte
from tests.daemon.books import ONCE, Books
from tests.daemon.conftest import StartDaemon
from tests.daemon.town import parts_of, phone, register
from tests.daemon.waiting import until

PHONE = phone("polycom", 5)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_kill_right_after_a_delivery_was_noted_loses_no_boot(
    scheme: str, data: Path, start: StartDaemon
) -> None:
    parts = parts_of(data)
    register(parts, [PHONE])
    vendor = parts.registry.vendor(PHONE.vendor)
    model = vendor.model(PHONE.model)
    paths, required = vendor.paths(model, Mac.parse(PHONE.mac)), vendor.required_kinds(model)
    parts.close()
    daemon, spool = start(data), data / "journal.spool"
    with connected(daemon.ready(), scheme) as connection:
        for kind in required:
            assert up_to_the_last_byte(connection, paths[kind])
        last = paths[required[-1]]
        books = Books(data)
        # A busy machine may have booked it before we look.
        until(lambda: last in spool.read_text() or books.state(PHONE.mac) != "registered", "noted")
        daemon.kill()

    start(data).ready()
    until(lambda: books.state(PHONE.mac) == "in service", "the event is there")
    assert books.charges(PHONE.mac) == sorted(ONCE)
