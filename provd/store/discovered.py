"""MACs that asked before anybody registered them: one row each, however often they ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import NamedTuple

from peewee import Expression, fn

from provd.devices.account import IPNetwork, Scope
from provd.devices.mac import Mac
from provd.store.database import Row
from provd.store.fields import to_microseconds
from provd.store.journal_rows import storable
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Device, DiscoveredMac, Site


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who asked `times` times; `address`, `transport`, `agent` and `path` are the last ones.
    `neighbourhood` is the network that its address is counted with, in CIDR notation. `times` is 0,
    and address, neighbourhood, agent and path are empty, of who was heard by a DHCP server alone.
    `vendor_class` is DHCP's option 60, as text or as octets (0x0000a1b2); `proven` the vendor whose
    factory certificate it showed. What is not known is empty."""

    mac: Mac
    first_at: datetime
    last_at: datetime
    times: int
    address: str
    neighbourhood: str
    transport: str
    agent: str
    path: str
    vendor_class: str = ""
    proven: str = ""


class Place(NamedTuple):
    """A site that names networks, and whether it lies in the scope that was asked for."""

    site_id: int
    site: str
    customer: str
    networks: tuple[IPNetwork, ...]
    own: bool


_NOTE = """
    INSERT INTO discovered
        (mac, first_at, last_at, times, address, neighbourhood, transport, agent, path,
         vendor_class, proven)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (mac) DO UPDATE SET
        first_at = CASE WHEN excluded.first_at < discovered.first_at
                        THEN excluded.first_at ELSE discovered.first_at END,
        last_at = CASE WHEN excluded.last_at > discovered.last_at
                       THEN excluded.last_at ELSE discovered.last_at END,
        times = discovered.times + excluded.times,
        address = excluded.address, neighbourhood = excluded.neighbourhood,
        transport = excluded.transport, path = excluded.path,
        agent = CASE WHEN excluded.agent = '' THEN discovered.agent ELSE excluded.agent END,
        proven = CASE WHEN excluded.proven = '' THEN discovered.proven ELSE excluded.proven END
"""
_NOTE_CLASS = """
    INSERT INTO discovered
        (mac, first_at, last_at, times, address, neighbourhood, transport, agent, path,
         vendor_class, proven)
    VALUES (?, ?, ?, 0, '', '', 'dhcp', '', '', ?, '')
    ON CONFLICT (mac) DO UPDATE SET
        last_at = CASE WHEN excluded.last_at > discovered.last_at
                       THEN excluded.last_at ELSE discovered.last_at END,
        vendor_class = excluded.vendor_class
"""


class Discovered(Repository):
    """Notes, forgets, lists."""

    def note(self, strangers: Sequence[Stranger]) -> None:
        """Adds to what is known of each; a User-Agent that was told once is kept."""
        with self._database.transaction():
            # in order, so that two that note the same ones wait for each other, not in a circle
            for one in sorted(strangers, key=lambda one: one.mac.digits):
                moments = (to_microseconds(one.first_at), to_microseconds(one.last_at))
                where = (one.address, one.neighbourhood, one.transport)
                said = (storable(one.agent), storable(one.path), one.vendor_class, one.proven)
                self._database.sql(_NOTE, (one.mac.digits, *moments, one.times, *where, *said))

    def note_classes(self, classes: Mapping[Mac, str], at: datetime) -> None:
        """What a DHCP server has heard of them: each one's vendor class, in place of an earlier
        one. Where it asked from, it tells itself."""
        moment = to_microseconds(at)
        with self._database.transaction():
            for mac, text in sorted(classes.items(), key=lambda pair: pair[0].digits):
                self._database.sql(_NOTE_CLASS, (mac.digits, moment, moment, storable(text)))

    def of_mac(self, mac: Mac) -> Stranger | None:
        """Unless it is registered."""
        return next((one for one in self._unregistered(DiscoveredMac.mac == mac.digits)), None)

    def near(self, neighbourhood: str, since: datetime) -> list[Stranger]:
        """Those that asked from there since then, and that no DHCP server knows: what is on a
        network is none of a sweep's inventions."""
        query = DiscoveredMac.select().where(
            DiscoveredMac.neighbourhood == neighbourhood,
            DiscoveredMac.last_at >= since,
            DiscoveredMac.vendor_class == "",
        )
        return [_stranger(row) for row in self._database.rows(query)]

    def forget(self, macs: Collection[Mac]) -> None:
        digits = sorted(mac.digits for mac in macs)
        self._database.write(DiscoveredMac.delete().where(DiscoveredMac.mac.in_(digits)))

    def bound(self, most: int, *, before: datetime) -> None:
        """Forgets those that last asked before then, and of more than `most` first those that asked
        only once, the longest ago first."""
        with self._database.transaction():
            self._database.write(DiscoveredMac.delete().where(DiscoveredMac.last_at < before))
            excess = self._database.value(DiscoveredMac.select(fn.COUNT(DiscoveredMac.mac))) - most
            if excess > 0:
                first = (
                    DiscoveredMac.select(DiscoveredMac.mac)
                    .order_by(DiscoveredMac.times > 1, DiscoveredMac.last_at)
                    .limit(excess)
                )
                self._database.write(DiscoveredMac.delete().where(DiscoveredMac.mac.in_(first)))

    def unregistered(self) -> list[Stranger]:
        """All that nobody has registered since, the last to ask first."""
        return self._unregistered()

    def _unregistered(self, *wanted: Expression) -> list[Stranger]:
        known = Device.select(Device.id).where(Device.mac == DiscoveredMac.mac)
        query = (
            DiscoveredMac.select()
            .where(~fn.EXISTS(known), *wanted)
            .order_by(DiscoveredMac.last_at.desc(), DiscoveredMac.mac)
        )
        return [_stranger(row) for row in self._database.rows(query)]

    def places(self, scope: Scope) -> list[Place]:
        """Every site of the installation that names networks: who shares one must be known to tell
        whose a phone in it is."""
        own = within(self._database, scope, Account.path)
        query = (
            Site.select(
                Site.id, Site.name, Account.name.alias("customer"), Site.networks, own.alias("own")
            )
            .join(Account, on=(Account.id == Site.account_id))
            .order_by(Site.id)
        )
        return [
            Place(
                row["id"],
                row["name"],
                row["customer"],
                tuple(map(ip_network, row["networks"])),
                bool(row["own"]),
            )
            for row in self._database.rows(query)
            if row["networks"]
        ]


def _stranger(row: Row) -> Stranger:
    return Stranger(**(row | {"mac": Mac(row["mac"])}))
