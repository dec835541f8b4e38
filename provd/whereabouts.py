"""Where the daemon can be reached: what it writes down in its data folder, and takes away again.

The command line reads it (`provd.running`), and a successor.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from provd.addresses import own_address, url, usable
from provd.app import Provd
from provd.configuration import Configuration
from provd.crypto.files import PRIVATE, write_atomically
from provd.handover import Offer
from provd.running import RUNTIME
from provd.welcome import Ports, ca_file

MAKE_KNOWN_AGAIN = 30.0
"""Seconds until a folder that took nothing is tried again."""

log = structlog.get_logger()


class Whereabouts:
    """`parts` gives those in service, `bound` the ports in use by their kinds, as far as they are
    open. With them a successor is offered the sockets (`offer`)."""

    def __init__(
        self, reactor: Any, parts: Callable[[], Provd], bound: dict[str, int], offer: Offer
    ) -> None:
        self._reactor = reactor
        self._parts = parts
        self._bound = bound
        self._offer = offer
        self._forgotten = False

    @property
    def ports(self) -> Ports:
        """Those in use, once the servers listen."""
        listen = self._configuration.listen
        return Ports(
            host=own_address(usable(listen.addresses)),
            tftp=self._bound.get("tftp", listen.tftp_port),
            http=self._bound.get("http", listen.http_port),
            https=self._bound.get("https", listen.https_port),
            portal=self._bound.get("portal", listen.portal_port),
            legacy=self._bound.get("legacy", 0),
        )

    def for_phones(self, configuration: Configuration) -> tuple[str, ...]:
        """What a phone can be pointed to, the safest first."""
        ports = self.ports
        over_tls = filter(None, (ports.https, ports.legacy))
        addresses = [ports.at("https", port) for port in over_tls]
        public = filter(None, [configuration.listen.public_url])
        return (*public, *addresses, ports.at("http", ports.http), ports.at("tftp", ports.tftp))

    def make_known(self) -> None:
        """Again and again while the folder takes nothing, for which phones don't wait."""
        if self._forgotten:
            return
        try:
            self._write()
            self._offer.start()
        except OSError as error:
            where = str(self._configuration.data)
            log.warning("not_made_known", where=where, error=error.strerror)
            self._reactor.callLater(MAKE_KNOWN_AGAIN, self.make_known)

    def forget(self) -> None:
        """Unless a successor has written its own."""
        self._forgotten = True
        with suppress(OSError, ValueError):
            if json.loads(self._file.read_text())["pid"] == os.getpid():
                self._file.unlink()

    def _write(self) -> None:
        ports = self.ports
        found = {
            "host": ports.host,
            "tftp_port": ports.tftp,
            "http_port": ports.http,
            "https_port": ports.https,
            "portal_port": ports.portal,
            "legacy_port": ports.legacy,
            "ca_file": ca_file(self._configuration),
            "metrics": self._metrics_url(),
            "pid": os.getpid(),
        }
        write_atomically(self._file, json.dumps(found, indent=2).encode(), mode=PRIVATE)

    def _metrics_url(self) -> str:
        """Empty where nobody may ask."""
        where = self._configuration.listen.metrics
        return url("http", own_address([where.address]), self._bound["metrics"]) if where else ""

    @property
    def _configuration(self) -> Configuration:
        return self._parts().configuration

    @property
    def _file(self) -> Path:
        return self._configuration.data / RUNTIME
