"""A whole daemon whose database goes, stays away over a restart, and comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from provd import demonstration
from provd.app import build
from provd.configuration_file import configuration_from
from provd.store import CopyStore
from tests.daemon.clients import curl
from tests.daemon.conftest import StartDaemon
from tests.daemon.running import Addresses, Daemon
from tests.daemon.waiting import until
from tests.databases import PostgresqlServer, postgresql_server

FILE = "805ec0000001.cfg"
UNKNOWN = "805ec0fafafa.cfg"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresqlServer, template: Path, data: Path) -> str:
    """The demonstration on PostgreSQL. The key and the certificates are the template's."""
    url = server.url(server.create())
    (data / "provd.sqlite").unlink()
    parts = build(configuration_from({"PROVD_DATABASE__URL": url}, {"data": str(data)}))
    demonstration.load(parts.operations, demonstration.Demonstration.read(), data)
    parts.close()
    return url


def health(daemon: Daemon) -> dict[str, Any]:
    where = json.loads((daemon.data / "runtime.json").read_text())["metrics"]
    answered: dict[str, Any] = json.loads(curl(where + "healthz").content)
    return answered


def fetched(addresses: Addresses) -> list[bytes]:
    """Over HTTPS, HTTP and TFTP, by curl."""
    got = [
        curl(addresses.url(scheme, FILE), ca=addresses.ca_file)
        for scheme in ("https", "http", "tftp")
    ]
    assert {one.status for one in got} <= {"200", "ok"}, got
    return [one.content for one in got]


def test_phones_are_served_without_it_and_every_boot_is_booked_once_when_it_is_back(
    server: PostgresqlServer, url: str, data: Path, start: StartDaemon
) -> None:
    more = {"PROVD_DATABASE__URL": url, "PROVD_LISTEN__METRICS": "0"}
    daemon = start(data, **more)
    contents = fetched(daemon.ready())
    assert len(set(contents)) == 1
    assert b"account.1.user_name = 101" in contents[0]
    until(lambda: not health(daemon)["spool_waiting_bytes"], "these three are booked")
    until(lambda: kept(data), "the file is kept")

    server.stop()
    assert fetched(daemon.ready()) == contents
    assert curl(daemon.ready().url("http", UNKNOWN)).status == "503"
    until(lambda: health(daemon)["status"] == "unavailable", "that is seen")
    daemon.kill()

    daemon = start(data, **more)
    addresses = daemon.ready()
    assert fetched(addresses) == contents
    assert curl(addresses.url("http", UNKNOWN)).status == "503"
    assert health(daemon)["status"] == "unavailable"
    portal = f"https://127.0.0.1:{addresses.portal_port}/sign-in"
    page = curl(portal, ca=addresses.ca_file)
    assert page.status == "503"
    assert b"database" in page.content
    assert "starting_without_database" in daemon.process.errors()

    server.start()
    until(lambda: health(daemon)["status"] == "ok", "it is back")
    until(lambda: not health(daemon)["spool_waiting_bytes"], "the rest is booked")
    assert fetched(addresses) == contents
    assert curl(addresses.url("http", UNKNOWN)).status == "404"
    until(lambda: whole(url) == 12, "all four times three are booked")
    assert daemon.stop() == 0
    assert (data / "journal.spool").read_bytes() == b""
    assert whole(url) == 12
    assert in_service(url) == 1


def whole(url: str) -> int:
    return count(url, "SELECT COUNT(*) FROM journal_entry WHERE whole")


def in_service(url: str) -> int:
    return count(url, "SELECT COUNT(*) FROM lifecycle_event WHERE after = 'in service'")


def kept(data: Path) -> bool:
    with closing(CopyStore(data / "last-good.sqlite")) as copies:
        return bool(copies.marks(0, 1))


def count(url: str, query: str) -> int:
    with closing(psycopg.connect(url)) as connection:
        row = connection.execute(query).fetchone()
        assert row
        return int(row[0])
