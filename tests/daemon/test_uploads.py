"""What phones send, by clients that others wrote, to the real daemon."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from provd.devices.mac import Mac
from tests.daemon.books import Books
from tests.daemon.clients import Got, curl
from tests.daemon.conftest import StartDaemon
from tests.daemon.running import Addresses
from tests.daemon.town import parts_of, phone, register
from tests.daemon.waiting import until

MINE, OTHER = phone("polycom", 7001), phone("polycom", 7002)
DIGITS = Mac.parse(MINE.mac).digits
CHANGES, LOG = f"{DIGITS}-phone.cfg", f"{DIGITS}-app.log"
UNKNOWN = "64167ffffff1-app.log"
Send = Callable[[Addresses, str, Path], str]


def ran(*arguments: str | Path) -> str:
    done = subprocess.run(
        list(map(str, arguments)), capture_output=True, timeout=20, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode() + f" exit {done.returncode}"


def by_curl(scheme: str, *options: str) -> Send:
    def send(addresses: Addresses, name: str, file: Path) -> str:
        return ran(
            "curl", "-sS", "--max-time", "15", "--cacert", addresses.ca_file, *options,
            "-w", "%{http_code}", "-T", file, addresses.url(scheme, name),
        )  # fmt: skip

    return send


def by_hpa(addresses: Addresses, name: str, file: Path) -> str:
    port = str(addresses.tftp_port)
    return ran("tftp", "-4", "-m", "binary", "127.0.0.1", port, "-c", "put", file, name)


def by_atftp(addresses: Addresses, name: str, file: Path) -> str:
    return ran(
        "atftp", "--option", "blksize 1024", "--option", "windowsize 4", "--put",
        "-l", file, "-r", name, "127.0.0.1", str(addresses.tftp_port),
    )  # fmt: skip


def by_busybox(addresses: Addresses, name: str, file: Path) -> str:
    port = str(addresses.tftp_port)
    return ran("busybox", "tftp", "-p", "-l", file, "-r", name, "127.0.0.1", port)


CLIENTS: dict[str, Send] = {
    "http": by_curl("http"),
    "http/1.0": by_curl("http", "--http1.0"),
    "chunked": by_curl("https", "-H", "Transfer-Encoding: chunked"),
    "waits for 100": by_curl("https", "-H", "Expect: 100-continue"),
    "post": by_curl("https", "-X", "POST"),
    "curl tftp": by_curl("tftp"),
    "tftp-hpa": by_hpa,
    "atftp": by_atftp,
    "busybox": by_busybox,
}
# curl(1), exit codes: 69 is a "permission problem on TFTP server"
REFUSED = {"http": "405", "curl tftp": "exit 69", "tftp-hpa": "access violation"}


def test_every_client_s_uploads_come_whole_and_back_to_the_phone_alone(
    data: Path, start: StartDaemon, tmp_path: Path
) -> None:
    # Over TFTP changes are taken from the bench only.
    (data / "provd.yaml").write_text("networks: {bench: [127.0.0.1/32]}\n")
    parts = parts_of(data)
    register(parts, [MINE, OTHER])
    device = parts.store.devices.by_mac(Mac.parse(MINE.mac))
    assert device is not None
    parts.store.devices.update(device.id, settings={"provisioning.uploads": True})
    addresses = start(data).ready()
    file = tmp_path / "upload"
    for number, (name, send) in enumerate(CLIENTS.items(), start=1):
        content = f"{name}\n".encode() * 9000
        file.write_bytes(content)
        said = send(addresses, CHANGES, file)
        upload = until(lambda: parts.store.uploads.get(device.id, "phone_changes"), "it is kept")
        assert upload.content == content, (name, said)
        assert "exit 0" in said, (name, said)
        assert curl(addresses.url("tftp", CHANGES)) == Got("ok", content), name
        until(lambda least=number: puts(data) == least, "it is booked")  # type: ignore[misc]

    file.write_bytes(b"x" * 100)
    for name, word in REFUSED.items():
        send = CLIENTS[name]
        off = send(addresses, f"{Mac.parse(OTHER.mac).digits}-app.log", file)
        unknown = send(addresses, UNKNOWN, file)
        assert off == unknown, name
        assert word in off.lower(), name
    assert curl(addresses.url("http", LOG)).status == "404"
    file.write_bytes(bytes(300 << 10))
    assert "413" in by_curl("http")(addresses, CHANGES, file)
    assert "exceeded" in by_atftp(addresses, CHANGES, file).lower()
    parts.close()


def puts(data: Path) -> int:
    [(found,)] = Books(data).rows(
        "SELECT COUNT(*) FROM journal_entry WHERE method <> 'GET' AND whole"
    )
    return int(found)
