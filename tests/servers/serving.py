"""A process that serves a folder over every protocol, for real clients to try.

    python -m tests.servers.serving FOLDER CERTIFICATES [quiet]

Prints one JSON line with the ports, then, unless it shall be quiet, one per delivery. `late/NAME`
answers NAME from the asynchronous side of the backend; `forbidden/NAME` is refused. Ends when its
standard input closes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import structlog
from twisted.internet import epollreactor

epollreactor.install()  # type: ignore[no-untyped-call]  # before anything imports the reactor

from twisted.internet import reactor as installed_reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402
from twisted.internet.protocol import Protocol  # noqa: E402
from twisted.internet.stdio import StandardIO  # noqa: E402
from twisted.internet.task import deferLater  # noqa: E402
from twisted.python.log import startLogging  # noqa: E402

from provd.exchange import Answer, Outcome, Reason, Refusal, Request  # noqa: E402
from provd.servers.http import HttpLimits, HttpServer  # noqa: E402
from provd.servers.tftp import TftpServer  # noqa: E402
from provd.servers.tls import LEGACY, CertificateFiles, TlsContexts, TlsFiles  # noqa: E402
from provd.servers.wsgi import WsgiLimits, WsgiServer  # noqa: E402
from tests.servers.files import answer  # noqa: E402

reactor: Any = installed_reactor


class FolderBackend:
    """Files below a folder, read once."""

    def __init__(self, folder: Path, *, quiet: bool) -> None:
        self._folder = folder
        self._quiet = quiet
        self._answers: dict[str, Answer | Refusal] = {}

    def ready(self, request: Request) -> Answer | Refusal | None:
        return None if request.path.startswith("late/") else self._find(request.path)

    async def answer(self, request: Request) -> Answer | Refusal:
        await deferLater(reactor, 0.05, lambda: None)
        return self._find(request.path.removeprefix("late/"))

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        if self._quiet:
            return
        say(
            {
                "path": request.path,
                "transport": request.transport,
                "address": str(request.address),
                "agent": request.agent,
                "host": request.host,
                "subject": request.certificate and request.certificate.subject,
                "whole": outcome.whole,
                "bytes": outcome.bytes_sent,
                "status": outcome.status,
            }
        )

    def _find(self, path: str) -> Answer | Refusal:
        if path not in self._answers:
            file = self._folder / path
            found = file.is_file() and not path.startswith("forbidden/")
            self._answers[path] = (
                answer(file.read_bytes()) if found else Refusal(Reason.NO_SUCH_FILE)
            )
        return self._answers[path]


def say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


class UntilInputCloses(Protocol):
    def __init__(self, servers: list[Any]) -> None:
        self._servers = servers

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for server in self._servers:
            await server.stop(0.2)
        reactor.stop()


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A portal of one page: tells what it was asked."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    told = {
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "scheme": environ["wsgi.url_scheme"],
        "body": len(body),
    }
    start_response("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "a=b")])
    return [json.dumps(told).encode()]


def contexts(certificates: Path) -> tuple[TlsContexts, TlsContexts]:
    """For the main listener, and for the legacy one."""

    def files(name: str) -> CertificateFiles:
        return CertificateFiles(certificates / f"{name}.pem", certificates / f"{name}.key")

    trust = certificates / "trust"
    both = (files("server-ec"), files("server-rsa"))
    brand = {"brand.example": (files("brand"),)}
    main = TlsFiles(both, hosts=brand, trust_folders=(trust,))
    old = TlsFiles(both[1:], trust_folders=(trust, trust / "legacy"), strength=LEGACY)
    return TlsContexts(main), TlsContexts(old)


def main(folder: Path, certificates: Path, *, quiet: bool) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    startLogging(sys.stderr, setStdout=False)  # type: ignore[no-untyped-call]
    backend = FolderBackend(folder, quiet=quiet)
    tls, old_tls = contexts(certificates)
    few = HttpLimits(maximum_connections_per_address=2, maximum_turned_away=2)
    short = HttpLimits(header_seconds=0.6, keep_alive_seconds=0.6, closing_seconds=0.6)
    servers: dict[str, Any] = {
        "tftp": TftpServer(reactor, backend, interfaces=["127.0.0.1", "::1"], port=0),
        "any_tftp": TftpServer(reactor, backend, interfaces=["::"], port=0),
        "http": HttpServer(reactor, backend, interface="127.0.0.1", port=0),
        "any_http": HttpServer(reactor, backend, interface="::", port=0),
        "https": HttpServer(reactor, backend, interface="127.0.0.1", port=0, tls=tls),
        "legacy": HttpServer(reactor, backend, interface="127.0.0.1", port=0, tls=old_tls),
        "few": HttpServer(reactor, backend, interface="127.0.0.1", port=0, limits=few),
        "short": HttpServer(reactor, backend, interface="127.0.0.1", port=0, limits=short),
        "short_tls": HttpServer(
            reactor, backend, interface="127.0.0.1", port=0, limits=short, tls=tls
        ),
        "wsgi": WsgiServer(reactor, application, interface="127.0.0.1", port=0),
        "wsgi_tls": WsgiServer(
            reactor,
            application,
            interface="127.0.0.1",
            port=0,
            tls=tls,
            limits=WsgiLimits(maximum_body_octets=1000),
        ),
    }
    for server in servers.values():
        server.start()
    say({name: server.port for name, server in servers.items()})
    StandardIO(UntilInputCloses(list(servers.values())))  # type: ignore[no-untyped-call]
    reactor.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), quiet="quiet" in sys.argv[3:])
