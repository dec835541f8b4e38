"""The phones' side of TFTP and HTTP for `boot_storm`, as little as will do, without blocking."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

BLOCK = 1428
_RRQ, _DATA, _ACK, _ERROR, _OACK = 1, 3, 4, 5, 6
_TRIES = 6
_SECONDS = 2.0


class NoAnswer(Exception):
    """The server fell silent, or said what no phone understands."""


class _Transfer(asyncio.DatagramProtocol):
    """One file: RFC 1350 with blksize and tsize (RFC 2348, 2349). Repeats what is not answered."""

    def __init__(self, server: tuple[str, int], path: str) -> None:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[bytes | None] = loop.create_future()
        self._server = server
        self._options = f"{path}\0octet\0blksize\0{BLOCK}\0tsize\x000\0".encode()
        self._block = 512
        self._parts: list[bytes] = []
        self._peer: tuple[str, int] | None = None
        self._last = b""
        self._tries = 0
        self._loop = loop

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send(_RRQ.to_bytes(2, "big") + self._options)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if self.done.done() or (self._peer is not None and address != self._peer):
            return
        self._peer = address
        kind = int.from_bytes(data[:2], "big")
        if kind == _ERROR:
            self.done.set_result(None)
        elif kind == _OACK and not self._parts:
            self._block = BLOCK
            self._acknowledge()
        elif kind == _DATA and int.from_bytes(data[2:4], "big") == len(self._parts) + 1:
            self._parts.append(data[4:])
            self._acknowledge()
            if len(data) - 4 < self._block:
                self.done.set_result(b"".join(self._parts))

    def error_received(self, error: Exception) -> None:
        """The kernel's ICMP notices; the time-out decides."""

    def close(self) -> None:
        self._timer.cancel()
        self._transport.close()

    def _acknowledge(self) -> None:
        self._timer.cancel()
        self._tries = 0
        self._send(_ACK.to_bytes(2, "big") + len(self._parts).to_bytes(2, "big"))

    def _send(self, packet: bytes) -> None:
        self._last = packet
        self._transport.sendto(packet, self._peer or self._server)
        self._timer = self._loop.call_later(_SECONDS, self._again)

    def _again(self) -> None:
        if self.done.done():
            return
        self._tries += 1
        if self._tries >= _TRIES:
            self.done.set_exception(NoAnswer("no answer over TFTP"))
        else:
            self._send(self._last)


async def fetch_tftp(server: tuple[str, int], source: str, path: str) -> bytes | None:
    """None when the server refuses. Raises NoAnswer."""
    loop = asyncio.get_running_loop()
    _, transfer = await loop.create_datagram_endpoint(
        lambda: _Transfer(server, path), local_addr=(source, 0)
    )
    try:
        return await transfer.done
    finally:
        transfer.close()


class Web:
    """One phone's connection, opened when it first asks and kept for the rest of its boot."""

    def __init__(
        self, host: str, port: int, source: str, agent: str, tls: ssl.SSLContext | None
    ) -> None:
        self._where = (host, port)
        self._source = source
        self._head = f"Host: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n"
        self._tls = tls
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def fetch(self, path: str) -> bytes | None:
        """None when the server refuses. Raises OSError, IncompleteReadError or NoAnswer."""
        if self._streams is None:
            host, port = self._where
            self._streams = await asyncio.open_connection(
                host, port, ssl=self._tls, local_addr=(self._source, 0)
            )
        reader, writer = self._streams
        writer.write(f"GET /{path} HTTP/1.1\r\n{self._head}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        body = await reader.readexactly(_length(head))
        if "\r\nconnection: close" in head:
            self.close()
        if status not in (200, 404):
            raise NoAnswer(f"status {status}")
        return body if status == 200 else None

    def close(self) -> None:
        """Without waiting for the other side."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _length(head: str) -> int:
    _, found, rest = head.partition("\r\ncontent-length:")
    return int(rest.split("\r\n", 1)[0]) if found else 0
