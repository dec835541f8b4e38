"""Requests on the wire, byte by byte, from any of this machine's addresses."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.daemon.running import Addresses

SITE = "127.0.0.1"
BENCH = "127.0.0.2"
STRANGER = "127.0.0.9"
ANOTHER = "127.0.0.10"

_SECONDS = 30.0


def http(addresses: Addresses, path: str, source: str = SITE) -> bytes:
    """The whole answer but its date."""
    with connected(addresses, "http", source) as one:
        return _asked(one, path)


def https(addresses: Addresses, path: str, source: str = SITE) -> bytes:
    """The whole answer but its date."""
    with connected(addresses, "https", source) as one:
        return _asked(one, path)


@contextmanager
def connected(
    addresses: Addresses, scheme: str, source: str = SITE, *, receive_octets: int = 0
) -> Iterator[socket.socket]:
    """A connection to the phones' HTTP or HTTPS port. `receive_octets`: what its kernel may hold
    that nobody has read; 0 for as much as usual."""
    port = addresses.https_port if scheme == "https" else addresses.http_port
    with socket.socket() as plain:
        if receive_octets:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
        plain.settimeout(_SECONDS)
        plain.bind((source, 0))
        plain.connect(("127.0.0.1", port))
        if scheme == "http":
            yield plain
            return
        context = ssl.create_default_context(cafile=str(addresses.ca_file))
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            yield secure


def up_to_the_last_byte(connection: socket.socket, path: str) -> bytes:
    """The body, given back the moment that its last byte is here; the connection stays open."""
    connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: provd\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, content = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    assert length, head
    while len(content) < int(length[1]):
        content += connection.recv(65536)
    return content


def tftp(addresses: Addresses, path: str, source: str = SITE) -> bytes:
    """The first packet that comes back (RFC 1350: 3 is DATA, 5 ERROR)."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind((source, 0))
        one.settimeout(_SECONDS)
        one.sendto(b"\0\1" + path.encode() + b"\0octet\0", ("127.0.0.1", addresses.tftp_port))
        return one.recv(2048)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def _asked(connection: socket.socket, path: str) -> bytes:
    connection.sendall(f"GET /{path} HTTP/1.0\r\n\r\n".encode())
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.sub(rb"\r\nDate: [^\r]+", b"", answer)
