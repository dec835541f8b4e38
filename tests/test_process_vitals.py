"""One process's vitals: what its servers count for themselves is added once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock

from provd.answering import Answering
from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.jobs import Booking
from provd.process_vitals import ProcessVitals
from provd.provisioning.files import FileMemory
from provd.provisioning.spool import Spool
from provd.provisioning.sweeps import SweepLimits, SweepsByTransport
from provd.servers.http import HttpLimits, HttpServer
from provd.servers.tftp import TftpLimits, TftpServer
from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles
from provd.tally import Tally
from provd.vitals import AT, Silenced
from tests.servers.certificates import write_certificates
from tests.servers.files import DictBackend

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Process:
    """Servers that do not listen, on two addresses each, over one set of certificates."""

    folder: Path
    servers: list[Any] = field(default_factory=list)
    sweeps: SweepsByTransport = field(
        default_factory=lambda: SweepsByTransport(SweepLimits(macs=1))
    )
    tally: Tally = field(default_factory=Tally)

    def vitals(self) -> ProcessVitals:
        spool = Spool(self.folder / "spool", lambda entries: None)
        booking = Booking(Clock(), spool, lambda drain: succeed(drain()))
        answering = Answering(lambda function: succeed(function()), self.tally, lambda: 0.0)
        memory = FileMemory()
        return ProcessVitals(
            self.tally, answering, booking, self.sweeps, self.servers, lambda: memory, lambda: NOW
        )


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsContexts:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    chain = CertificateFiles(folder / "server-ec.pem", folder / "server-ec.key")
    return TlsContexts(TlsFiles([chain]))


@pytest.fixture
def process(tmp_path: Path, tls: TlsContexts) -> Process:
    made = Process(tmp_path)
    backend = DictBackend({})
    for interface in ("127.0.0.1", "::1"):
        made.servers += [
            HttpServer(
                Clock(),
                backend,
                interface=interface,
                port=0,
                tls=context,
                limits=HttpLimits(maximum_connections=100),
            )
            for context in (None, tls)
        ]
    limits = TftpLimits(maximum_sessions=300)
    made.servers.append(
        TftpServer(Clock(), backend, interfaces=["127.0.0.1"], port=0, settings=limits)
    )
    return made


def test_handshakes_are_counted_once_for_all_addresses(process: Process, tls: TlsContexts) -> None:
    tls.handshakes.full = 7
    assert process.vitals().counts()[AT["handshakes.full"]] == 7


def test_responses_are_added_and_told_apart_by_transport(process: Process) -> None:
    for server in process.servers[:4]:
        for status in ("200", "404", "503", "aborted"):
            server.statuses.count(status)
    counts = process.vitals().counts()
    for transport in ("http", "https"):
        for name, number in {"2xx": 2, "3xx": 0, "4xx": 2, "5xx": 2, "none": 2}.items():
            assert counts[AT[f"responses.{transport}.{name}"]] == number


def test_tftps_own_counts_are_there(process: Process) -> None:
    process.servers[-1].counters.retransmissions = 5
    assert process.vitals().counts()[AT["tftp.retransmissions"]] == 5


def test_limits_are_those_of_all_servers(process: Process) -> None:
    now = process.vitals().now()
    assert (now.http_limit, now.https_limit, now.transfer_limit) == (200, 200, 300)


def test_silenced_networks_are_counted_and_named_the_latest_first(process: Process) -> None:
    for address, transport in (
        ("203.0.113.9", Transport.TFTP),
        ("203.0.113.9", Transport.HTTP),
        ("198.51.100.9", Transport.HTTPS),
    ):
        process.sweeps.of(transport).refused(ip_address(address), Mac("805ec0000000"), NOW)
    vitals = process.vitals()
    assert vitals.now().silenced == 3
    until = NOW + timedelta(hours=1)
    assert vitals.silenced() == (
        Silenced("198.51.100.0/24", until, "HTTP and HTTPS"),
        Silenced("203.0.113.0/24", until, "HTTP and HTTPS"),
        Silenced("203.0.113.0/24", until, "TFTP"),
    )
