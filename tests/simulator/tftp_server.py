"""A TFTP server of a page that can misbehave too: a file too short, an error or silence halfway."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

Asked = tuple[str, dict[str, int]]


@dataclass(frozen=True)
class Odd:
    """A file that is announced with `size` bytes, and ends after its first block with `end`: "" as
    it should, "error" with ERROR 0, "silence" with nothing."""

    content: bytes
    size: int
    end: str = ""


@dataclass
class TftpServer:
    """Serves one request after the other, until `stop`. `asked` holds (path, options)."""

    files: Mapping[str, bytes | Odd]
    options: bool = True
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as farewell:
            farewell.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while datagram := self._socket.recvfrom(2000):
            request, peer = datagram
            if not request:
                return
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as session:
                session.settimeout(1)
                session.connect(peer)
                self._answer(session, request)

    def _answer(self, session: socket.socket, request: bytes) -> None:
        path, _, *rest = request[2:-1].split(b"\0")
        pairs = zip(rest[::2], rest[1::2], strict=True)
        wanted = {name.decode(): int(value) for name, value in pairs}
        self.asked.append((path.decode(), wanted))
        file = self.files.get(path.decode())
        if file is None:
            session.send(struct.pack("!HH", 5, 1) + b"File not found\0")
            return
        odd = file if isinstance(file, Odd) else Odd(file, len(file))
        try:
            self._send(session, odd, wanted)
        except (TimeoutError, ConnectionError):
            return  # the client has gone; it need not say so

    def _send(self, session: socket.socket, file: Odd, wanted: Mapping[str, int]) -> None:
        block_size = 512
        if self.options and wanted:
            block_size = wanted.get("blksize", block_size)
            texts = ("blksize", str(block_size), "tsize", str(file.size))
            session.send(struct.pack("!H", 6) + "".join(f"{text}\0" for text in texts).encode())
            session.recv(100)
        for number in range(len(file.content) // block_size + 1):
            if number and file.end == "error":
                session.send(struct.pack("!HH", 5, 0) + b"disk on fire\0")
                return
            if number and file.end == "silence":
                return
            block = file.content[number * block_size : (number + 1) * block_size]
            session.send(struct.pack("!HH", 3, number + 1) + block)
            session.recv(100)
