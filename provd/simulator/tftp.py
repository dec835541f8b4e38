"""Fetching a file over TFTP, by tftpy's client, with the options that phones send (RFC 2348, 2349).

tftpy speaks IPv4 only, and so does this.
"""

from __future__ import annotations

import io
import logging
import socket

import tftpy  # type: ignore[import-untyped]  # it has no types
from tftpy.TftpPacketTypes import (  # type: ignore[import-untyped]  # the same
    TftpPacket,
    TftpPacketDAT,
    TftpPacketERR,
    TftpPacketOACK,
)

from provd.simulator.fetching import MOST_BYTES, Fetched, GaveUp, Patience, Seconds, why
from provd.simulator.target import Target

RETRIES = 3
_OPTIONS = {"blksize": 1428, "tsize": 0}

# The report tells what tftpy would say on standard error.
logging.getLogger("tftpy").addHandler(logging.NullHandler())
logging.getLogger("tftpy").propagate = False


class _Watch:
    """Sees every packet that comes; remembers what tftpy forgets, and ends what takes too long."""

    def __init__(self, deadline: float, clock: Seconds) -> None:
        self._deadline = deadline
        self._clock = clock
        self.answer = ""
        self.size: int | None = None
        self.received = 0

    def __call__(self, packet: TftpPacket) -> None:
        if isinstance(packet, TftpPacketERR):
            self.answer = f"ERROR {packet.errorcode}"
        elif isinstance(packet, TftpPacketOACK):
            self.answer = "OACK"
            self.size = _number(packet.options.get("tsize"))
        elif isinstance(packet, TftpPacketDAT):
            self.answer = self.answer or "DATA"
            self.received += len(packet.data)
        if self._clock() > self._deadline:
            raise GaveUp("the transfer takes too long")
        if self.received > MOST_BYTES:
            raise GaveUp("the file is too large")


def fetch(
    target: Target, *, source_address: str | None, patience: Patience, clock: Seconds
) -> Fetched:
    """Never raises: whatever goes wrong becomes the reason."""
    watch = _Watch(clock() + patience.file, clock)
    output = io.BytesIO()
    try:
        client = _client(target, source_address or "")
        client.download(
            target.path, output, packethook=watch, timeout=patience.silence, retries=RETRIES
        )
    except tftpy.TftpTimeout:
        return _failed(watch, output, "no answer" if not watch.answer else "the server fell silent")
    except (tftpy.TftpException, GaveUp) as error:
        return _failed(watch, output, str(error))
    except OSError as error:
        return _failed(watch, output, why(error))
    content = output.getvalue()
    if watch.size not in (None, len(content)):
        return _failed(watch, output, f"{watch.size} bytes were announced")
    return Fetched(watch.answer, content, len(content), watch.size)


def _client(target: Target, source_address: str) -> tftpy.TftpClient:
    """Raises OSError for a host or a source address that is not usable: tftpy would leave a socket
    open behind its own error."""
    host = socket.getaddrinfo(target.host, None, socket.AF_INET, socket.SOCK_DGRAM)[0][4][0]
    if source_address:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            trial.bind((source_address, 0))
    return tftpy.TftpClient(host, target.port, dict(_OPTIONS), localip=source_address)


def _failed(watch: _Watch, output: io.BytesIO, problem: str) -> Fetched:
    reason = "refused" if watch.answer.startswith("ERROR") else problem
    return Fetched(watch.answer, None, len(output.getvalue()), watch.size, reason)


def _number(text: object) -> int | None:
    return int(str(text)) if str(text).isdecimal() else None
