"""SIP plug-and-play, wired: its server, the thread that asks the database, the parts in service.

One process answers for all: the main one, however many serve phones.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import structlog

from provd.addresses import reach
from provd.app import Provd
from provd.exchange import Reason
from provd.pnp import Announcement, PnpServer
from provd.pnp.sockets import PORT
from provd.provisioning.plug_and_play import PlugAndPlay
from provd.provisioning.presence import Guarded, Presence
from provd.tally import Tally
from provd.threads import Threads
from provd.vendors.evidence import Announced

log = structlog.get_logger()


class PnpService:
    """Does nothing unless listen.pnp names an interface. `parts` gives those in service."""

    def __init__(
        self,
        reactor: Any,
        parts: Callable[[], Provd],
        presence: Presence,
        tally: Tally,
        *,
        port: int = PORT,
    ) -> None:
        self._parts = parts
        self._presence = presence
        self._interface = parts().configuration.listen.pnp
        self._threads = Threads(reactor, "plug-and-play", 1)
        self._server = PnpServer(
            reactor, self._decide, tally.plug_and_play, interface=self._interface, port=port
        )

    def listen(self) -> None:
        """Raises ConfigurationError."""
        if self._interface:
            self._server.start()

    def start(self) -> None:
        if self._interface:
            self._threads.start()

    def stop(self) -> None:
        if self._interface:
            self._server.stop()
            self._threads.stop()

    async def _decide(self, said: Announcement, address: str) -> str:
        try:
            found = await self._threads.run(self._url, said, address)
        except Exception as error:  # the edge: a phone that can't be answered harms no other
            log.error("pnp_failed", mac=str(said.mac), address=address, error=type(error).__name__)
            return ""
        if not isinstance(found, Reason):
            return found
        log.info(
            "pnp_ignored",
            mac=str(said.mac),
            address=address,
            vendor=said.vendor,
            model=said.model,
            reason=found.value,
        )
        return ""

    def _url(self, said: Announcement, address: str) -> str | Reason:
        """In a thread."""
        parts = self._parts()
        configuration = parts.configuration
        host = "" if configuration.listen.public_url else self._interface
        asked = PlugAndPlay(
            Guarded(parts.store.devices, self._presence),
            parts.registry,
            parts.profiles,
            configuration.networks.bench,
            reach(configuration, host),
        )
        seen = parts.registry.identify(
            said.agent, announced=Announced(said.vendor, said.model, said.version)
        )
        return asked.url(said.mac, ip_address(address), seen.vendor if seen else "")
