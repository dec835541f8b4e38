"""What a phone makes of servers that are absent, silent, slow or wrong. Nothing raises."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.simulator import BootReport, BootServer, boot
from provd.simulator.fetching import Patience
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor
from tests.simulator.conftest import WebServer
from tests.simulator.tftp_server import Odd, TftpServer

Tftp = Callable[..., TftpServer]
Web = Callable[..., WebServer]
At = Callable[..., BootServer]
Run = Callable[..., BootReport]
FIRST = "001565aabbcc.boot"


@pytest.fixture
def run(vendor: Vendor, model: Model, mac: Mac, patience: Patience) -> Run:
    def booted(
        server: BootServer,
        transport: Transport,
        source: str | None = None,
        *,
        patience: Patience = patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> BootReport:
        return boot(
            vendor,
            model,
            mac,
            server,
            transport=transport,
            source_address=source,
            patience=patience,
            clock=clock,
        )

    return booted


def only_reason(report: BootReport) -> str:
    """The phone gave up at its first request; why."""
    (step,) = report.steps
    assert not report.ok
    assert not step.harmless
    assert step.reason in report.problem
    assert step.answer == ""
    return step.reason


def test_nothing_listens(server_at: At, run: Run) -> None:
    assert only_reason(run(server_at(http=9), Transport.HTTP)) == "nothing listens there"


def test_no_such_host(run: Run) -> None:
    server = BootServer("no-such-host.invalid", 9, 9, 9)
    for transport in Transport:
        assert only_reason(run(server, transport)) == "no such host"


def test_a_tftp_server_that_never_answers(server_at: At, silent_port: int, run: Run) -> None:
    hurried = Patience(silence=0.02)
    report = run(server_at(tftp=silent_port), Transport.TFTP, patience=hurried)
    assert only_reason(report) == "no answer"


def test_a_web_server_that_never_answers(web: Web, server_at: At, run: Run) -> None:
    report = run(server_at(http=web({FIRST: "stall"}).port), Transport.HTTP)
    assert only_reason(report) == "no answer"


def test_a_server_that_does_not_speak_http(server_at: At, babbling_port: int, run: Run) -> None:
    assert "not HTTP" in only_reason(run(server_at(http=babbling_port), Transport.HTTP))


def test_a_server_that_does_not_speak_tls(web: Web, server_at: At, run: Run) -> None:
    assert "TLS failed" in only_reason(run(server_at(https=web({}).port), Transport.HTTPS))


def test_a_certificate_of_nobody_we_trust(
    web: Web, certificate: Path, server_at: At, run: Run
) -> None:
    report = run(server_at(https=web({}, certificate).port), Transport.HTTPS)
    assert "certificate is not trusted" in only_reason(report)


def test_a_certificate_for_another_name(web: Web, certificate: Path, run: Run) -> None:
    port = web({}, certificate).port
    report = run(BootServer("localhost", 9, 9, port, certificate), Transport.HTTPS)
    assert "localhost" in only_reason(report)


def test_a_ca_file_that_is_not_there(web: Web, tmp_path: Path, server_at: At, run: Run) -> None:
    report = run(server_at(https=9, ca=tmp_path / "ca.pem"), Transport.HTTPS)
    assert "holds no certificates" in only_reason(report)


@pytest.mark.parametrize("transport", [Transport.TFTP, Transport.HTTP])
def test_a_source_address_that_is_not_ours(transport: Transport, server_at: At, run: Run) -> None:
    report = run(server_at(), transport, "192.0.2.1")
    assert only_reason(report) == "Cannot assign requested address"


def test_an_answer_that_breaks_off_is_not_whole(web: Web, server_at: At, run: Run) -> None:
    report = run(server_at(http=web({FIRST: "cut"}).port), Transport.HTTP)
    step = report.steps[0]
    assert (step.answer, step.received, step.size, step.whole) == ("200", 2, 12, False)
    assert step.reason == "the answer broke off"


@pytest.mark.parametrize(
    ("file", "answer", "received", "reason"),
    [
        (Odd(b"x" * 2000, 2001), "OACK", 2000, "2001 bytes were announced"),
        (Odd(b"x" * 2000, 2000, "error"), "ERROR 0", 1428, "refused"),
        (Odd(b"x" * 2000, 2000, "silence"), "OACK", 1428, "the server fell silent"),
    ],
)
def test_a_transfer_that_goes_wrong_halfway_is_not_whole(
    file: Odd, answer: str, received: int, reason: str, tftp: Tftp, server_at: At, run: Run
) -> None:
    hurried = Patience(silence=0.02)
    step = run(server_at(tftp=tftp({FIRST: file}).port), Transport.TFTP, patience=hurried).steps[0]
    assert (step.answer, step.received, step.reason) == (answer, received, reason)
    assert not step.whole


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1428, 2856, 70_000])
def test_tftp_files_of_any_size_arrive(size: int, tftp: Tftp, server_at: At, run: Run) -> None:
    for options in (True, False):
        server = tftp({FIRST: b"\n" * size}, options)
        step = run(server_at(tftp=server.port), Transport.TFTP).steps[0]
        assert (step.received, step.size) == (size, size if options else None)
        assert step.whole
        assert server.asked[0] == (FIRST, {"blksize": 1428, "tsize": 0})


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "refused"), (503, "the server is busy"), (301, "moved permanently")],
)
def test_a_status_that_brings_no_file(
    status: int, reason: str, web: Web, server_at: At, run: Run
) -> None:
    step = run(server_at(http=web({FIRST: status}).port), Transport.HTTP).steps[0]
    assert (step.answer, step.reason, step.whole) == (str(status), reason, False)


def test_a_transfer_that_takes_too_long_is_given_up(
    web: Web, tftp: Tftp, server_at: At, run: Run
) -> None:
    files = {FIRST: b"x" * 5000}
    for transport, server in (
        (Transport.TFTP, server_at(tftp=tftp(files).port)),
        (Transport.HTTP, server_at(http=web(files).port)),
    ):
        seconds = itertools.count(step=100)
        step = run(server, transport, clock=lambda now=seconds: float(next(now))).steps[0]
        assert "takes too long" in step.reason
        assert not step.whole


def test_a_file_without_end_is_given_up(
    web: Web,
    tftp: Tftp,
    server_at: At,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("provd.simulator.tftp.MOST_BYTES", 3000)
    monkeypatch.setattr("provd.simulator.web.MOST_BYTES", 3000)
    files = {FIRST: b"x" * 5000}
    for transport, server in (
        (Transport.TFTP, server_at(tftp=tftp(files).port)),
        (Transport.HTTP, server_at(http=web(files).port)),
    ):
        assert "too large" in run(server, transport).steps[0].reason
