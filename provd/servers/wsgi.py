"""Hosting a WSGI application for people: twisted.web, a thread pool, TLS of the same contexts.

Security-neutral: cookies, CSRF and redirects are the application's. This module knows neither its
pages nor its users.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

import structlog
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.web.resource import IResource
from twisted.web.server import Request, Site
from twisted.web.wsgi import WSGIResource
from zope.interface import implementer  # type: ignore[import-untyped]

from provd.servers.bounding import Bounded
from provd.servers.listening import Opener
from provd.servers.tls import TlsContexts

_BACKLOG = 1024
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WsgiLimits:
    """`idle_seconds`: how long a connection may do nothing. `threads`: requests at work at once;
    further ones wait. A request body beyond `maximum_body_octets` ends its connection. Of
    connections there are `maximum_connections` at once, so many of them from one address; more are
    closed without a word."""

    threads: int = 16
    idle_seconds: float = 60.0
    maximum_body_octets: int = 16 << 20
    maximum_connections: int = 512
    maximum_connections_per_address: int = 100


class _Request(Request):
    """Bounds the body while it comes in: twisted.web would spool any length to the disk. Who hangs
    up is no error: the application may read what he sent, and what it answers is dropped, where
    twisted.web would raise into the log, for anybody who asks and goes."""

    at_work = False
    """Whether the application may still read the body."""
    _body_octets = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802 (Twisted's name)
        super().gotLength(length)  # type: ignore[no-untyped-call]
        if (length or 0) > self._most_octets():
            self._too_large()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        self._body_octets += len(data)
        if self._body_octets > self._most_octets():
            self._too_large()
        else:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Of a body that is beyond the bound the rest may still come."""
        if not self._refused:
            super().requestReceived(command, path, version)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        content = self.content
        if self.at_work:  # else it would be closed under who reads it
            self.content = None
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.content = content

    def worked(self) -> None:
        """The application has done with it."""
        self.at_work = False
        if self._disconnected and self.content is not None:
            self.content.close()

    def finish(self) -> None:
        if not self._disconnected:
            super().finish()  # type: ignore[no-untyped-call]

    def _most_octets(self) -> int:
        channel: Any = self.channel  # self.site is set only when the body has come
        return int(channel.site.maximum_body_octets)

    def _too_large(self) -> None:
        if self._refused:
            return
        self._refused = True
        channel: Any = self.channel
        channel.transport.write(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\n")
        channel.loseConnection()


class _OneRequest:
    """A thread pool for the application's work on one request, which is told of its end."""

    def __init__(self, reactor: Any, pool: Any, request: _Request) -> None:
        self._reactor = reactor
        self._pool = pool
        self._request = request

    def callInThread(self, run: Callable[[], None]) -> None:  # noqa: N802 (Twisted's name)
        self._request.at_work = True
        self._pool.callInThreadWithCallback(self._ended, run)

    def _ended(self, success: bool, result: object) -> None:
        self._reactor.callFromThread(self._request.worked)


@implementer(IResource)
class _Root:
    """The application at every path, without twisted.web's name and version in the answer."""

    isLeaf = True  # noqa: N815 (Twisted's name)

    def __init__(self, reactor: Any, pool: Any, application: Callable[..., Any]) -> None:
        self._reactor = reactor
        self._pool = pool
        self._application = application

    def render(self, request: _Request) -> Any:
        request.setHeader(b"server", b"provd")  # type: ignore[no-untyped-call]
        pool = _OneRequest(self._reactor, self._pool, request)
        resource: Any = WSGIResource(self._reactor, pool, self._application)  # type: ignore[no-untyped-call]
        return resource.render(request)


class _Site(Site):
    """Logs one line per request, without its query: a query may hold what a log must not."""

    noisy = False

    def __init__(self, root: Any, limits: WsgiLimits, quiet: bool) -> None:
        super().__init__(root, requestFactory=_Request, timeout=limits.idle_seconds)  # type: ignore[no-untyped-call]
        self.maximum_body_octets = limits.maximum_body_octets
        self._log_request = _log.debug if quiet else _log.info

    def log(self, request: Any) -> None:
        peer = request.getClientAddress()
        self._log_request(
            "page",
            method=request.method.decode("ascii", "replace"),
            path=request.path.decode("ascii", "backslashreplace"),
            status=request.code,
            octets=request.sentLength,
            address=getattr(peer, "host", ""),
        )


def site(
    reactor: Any,
    pool: Any,
    application: Callable[..., Any],
    limits: WsgiLimits,
    *,
    quiet: bool = False,
) -> Site:
    """Makes the protocol of a connection over which `application` is asked, in a thread of `pool`,
    one of Twisted's. `quiet` as of WsgiServer."""
    return _Site(_Root(reactor, pool, application), limits, quiet)


class WsgiServer:
    """Serves `application` on `port` of `interface`, over TLS when `tls` is given.

    `setting` is what the port is called in the configuration. `port` 0 takes any free one. `quiet`:
    programs ask all the time, and their requests are for debugging only.
    `start` raises ConfigurationError where it can't listen.
    """

    def __init__(
        self,
        reactor: Any,
        application: Callable[..., Any],
        *,
        interface: str,
        port: int,
        tls: TlsContexts | None = None,
        limits: WsgiLimits | None = None,
        sockets: Opener | None = None,
        setting: str = "portal.port",
        quiet: bool = False,
    ) -> None:
        self._reactor = reactor
        self._sockets = sockets or Opener()
        self._interface = interface
        self._asked_port = port
        self._setting = setting
        self._tls = tls
        self._listening: Any = None
        self._limits = limits = limits or WsgiLimits()
        self._pool = ThreadPool(0, limits.threads, name="wsgi")
        # a page that hangs must not keep the process from ending
        self._pool.threadFactory = partial(Thread, daemon=True)  # type: ignore[assignment]
        self._site = site(reactor, self._pool, application, limits, quiet=quiet)

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._listening.getHost().port) if self._listening else self._asked_port

    def start(self) -> None:
        opened = self._sockets.stream(
            self._interface, self._asked_port, setting=self._setting, backlog=_BACKLOG
        )
        inside = self._tls.wrap(self._site, self._reactor) if self._tls else self._site
        limits = self._limits
        factory = Bounded(
            inside, limits.maximum_connections, limits.maximum_connections_per_address
        )
        with opened:  # the reactor keeps a descriptor of its own
            self._listening = self._reactor.adoptStreamPort(opened.fileno(), opened.family, factory)
        self._pool.start()
        _log.info("wsgi-listening", interface=self._interface, port=self.port)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Accept no more and let the running requests' threads end within the grace."""
        await self._listening.stopListening()
        until = time.monotonic() + grace_seconds
        pool = self._reactor.getThreadPool()
        await deferToThreadPool(self._reactor, pool, self._end_threads, until)
        _log.info("wsgi-stopped")

    def _end_threads(self, until: float) -> None:
        while self._pool.working and time.monotonic() < until:
            time.sleep(0.01)
        if not self._pool.working:
            self._pool.stop()
