"""`provd boot`: what people and programs see of a boot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provd.cli import main
from provd.vendors.vendor import Vendor
from tests.simulator.conftest import WebServer
from tests.simulator.tftp_server import TftpServer
from tests.sip_server import sip_server

MAC = "00:15:65:AA:BB:CC"
TOKEN = "0123456789abcdef" * 2
COMMON = b"registrar.1 = sip.example.net:5070\nlocal.time_zone = Europe/Berlin\n"
DEVICE = f"""user.1 = 100
password.1 = hunter2
obscure = hunter2
provisioning.url = https://h/{TOKEN}/
""".encode()
FILES = {"acme-A1.cfg": COMMON, "001565aabbcc.cfg": DEVICE}
Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def run(vendor: Vendor, data: Path) -> Run:
    """`provd boot` with these arguments, on a data folder and with our vendor only."""

    def started(*arguments: str) -> Result:
        environment = {"PROVD_PLUGINS": str(vendor.folder.parent), "COLUMNS": "80"}
        return CliRunner().invoke(
            main, ["--data", str(data), "boot", *arguments], env=environment, catch_exceptions=False
        )

    return started


@pytest.fixture
def daemon(
    web: Callable[..., WebServer],
    tftp: Callable[..., TftpServer],
    certificate: Path,
    data: Path,
) -> WebServer:
    """What a running daemon leaves in its data folder, with servers behind it."""
    secure = web(FILES, certificate)
    ports = {"https_port": secure.port, "http_port": web(FILES).port, "tftp_port": tftp(FILES).port}
    runtime = {
        "host": "127.0.0.1",
        **ports,
        "portal_port": 9,
        "ca_file": str(certificate),
        "pid": 1,
    }
    (data / "runtime.json").write_text(json.dumps(runtime))
    return secure


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("transport", ["https", "http", "tftp"])
def test_it_boots_from_the_daemon_of_the_data_folder(transport: str, run: Run) -> None:
    ended = run("acme", "A1", MAC, "--transport", transport)
    assert ended.exit_code == 0, ended.output
    assert f"boots from 127.0.0.1 over {transport.upper()}" in ended.output
    assert "The phone has its full configuration: 2 files" in ended.output


def test_https_is_the_default(daemon: WebServer, run: Run) -> None:
    run("acme", "A1", MAC)
    assert len(daemon.asked) == 3


@pytest.mark.usefixtures("daemon")
def test_it_shows_what_the_phone_read_and_no_secret(run: Run) -> None:
    for more in ([], ["--json"]):
        shown = run("acme", "A1", MAC, *more).output
        assert "sip.example.net" in shown
        assert "Europe/Berlin" in shown
        assert "hunter2" not in shown
        assert TOKEN not in shown
    assert "100@sip.example.net:5070" in run("acme", "A1", MAC).output


@pytest.mark.usefixtures("daemon")
def test_it_fits_80_columns(run: Run) -> None:
    assert max(map(len, run("acme", "A1", MAC).output.splitlines())) <= 80


@pytest.mark.usefixtures("daemon")
def test_each_step_is_one_line_at_80_columns(run: Run) -> None:
    lines = run("acme", "A1", MAC).output.splitlines()
    steps = [line for line in lines if line.lstrip().startswith("+")]
    assert [line.split()[1:3] + line.split()[3:5] for line in steps[:3]] == [
        ["HTTPS", "GET", "001565aabbcc.boot", "404"],
        ["HTTPS", "GET", "acme-A1.cfg", "200"],
        ["HTTPS", "GET", "001565aabbcc.cfg", "200"],
    ]
    assert steps[0].rstrip().endswith("not needed")
    assert steps[2].rstrip().endswith("whole")


def test_a_boot_without_the_full_configuration_ends_with_1(
    web: Callable[..., WebServer], data: Path, run: Run
) -> None:
    server = web({"acme-A1.cfg": COMMON})
    runtime = {"host": "127.0.0.1", "tftp_port": 9, "http_port": server.port, "https_port": 9}
    (data / "runtime.json").write_text(json.dumps({**runtime, "ca_file": None}))
    ended = run("acme", "A1", MAC, "--transport", "http")
    assert ended.exit_code == 1
    assert "Missing: 001565aabbcc.cfg" in " ".join(ended.output.split())
    assert "provd device show" in " ".join(ended.output.split())


def test_a_daemon_that_is_gone_is_a_sentence(data: Path, run: Run) -> None:
    runtime = {"host": "127.0.0.1", "tftp_port": 9, "http_port": 9, "https_port": 9}
    (data / "runtime.json").write_text(json.dumps({**runtime, "ca_file": None}))
    ended = run("acme", "A1", MAC)
    assert ended.exit_code == 1
    assert "nothing listens there" in " ".join(ended.output.split())


def test_without_a_daemon_it_says_how_to_start_one(run: Run) -> None:
    ended = run("acme", "A1", MAC)
    assert ended.exit_code == 1
    assert "scripts/run" in ended.output


def test_a_server_elsewhere_needs_no_daemon_here(web: Callable[..., WebServer], run: Run) -> None:
    # --port-base stands for four ports; HTTP is the second.
    base = web(FILES).port - 1
    options = ("--server", "127.0.0.1", "--port-base", str(base), "--transport", "http")
    assert run("acme", "A1", MAC, *options).exit_code == 0


def test_the_certificates_to_trust_may_be_named(
    web: Callable[..., WebServer], certificate: Path, run: Run
) -> None:
    base = web(FILES, certificate).port - 2
    options = ("--server", "127.0.0.1", "--port-base", str(base))
    assert run("acme", "A1", MAC, *options).exit_code == 1
    assert run("acme", "A1", MAC, *options, "--ca", str(certificate)).exit_code == 0


def test_the_report_for_programs_is_json(daemon: WebServer, run: Run) -> None:
    read = json.loads(run("acme", "A1", MAC, "--json").stdout)
    assert (read["ok"], read["vendor"], read["mac"]) == (True, "acme", "00:15:65:aa:bb:cc")
    assert [step["answer"] for step in read["steps"]] == ["404", "200", "200", "not sent"]
    assert read["accounts"][0]["password"] == "given"
    assert read["parameter_count"] == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("acmee", "A1", MAC), "There are: acme"),
        (("acme", "A9", MAC), "A1"),
        (("acme", "A1", "00:15"), "not a MAC address"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(
    arguments: tuple[str, ...], told: str, run: Run
) -> None:
    ended = run(*arguments)
    assert ended.exit_code == 1
    assert told in ended.output


def test_the_vendors_name_may_be_written_as_on_the_box(daemon: WebServer, run: Run) -> None:
    assert run("Acme", "a-1", MAC).exit_code == 0


def test_the_token_may_come_from_the_environment(
    daemon: WebServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOT_TOKEN", TOKEN)
    run("acme", "A1", MAC)
    assert daemon.asked[0][0] == f"{TOKEN}/001565aabbcc.boot"


@pytest.fixture
def registering(
    web: Callable[..., WebServer], data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], None]]:
    """A SIP server that knows 100, and a daemon whose file has this password for it."""
    with sip_server(tmp_path_factory.mktemp("kamailio"), users={"100": "hunter2"}) as sip:

        def serve(password: str) -> None:
            device = f"user.1 = 100\npassword.1 = {password}\nregistrar.1 = 127.0.0.1:{sip.port}\n"
            server = web({"001565aabbcc.cfg": device.encode()})
            runtime = {"host": "127.0.0.1", "tftp_port": 9, "http_port": server.port}
            text = json.dumps({**runtime, "https_port": 9, "ca_file": None})
            (data / "runtime.json").write_text(text)

        yield serve


def test_the_accounts_that_it_read_are_registered(
    run: Run, registering: Callable[[str], None]
) -> None:
    words = ("acme", "A1", MAC, "--transport", "http", "--register")
    registering("hunter2")
    good = run(*words)
    assert good.exit_code == 0, good.output
    assert "line 1  registered at 127.0.0.1:" in good.output
    registering("hunter3")
    bad = run(*words)
    assert bad.exit_code == 1
    assert "line 1  refused: 401 Unauthorized: user or password are wrong" in bad.output
    shown = json.loads(run(*words, "--json").stdout)
    assert [one["status"] for one in shown["registrations"]] == [401]
    assert "hunter" not in bad.output


def test_a_phone_without_an_account_proves_nothing(
    run: Run, web: Callable[..., WebServer], data: Path
) -> None:
    server = web({"001565aabbcc.cfg": b"a = b\n"})
    runtime = {"host": "127.0.0.1", "tftp_port": 9, "http_port": server.port, "https_port": 9}
    (data / "runtime.json").write_text(json.dumps({**runtime, "ca_file": None}))
    assert run("acme", "A1", MAC, "--transport", "http").exit_code == 0
    assert run("acme", "A1", MAC, "--transport", "http", "--register").exit_code == 1
