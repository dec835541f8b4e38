"""/healthz and /metrics of a running daemon, asked as a monitoring system asks."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.daemon.asking import ANOTHER, http
from tests.daemon.clients import Got, curl
from tests.daemon.running import Daemon
from tests.daemon.waiting import until

FILE = "805ec0000001.cfg"


class Monitor:
    def __init__(self, daemon: Daemon) -> None:
        daemon.ready()
        self._url = json.loads((daemon.data / "runtime.json").read_text())["metrics"]

    def get(self, path: str) -> Got:
        return curl(self._url + path)

    def health(self) -> tuple[str, dict[str, Any]]:
        got = self.get("healthz")
        return got.status, json.loads(got.content)

    def values(self) -> dict[tuple[str, frozenset[str]], float]:
        """(name, values of its labels) -> reading."""
        families = text_string_to_metric_families(self.get("metrics").content.decode())
        return {
            (one.name, frozenset(one.labels.values())): one.value
            for family in families
            for one in family.samples
        }

    def value(self, name: str, *labels: str) -> float:
        return self.values()[f"provd_{name}", frozenset(labels)]


@pytest.fixture(scope="module")
def daemon(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("health") / "data"))
    daemon = Daemon(data, PROVD_LISTEN__METRICS="0")
    yield daemon
    daemon.kill()


@pytest.fixture(scope="module")
def monitor(daemon: Daemon) -> Monitor:
    return Monitor(daemon)


def test_a_sound_daemon_says_so(monitor: Monitor) -> None:
    status, health = monitor.health()
    assert status == "200"
    assert health == {
        "status": "ok",
        "problems": [],
        "database_reachable": True,
        "data_folder_writable": True,
        "spool_waiting_bytes": 0,
        "spool_waiting_seconds": 0.0,
        "certificate_days_left": 396,
    }


def test_a_boot_is_seen_in_requests_boots_bookings_and_charges(
    daemon: Daemon, monitor: Monitor
) -> None:
    addresses = daemon.ready()
    assert curl(addresses.url("tftp", FILE)).status == "ok"
    assert curl(addresses.url("http", FILE)).status == "200"
    until(lambda: monitor.value("booked_entries_total") == 2, "both are booked")
    assert monitor.value("requests_total", "tftp", "whole") == 1
    assert monitor.value("requests_total", "http", "whole") == 1
    assert monitor.value("boots_total", "http", "site") == 1
    assert monitor.value("tftp_events_total", "requests") >= 1
    assert monitor.value("tftp_sessions") == 0
    assert monitor.value("database_up") == 1
    assert monitor.value("subscriptions") == 1
    assert monitor.value("charges_this_month", "retail", "setup", "EUR") == 1
    assert monitor.value("certificate_days") > 300


def test_a_refusal_is_seen_by_its_reason_and_names_nobody(daemon: Daemon, monitor: Monitor) -> None:
    http(daemon.ready(), "805ec0fafafa.cfg", ANOTHER)
    assert monitor.value("refusals_total", "unknown_mac") == 1
    assert monitor.value("requests_total", "http", "refused") == 1
    text = monitor.get("metrics").content.decode().lower()
    assert "fafafa" not in text
    assert "805ec0" not in text
    assert "127.0.0" not in text


def test_nothing_else_is_there_and_nothing_of_it_elsewhere(
    daemon: Daemon, monitor: Monitor
) -> None:
    assert monitor.get("").status == "404"
    assert b" 404 " in http(daemon.ready(), "metrics").splitlines()[0]
    assert b" 404 " in http(daemon.ready(), "healthz").splitlines()[0]


def test_asking_leaves_no_line_in_the_log(daemon: Daemon, monitor: Monitor) -> None:
    monitor.health()
    assert "healthz" not in daemon.process.errors()


def test_a_database_that_does_not_answer_means_503_until_it_does(
    daemon: Daemon, monitor: Monitor
) -> None:
    with closing(sqlite3.connect(daemon.data / "provd.sqlite", isolation_level=None)) as other:
        other.execute("ALTER TABLE device RENAME TO away")
        status, health = monitor.health()
        assert status == "503"
        assert health["status"] == "unavailable"
        assert health["database_reachable"] is False
        assert health["problems"][0].startswith("The database does not answer")
        other.execute("ALTER TABLE away RENAME TO device")
    assert monitor.health()[0] == "200"


def test_unless_configured_nobody_can_ask(shared_data: Path, shared: object) -> None:
    assert json.loads((shared_data / "runtime.json").read_text())["metrics"] == ""
