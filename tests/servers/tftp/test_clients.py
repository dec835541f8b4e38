"""Real TFTP clients over loopback."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import tftpy  # type: ignore[import-untyped]

from tests.servers.conftest import SIZES, Serving, run

CLIENTS = {
    "curl": "curl -sS {url} -o {out}",
    "curl without options": "curl -sS --tftp-no-options {url} -o {out}",
    "curl blksize 8": "curl -sS --tftp-blksize 8 {url} -o {out}",
    "curl blksize 1428": "curl -sS --tftp-blksize 1428 {url} -o {out}",
    "curl blksize 65464": "curl -sS --tftp-blksize 65464 {url} -o {out}",
    "tftp-hpa": "tftp -m binary 127.0.0.1 {port} -c get {name} {out}",
    "atftp": "atftp -g -r {name} -l {out} 127.0.0.1 {port}",
    "atftp with every option": "atftp --option|blksize 1428|--option|tsize 0|--option|timeout 3|"
    "--option|windowsize 8|-g -r {name} -l {out} 127.0.0.1 {port}",
    "busybox": "busybox tftp -g -r {name} -l {out} 127.0.0.1 {port}",
    "busybox -b 1468": "busybox tftp -b 1468 -g -r {name} -l {out} 127.0.0.1 {port}",
}
# curl 7.88 refuses an OACK with tsize=0, of any server
CURL_CAN_NOT = {
    ("curl", "empty"),
    *((f"curl blksize {size}", "empty") for size in (8, 1428, 65464)),
}
SMALL_BLOCKS = {"curl blksize 8": {"large.rom"}}


def command(client: str, serving: Serving, name: str, out: Path) -> list[str]:
    port = serving.ports["tftp"]
    values = {"url": f"tftp://127.0.0.1:{port}/{name}", "port": port, "name": name, "out": out}
    words: list[str] = []
    for piece in CLIENTS[client].split("|"):
        words += [piece] if piece.startswith(("blk", "tsi", "tim", "win")) else piece.split(" ")
    return [word.format(**values) for word in words if word]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_gets_every_file_intact(
    client: str, serving: Serving, files: Path, tmp_path: Path
) -> None:
    for name, size in SIZES.items():
        if (client, name) in CURL_CAN_NOT or name in SMALL_BLOCKS.get(client, ()):
            continue
        out = tmp_path / name
        done = run(*command(client, serving, name, out))
        assert done.returncode == 0, (name, done.stderr)
        received = out.read_bytes() if out.exists() else b""  # some write no file of no octets
        assert received == (files / name).read_bytes(), name
        serving.delivery(path=name, transport="tftp", whole=True, bytes=size)


@pytest.mark.parametrize("options", [{}, {"blksize": 1428, "tsize": 0}])
def test_tftpy_gets_every_file_intact(
    options: dict[str, int], serving: Serving, files: Path, tmp_path: Path
) -> None:
    client = tftpy.TftpClient("127.0.0.1", serving.ports["tftp"], options)
    for name in ("empty", "blocks.cfg", "phone.cfg", "wrap.rom"):
        client.download(name, str(tmp_path / name), timeout=5)
        assert (tmp_path / name).read_bytes() == (files / name).read_bytes()
        serving.delivery(path=name, whole=True)


def test_more_than_65535_blocks_arrive(serving: Serving, files: Path, tmp_path: Path) -> None:
    url = f"tftp://127.0.0.1:{serving.ports['tftp']}/wrap.rom"
    done = run("curl", "-sS", "--tftp-blksize", "8", url, "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == (files / "wrap.rom").read_bytes()


def test_a_missing_and_a_forbidden_file_are_told_alike(serving: Serving, tmp_path: Path) -> None:
    answers = []
    for name in ("missing.cfg", "forbidden/secret.cfg", "../etc/passwd"):
        done = run("atftp", "-g", "-r", name, "-l", str(tmp_path / "o"), "127.0.0.1",
                   str(serving.ports["tftp"]))  # fmt: skip
        assert done.returncode != 0
        answers.append(done.stderr.replace(name.encode(), b""))
    assert b"File not found" in answers[0]
    assert answers[0] == answers[1] == answers[2]


def test_an_upload_is_refused(serving: Serving, files: Path) -> None:
    done = run("curl", "-sS", "-T", str(files / "small.cfg"),
               f"tftp://127.0.0.1:{serving.ports['tftp']}/small.cfg")  # fmt: skip
    assert done.returncode == 69  # curl: "Permission problem on TFTP server", by ERROR 2


def test_an_answer_from_the_slow_side_arrives(serving: Serving, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("curl", "-sS", f"tftp://127.0.0.1:{serving.ports['tftp']}/late/phone.cfg", "-o",
               str(out))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size == 4096
    serving.delivery(path="late/phone.cfg", whole=True)


@pytest.mark.parametrize(
    ("listener", "address"), [("tftp", "::1"), ("any_tftp", "::1"), ("any_tftp", "127.0.0.1")]
)
def test_both_families_are_served(
    listener: str, address: str, serving: Serving, tmp_path: Path
) -> None:
    host = f"[{address}]" if ":" in address else address
    out = tmp_path / "out"
    done = run("curl", "-sS", f"tftp://{host}:{serving.ports[listener]}/phone.cfg", "-o", str(out))
    assert done.returncode == 0, done.stderr
    serving.delivery(path="phone.cfg", address=address, whole=True)


@pytest.mark.parametrize("asked", ["127.0.0.1", "127.0.0.2", "127.8.9.10"])
def test_the_reply_comes_from_the_address_that_was_asked(asked: str, serving: Serving) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(5)
        phone.sendto(b"\0\1small.cfg\0octet\0", (asked, serving.ports["any_tftp"]))
        packet, peer = phone.recvfrom(2000)
        assert packet[:4] == b"\0\3\0\1"
        assert peer[0] == asked
        assert peer[1] != serving.ports["any_tftp"]
        phone.sendto(b"\0\4\0\1", peer)
    serving.delivery(path="small.cfg", whole=True)


def test_a_burst_larger_than_the_kernels_default_buffer_is_answered(serving: Serving) -> None:
    address: Any = ("127.0.0.1", serving.ports["tftp"])
    phones = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(400)]
    for phone in phones:
        phone.settimeout(5)
        phone.sendto(b"\0\1small.cfg\0octet\0", address)
    for phone in phones:
        packet, peer = phone.recvfrom(2000)
        assert packet[:4] == b"\0\3\0\1"
        phone.sendto(b"\0\4\0\1", peer)
        phone.close()
    for _ in phones:
        serving.delivery(path="small.cfg", whole=True)
