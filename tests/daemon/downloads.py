"""Downloads that all but stand still until they are let go on, over TFTP and HTTPS."""

from __future__ import annotations

import re
import shutil
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from tests.daemon.asking import connected
from tests.daemon.processes import CLONE
from tests.daemon.running import Addresses

NAME = "steady.bin"
RUNNING = "has not ended"
LINE = b"so that one packet of it can be told from another: %08d\n"
CONTENT = b"".join(LINE % number for number in range(30_000))
"""More than the kernels of both ends take at once from a client that asks for little
(_RECEIVE_OCTETS), so that its sender must be there to the end."""

_RECEIVE_OCTETS = 64 << 10
_BLOCK, _WINDOW = 1428, 16
_SECONDS = 60.0
_PAUSE, _PHONE_TIMEOUT = 4.0, 6
"""A window in so many seconds, and none of them is repeated meanwhile (RFC 2349): hundreds that
wait must not be a load of their own. The file lasts for five minutes of that."""
_MANIFEST = """\
name: steady
title: Steady
ouis: ["02aced"]
user_agents: ['^Steady (?P<model>One)']
agent: "Steady {model}"
media_type: text/plain
format: key_value
files:
  image: {path: "steady.bin", template: image.j2, media_type: application/octet-stream}
  device: {path: "steady-{mac}.cfg", template: device.j2, secret: true, completes_boot: true}
boot: [{file: image}, {file: device}]
models: {columns: [name, lines, keys], rows: [[One, 1, 0]]}
words: {transport: {udp: UDP, tcp: TCP, tls: TLS, dns-srv: SRV}, keys: {line: line}}
accounts:
  all: [{user: "u.{n}", password: "p.{n}", registrar: "r.{n}"}]
"""


def plugins_with_a_large_file(folder: Path) -> Path:
    """The vendors, and one with a file that everybody may have and that takes a while."""
    plugins = Path(shutil.copytree(CLONE / "plugins", folder / "plugins"))
    templates = plugins / "steady" / "templates"
    templates.mkdir(parents=True)
    (plugins / "steady" / "plugin.yaml").write_text(_MANIFEST)
    (templates / "image.j2").write_bytes(CONTENT)
    (templates / "device.j2").write_text("{{ mac }}\n")
    return plugins


class Download(threading.Thread):
    """`begun` is set with the first octets, or when there will be none; it goes on when `go` is.
    `problem` is empty where all came as it should."""

    def __init__(
        self, fetch: Callable[[Addresses, Download], bytes], addresses: Addresses,
        go: threading.Event,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.begun = threading.Event()
        self.go = go
        self.problem = "has not begun"
        self._fetch = fetch
        self._addresses = addresses

    def run(self) -> None:
        try:
            content = self._fetch(self._addresses, self)
            self.problem = "" if content == CONTENT else f"only {len(content)} octets are right"
        except (OSError, AssertionError) as error:
            self.problem = repr(error)
            self.begun.set()

    def waits(self) -> bool:
        """Takes a while, so that a server gives nobody up, unless it was let go on."""
        if not self.begun.is_set():
            self.problem = RUNNING
            self.begun.set()
        return not self.go.wait(_PAUSE)


def begin(downloads: Sequence[Download], within: float) -> None:
    """Returns when all are under way. Fails, saying what is wrong, when one is not."""
    deadline = time.monotonic() + within
    for one in downloads:
        one.start()
    for one in downloads:
        one.begun.wait(max(0.0, deadline - time.monotonic()))
        assert one.problem == RUNNING, one.problem


def over_https(addresses: Addresses, download: Download) -> bytes:
    with connected(addresses, "https", receive_octets=_RECEIVE_OCTETS) as connection:
        connection.settimeout(_SECONDS)
        connection.sendall(f"GET /{NAME} HTTP/1.1\r\nHost: provd\r\n\r\n".encode())
        answer = connection.recv(4096)
        while download.waits():
            answer += connection.recv(4096)
        while not (head := re.search(rb"Content-Length: (\d+).*?\r\n\r\n", answer, re.DOTALL)):
            answer += connection.recv(4096)
        body = [answer[head.end() :]]
        missing = int(head[1]) - len(body[0])
        while missing > 0 and (data := connection.recv(65536)):
            body.append(data)
            missing -= len(data)
        return b"".join(body)


def over_tftp(addresses: Addresses, download: Download) -> bytes:
    """In windows (RFC 7440)."""
    options = f"blksize\0{_BLOCK}\0windowsize\0{_WINDOW}\0timeout\0{_PHONE_TIMEOUT}\0"
    request = b"\0\1" + f"{NAME}\0octet\0{options}".encode()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        one.settimeout(1.0)
        peer = _answered(one, request, ("127.0.0.1", addresses.tftp_port))
        blocks: list[bytes] = []
        one.sendto(struct.pack("!HH", 4, 0), peer)
        while not blocks or len(blocks[-1]) == _BLOCK:
            _window(one, peer, blocks)
            download.waits()
            one.sendto(struct.pack("!HH", 4, len(blocks) & 0xFFFF), peer)
        return b"".join(blocks)


def whole_over_tftp(addresses: Addresses, name: str) -> bytes:
    """A file in blocks of 512 octets, asked for again each second until there is an answer."""
    request = b"\0\1" + f"{name}\0octet\0".encode()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.settimeout(1.0)
        packet, peer = _answer(one, request, ("127.0.0.1", addresses.tftp_port))
        content = packet[4:]
        while len(packet) == 516:
            packet, peer = _answer(one, struct.pack("!H", 4) + packet[2:4], peer)
            content += packet[4:]
        one.sendto(struct.pack("!H", 4) + packet[2:4], peer)
        return content


def _answered(one: socket.socket, request: bytes, server: tuple[str, int]) -> tuple[str, int]:
    packet, peer = _answer(one, request, server)
    assert packet[:2] == b"\0\6", packet
    return peer


def _answer(
    one: socket.socket, packet: bytes, server: tuple[str, int]
) -> tuple[bytes, tuple[str, int]]:
    for _ in range(int(_SECONDS)):
        one.sendto(packet, server)
        with suppress(TimeoutError):
            answer, peer = one.recvfrom(2048)
            return answer, (str(peer[0]), int(peer[1]))
    raise TimeoutError("no answer over TFTP")


def _window(one: socket.socket, peer: tuple[str, int], blocks: list[bytes]) -> None:
    """The blocks that follow, up to a whole window; repeats of earlier ones are dropped."""
    missing, patience = _WINDOW, int(_SECONDS)
    while missing and patience:
        try:
            packet = one.recv(2048)
        except TimeoutError:
            patience -= 1
            one.sendto(struct.pack("!HH", 4, len(blocks) & 0xFFFF), peer)
            continue
        kind, number = struct.unpack_from("!HH", packet)
        assert kind == 3, packet[:100]
        if number == (len(blocks) + 1) & 0xFFFF:
            blocks.append(packet[4:])
            missing -= 1
            if len(packet) < _BLOCK + 4:
                return
    if missing:
        raise TimeoutError("the transfer has ended")
