"""A first start that is killed in the middle is a first start again."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from tests.daemon.books import Books
from tests.daemon.processes import Forked, environment, provd_main
from tests.daemon.running import ANY_PORTS
from tests.daemon.typed import commands, passwords
from tests.daemon.waiting import PATIENCE, until

KILLS = 4
LONGEST = 1.2
"""Seconds: about as long as a first start takes."""


def test_whatever_the_moment_the_next_start_has_the_whole_demonstration(tmp_path: Path) -> None:
    data = tmp_path / "data"
    chance = random.Random(7)

    def run(name: str) -> Forked:
        arguments = ["--data", str(data), "run"]
        return Forked(provd_main, arguments, tmp_path / name, environment(**ANY_PORTS))

    for number in range(KILLS):
        killed = run(f"killed-{number}")
        time.sleep(chance.uniform(0.05, LONGEST))
        killed.send(signal.SIGKILL)
        killed.ended(PATIENCE)
    last = run("last")
    try:

        def look() -> str:
            assert last.running, last.errors()
            return last.output.read_text() if last.output.exists() else ""

        banner = until(look, "the last start greets")
        assert set(passwords(banner)) == {"admin", "warehouse", "reseller", "customer"}
        assert len(commands(banner)) == 2
        books = Books(data)
        assert [books.count(table) for table in ("device", "subscription", "portal_user")] == [
            4
        ] * 3
    finally:
        last.send(signal.SIGTERM)
        assert last.ended(PATIENCE) == 0
