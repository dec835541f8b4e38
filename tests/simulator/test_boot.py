"""Whole boots, against real servers on loopback."""

from __future__ import annotations

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
from tests.simulator.tftp_server import TftpServer

COMMON = b"registrar.1 = sip.example.net:5070\n"
DEVICE = b"user.1 = 100\npassword.1 = hunter2\n"
FILES = {"acme-A1.cfg": COMMON, "001565aabbcc.cfg": DEVICE}
TOKEN = "0123456789abcdef" * 2

Run = Callable[..., BootReport]


@pytest.fixture
def run(vendor: Vendor, model: Model, mac: Mac, patience: Patience) -> Run:
    def booted(server: BootServer, transport: Transport, source: str | None = None) -> BootReport:
        return boot(
            vendor,
            model,
            mac,
            server,
            transport=transport,
            source_address=source,
            patience=patience,
        )

    return booted


@pytest.fixture(params=list(Transport))
def any_server(
    request: pytest.FixtureRequest,
    web: Callable[..., WebServer],
    tftp: Callable[..., TftpServer],
    certificate: Path,
    server_at: Callable[..., BootServer],
) -> tuple[BootServer, Transport]:
    """The same files over each transport."""
    transport = Transport(request.param)
    if transport is Transport.TFTP:
        return server_at(tftp=tftp(FILES).port), transport
    if transport is Transport.HTTP:
        return server_at(http=web(FILES).port), transport
    port = web(FILES, certificate).port
    return server_at(https=port, ca=certificate), transport


def test_a_phone_reads_its_full_configuration_over_any_transport(
    any_server: tuple[BootServer, Transport], run: Run
) -> None:
    server, transport = any_server
    report = run(server, transport)
    assert report.ok, report
    assert report.reading is not None
    (account,) = report.reading.accounts
    assert (account.user, account.registrar, account.port) == ("100", "sip.example.net", 5070)
    assert [step.path for step in report.steps if step.whole] == list(FILES)
    assert {step.transport for step in report.steps} == {transport}
    device = report.steps[2]
    assert (device.file, device.received, device.size) == ("device", len(DEVICE), len(DEVICE))


def test_a_missing_file_is_refused_in_the_protocols_own_word(
    any_server: tuple[BootServer, Transport], run: Run
) -> None:
    server, transport = any_server
    index = run(server, transport).steps[0]
    expected = "ERROR 1" if transport is Transport.TFTP else "404"
    assert (index.answer, index.reason, index.whole) == (expected, "refused", False)
    assert index.harmless


def test_a_refused_device_file_leaves_the_boot_incomplete(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    report = run(server_at(http=web({"acme-A1.cfg": COMMON}).port), Transport.HTTP)
    assert not report.ok
    assert report.missing == ("001565aabbcc.cfg",)
    assert not report.steps[2].harmless
    assert report.reading is not None
    assert report.reading.accounts == ()


def test_it_follows_the_files_that_a_file_names(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    other = web({"far.cfg": b"x = 1\n"})
    files = {
        **FILES,
        "001565aabbcc.boot": f"near.cfg http://127.0.0.1:{other.port}/far.cfg".encode(),
    }
    server = web(files)
    report = run(server_at(http=server.port), Transport.HTTP)
    assert [path for path, *_ in server.asked][:2] == ["001565aabbcc.boot", "near.cfg"]
    assert [path for path, *_ in other.asked] == ["far.cfg"]
    assert report.ok


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http:///x", "http://h:notaport/x"])
def test_a_url_that_it_cannot_follow_is_a_step_with_a_reason(
    url: str, web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web({**FILES, "001565aabbcc.boot": url.encode()})
    report = run(server_at(http=server.port), Transport.HTTP)
    assert (report.steps[1].answer, report.steps[1].whole) == ("not asked", False)
    assert report.steps[1].reason


def test_a_file_that_the_phone_cannot_read_ends_the_boot(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web({**FILES, "001565aabbcc.boot": b"\xff\xfe"})
    report = run(server_at(http=server.port), Transport.HTTP)
    assert "can't read 001565aabbcc.boot" in report.problem
    assert not report.ok


def test_content_that_is_no_text_is_a_problem_not_a_traceback(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web({**FILES, "001565aabbcc.cfg": b"\xff"})
    report = run(server_at(http=server.port), Transport.HTTP)
    assert report.reading is None
    assert "can't read what came" in report.problem


def test_it_uploads_nothing(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web(FILES)
    report = run(server_at(http=server.port), Transport.HTTP)
    assert (report.steps[-1].method, report.steps[-1].answer) == ("PUT", "not sent")
    assert "001565aabbcc.log" not in [path for path, *_ in server.asked]


def test_it_says_who_it_is_as_the_vendors_phones_do(
    vendor: Vendor,
    mac: Mac,
    web: Callable[..., WebServer],
    server_at: Callable[..., BootServer],
    run: Run,
) -> None:
    server = web(FILES)
    run(server_at(http=server.port), Transport.HTTP)
    known = vendor.identify(server.asked[0][1])
    assert known is not None
    assert (known.model, known.mac) == ("A1", mac)


def test_it_asks_for_all_files_on_one_connection(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web(FILES)
    run(server_at(http=server.port), Transport.HTTP)
    assert (len(server.asked), server.connections) == (3, 1)


def test_it_connects_anew_when_the_server_hung_up(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web({**FILES, "001565aabbcc.boot": "close"})
    report = run(server_at(http=server.port), Transport.HTTP)
    assert report.ok
    assert server.connections == 2


def test_it_asks_from_the_given_address(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web(FILES)
    assert run(server_at(http=server.port), Transport.HTTP, "127.0.0.9").ok
    assert {address for *_, address in server.asked} == {"127.0.0.9"}


def test_the_token_is_sent_over_https_and_never_shown(
    web: Callable[..., WebServer],
    certificate: Path,
    server_at: Callable[..., BootServer],
    run: Run,
) -> None:
    server = web({f"{TOKEN}/{path}": content for path, content in FILES.items()}, certificate)
    target = server_at(https=server.port, ca=certificate, token=TOKEN)
    report = run(target, Transport.HTTPS)
    assert report.ok
    assert TOKEN not in repr(report) + repr(target)


def test_the_token_is_never_sent_in_clear(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    server = web(FILES)
    assert run(server_at(http=server.port, token=TOKEN), Transport.HTTP).ok
    assert all(TOKEN not in path for path, *_ in server.asked)


def test_the_password_is_not_in_the_report(
    web: Callable[..., WebServer], server_at: Callable[..., BootServer], run: Run
) -> None:
    report = run(server_at(http=web(FILES).port), Transport.HTTP)
    assert report.reading is not None
    assert "hunter2" not in repr(report.steps) + repr(report.reading.accounts)
