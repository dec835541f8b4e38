"""What each of several processes that serve phones has of the limits."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from provd import listeners
from provd.addresses import usable
from provd.configuration import Configuration
from provd.listeners import Listeners, for_each_server, rebound
from provd.servers.http import HttpServer
from provd.servers.listening import Opener
from provd.servers.tftp import TftpLimits, TftpServer
from tests.servers.files import DictBackend

CONFIGURATION = Configuration.load(
    None, {}, {"limits.connections": 80, "limits.connections_per_address": 60}
)
WORKERS = 4


class Backend(DictBackend):
    receiving: Any = None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the servers were made with."""
    seen: dict[str, Any] = {}
    for name in ("TftpServer", "HttpServer"):
        monkeypatch.setattr(listeners, name, lambda *_, **given: seen.update(given))
    return seen


def make() -> Listeners:
    return Listeners(Clock(), CONFIGURATION, Opener(), share=WORKERS)


def test_what_forged_addresses_may_be_sent_is_divided(made: dict[str, Any]) -> None:
    next(make().tftp(Backend({})))
    whole = TftpLimits()
    settings = made["settings"]
    assert settings.unvalidated_total_octets == whole.unvalidated_total_octets // WORKERS
    assert settings.unvalidated_burst_octets == whole.unvalidated_burst_octets
    assert settings.maximum_sessions == CONFIGURATION.limits.tftp_sessions // WORKERS


def test_an_address_meets_one_process_and_has_all_its_connections_there(
    made: dict[str, Any],
) -> None:
    next(make().http(Backend({})))
    assert made["limits"].maximum_connections == 20
    assert made["limits"].maximum_connections_per_address == 60


def test_it_has_them_after_a_reload_too() -> None:
    class Bounded(HttpServer):
        def bound(self, connections: int, per_address: int) -> None:
            self.bounds = connections, per_address

    web = Bounded(Clock(), Backend({}), interface="127.0.0.1", port=0)
    tftp = TftpServer(Clock(), Backend({}), interfaces=["127.0.0.1"], port=0)
    rebound([web, tftp], CONFIGURATION, share=WORKERS)
    assert web.bounds == (20, 60)
    assert tftp.most_running == CONFIGURATION.limits.tftp_sessions // WORKERS


def test_the_phones_connections_leave_descriptors_for_all_else(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = (65_536, 4096, 1024, 1)
    assert [for_each_server(limit, 2) for limit in limits] == [32_256, 1536, 256, 1]
    monkeypatch.setattr(listeners, "descriptor_limit", lambda: 1024 + 2 * 1030)
    next(make().http(Backend({})))
    assert made["limits"].descriptors == 1030 // len(usable(CONFIGURATION.listen.addresses))
