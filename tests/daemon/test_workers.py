"""Several processes that serve phones are one installation."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from pathlib import Path

from provd.store import Generation
from tests.daemon.asking import body, http, https, status, tftp
from tests.daemon.books import ONCE, Books
from tests.daemon.conftest import StartDaemon
from tests.daemon.town import parts_of, phone, register
from tests.daemon.waiting import until

PHONES = [phone("yealink", 0x4000 + number) for number in range(2)]
SHARED = "000000000000.cfg"


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def metrics(url: str) -> str:
    with urllib.request.urlopen(f"{url}metrics", timeout=10) as answer:
        return str(answer.read().decode())


def requests_counted(url: str) -> int:
    line = r'^provd_requests_total{outcome="whole",transport="http"} (.*)$'
    return int(float(re.findall(line, metrics(url), re.MULTILINE)[0]))


def test_two_workers_are_one_installation_and_one_that_is_killed_is_started_anew(
    data: Path, start: StartDaemon
) -> None:
    parts = parts_of(data)
    register(parts, PHONES)
    parts.close()
    daemon = start(data, PROVD_WORKERS="2", PROVD_LISTEN__METRICS="127.0.0.1:0")
    addresses = daemon.ready()
    books = Books(data)
    neighbourhoods = [f"127.0.{number}.1" for number in range(8)]
    for source in neighbourhoods:  # both workers have some of them
        assert status(http(addresses, SHARED, source)) == 200
        assert status(https(addresses, SHARED, source)) == 200
        assert tftp(addresses, SHARED, source)[:2] == b"\0\3"
    url = json.loads((data / "runtime.json").read_text())["metrics"]
    until(lambda: requests_counted(url) == len(neighbourhoods), "the sum of both is told")

    first, second = workers_of(daemon.process.pid)
    assert b"101" not in body(http(addresses, f"{PHONES[0].mac.replace(':', '')}.cfg", "127.9.9.9"))
    digits = [one.mac.replace(":", "") for one in PHONES]
    assert status(http(addresses, f"{digits[0]}.cfg")) == 200
    until(lambda: books.charges(PHONES[0].mac) == sorted(ONCE), "the boot is charged")
    generation = Generation(data / "generation")
    before = generation.value
    os.kill(first, signal.SIGKILL)
    os.kill(second, signal.SIGKILL)
    assert status(http(addresses, f"{digits[1]}.cfg")) == 200  # waits for the next worker
    until(lambda: books.charges(PHONES[1].mac) == sorted(ONCE), "the boot is charged")
    assert not {first, second} & set(workers_of(daemon.process.pid))
    assert daemon.process.errors().count("worker_died") == 2
    assert books.charges(PHONES[0].mac) == sorted(ONCE)

    until(lambda: "\nprovd_workers_missing 0.0\n" in metrics(url), "both serve again")
    assert generation.value >= before + 2, "what the dead ones did not tell any more"
    generation.close()
    left = workers_of(daemon.process.pid)
    daemon.process.send(signal.SIGHUP)
    until(
        lambda: daemon.process.errors().count(" reloaded") == 3, "main process and workers reload"
    )
    daemon.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), "the workers end too")
