"""Serves one file of any name from memory by provd's TFTP server, behind a backend of three lines.

provd has no firmware files yet; this shows what its server does with one. Policy and journal are
not in it.

python -m benchmarks.firmware_server HOST PORT FILE
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor

from provd.exchange import Answer, Outcome, Refusal, Request
from provd.servers.tftp import TftpServer


class OneFile:
    """Implements `provd.exchange.Backend`."""

    def __init__(self, content: bytes) -> None:
        self._answer = Answer(content, "application/octet-stream", "0", datetime.now(UTC))

    def ready(self, request: Request) -> Answer:
        return self._answer

    async def answer(self, request: Request) -> Answer:
        return self._answer

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        """Nobody keeps a journal here."""


def main(host: str, port: str, file: str) -> None:
    backend = OneFile(Path(file).read_bytes())
    TftpServer(reactor, backend, interfaces=[host], port=int(port)).start()
    running: object = reactor
    running.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(*sys.argv[1:])
