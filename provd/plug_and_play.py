"""SIP plug-and-play, wired: its server, the thread that asks the database, the parts in service.

One process answers for all: the main one, however many serve phones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import structlog

from provd.addresses import reach
from provd.app import Provd, now
from provd.exchange import Reason
from provd.pnp import Announcement, PnpServer
from provd.pnp.sockets import PORT
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.plug_and_play import PlugAndPlay
from provd.provisioning.presence import Guarded, Presence
from provd.provisioning.spool_lines import to_line
from provd.tally import Tally
from provd.threads import Threads
from provd.vendors.evidence import Announced

log = structlog.get_logger()


class PnpService:
    """Does nothing unless listen.pnp names an interface. `parts` gives those in service; `record`
    takes lines of the journal, by which phones that nobody has registered are found."""

    def __init__(
        self,
        reactor: Any,
        parts: Callable[[], Provd],
        presence: Presence,
        tally: Tally,
        record: Callable[[bytes], object],
        *,
        port: int = PORT,
    ) -> None:
        self._parts = parts
        self._presence = presence
        self._record = record
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
            found, is_awaited = await self._threads.run(self._asked, said, address)
        except Exception as error:  # the edge: a phone that can't be answered harms no other
            log.error("pnp_failed", mac=str(said.mac), address=address, error=type(error).__name__)
            return ""
        if not isinstance(found, Reason):
            return found
        named = {"vendor": said.vendor, "model": said.model}
        log.info("pnp_ignored", mac=str(said.mac), address=address, reason=found.value, **named)
        if is_awaited:
            self._record(to_line(stranger(said, address, now())))
        return ""

    def _asked(self, said: Announcement, address: str) -> tuple[str | Reason, bool]:
        """In a thread. What it is told, and whether it is a phone that somebody may register."""
        parts = self._parts()
        configuration = parts.configuration
        asked = PlugAndPlay(
            Guarded(parts.store.devices, self._presence),
            parts.registry,
            parts.profiles,
            configuration.networks.bench,
            reach(configuration, "" if configuration.listen.public_url else self._interface),
            parts.store.sites.all_networks,
        )
        seen = parts.registry.identify(
            said.agent, announced=Announced(said.vendor, said.model, said.version)
        )
        where = ip_address(address)
        found = asked.url(said.mac, where, seen.vendor if seen else "")
        return found, found is Reason.UNKNOWN_MAC and asked.is_ours(where)


def stranger(said: Announcement, address: str, at: datetime) -> JournalEntry:
    """As a phone that nobody has registered stands in the journal, so that it stands in the list of
    those."""
    words = " ".join(filter(None, (said.vendor, said.model, said.version)))
    return JournalEntry(
        id=new_id(),
        at=at,
        finished_at=at,
        mac=said.mac,
        device_id=None,
        path="SIP plug-and-play",
        transport="sip",
        address=address,
        agent=said.agent or words,
        status="silence",
        reason=Reason.UNKNOWN_MAC.value,
        bytes_sent=0,
        size=0,
        whole=False,
        place=None,
        boot_id=new_id(),
        file_kind="",
        completes_boot=False,
        method="SUBSCRIBE",
    )
