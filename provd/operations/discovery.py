"""Phones that asked before anybody registered them.

Anybody can make up MACs, so the list is bounded, and who tries many is forgotten at once: what a
sweep tried must not bury a phone that somebody has just plugged in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

import structlog

from provd.devices.account import IPNetwork, Role
from provd.devices.mac import Mac
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.operations.views import Page
from provd.operations.whereabouts import Whereabouts
from provd.provisioning.journal import JournalEntry
from provd.provisioning.networks import Networks
from provd.provisioning.sweeps import block_of, network_of
from provd.store import Store
from provd.store.discovered import Place, Stranger
from provd.vendors.dhcp import class_octets
from provd.vendors.evidence import Source
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

log = structlog.get_logger()

MOST = 5_000
"""MACs that are remembered."""

MONTH = timedelta(days=30)
"""Who has not asked for so long is forgotten."""

SWEEP, SPAN = 15, timedelta(days=1)
"""So many unregistered MACs from one neighbourhood within that time are a sweep. Fewer than bring
silence (provisioning.sweeps), because a sweep meets registered ones, too."""

MOST_SWEEPING = 1_000
"""Neighbourhoods of which nothing is noted for SPAN after they swept."""

LOADED_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Discovery:
    """A phone that nobody has registered. `vendor` and `model` are names as the form knows them,
    empty where they can't be guessed; `seen_as` is what the phone calls its model, `sources` what
    that is known by, the strongest first, and `contradicted_by` what tells otherwise. `place` is
    the one site whose networks hold its address."""

    stranger: Stranger
    vendor: str
    vendor_title: str
    model: str
    seen_as: str
    place: Place | None
    sources: tuple[Source, ...] = ()
    contradicted_by: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """Of the MACs that a DHCP server has told of, `noted` are not registered."""

    noted: tuple[Discovery, ...]
    registered: int


class Discoveries:
    """`bench` are the fulfilment house's own networks: there, as in the sites', many phones may
    wait to be registered."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        bench: Sequence[IPNetwork],
    ) -> None:
        self._store = store
        self._registry = registry
        self._bench = tuple(bench)
        self._exempt = Networks(bench)
        self._loaded_at: datetime | None = None
        self._sweeping: OrderedDict[str, datetime] = OrderedDict()

    def note(self, entries: Iterable[JournalEntry]) -> None:
        """Part of booking these entries, each of which comes once."""
        strangers = [one for one in _strangers(entries) if not self._is_sweeping(one)]
        if not strangers:
            return
        now = max(one.last_at for one in strangers)
        self._store.discovered.note(strangers)
        for neighbourhood in sorted({one.neighbourhood for one in strangers}):
            self._forget_sweep(neighbourhood, now)
        self._store.discovered.bound(MOST, before=now - MONTH)

    def page(self, actor: Actor, number: int = 1, size: int = 50) -> Page[Discovery]:
        """The last to ask first. A reseller sees those in the networks of its own customers' sites,
        where nobody else's site names them as well."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        sites = Whereabouts(self._store.discovered.places(actor.scope))
        everyone = self._store.discovered.unregistered()
        seen = [one for one in everyone if actor.role is Role.ADMIN or sites.are_own(one.address)]
        first = (max(number, 1) - 1) * size
        items = tuple(self._guessed(one, sites) for one in seen[first : first + size])
        return Page(items, len(seen), max(number, 1), size)

    def guess(self, actor: Actor, mac: Mac) -> Discovery | None:
        """Of a MAC that `page` would show to this actor."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        stranger = self._store.discovered.of_mac(mac)
        if stranger is None:
            return None
        sites = Whereabouts(self._store.discovered.places(actor.scope))
        seen = actor.role is Role.ADMIN or sites.are_own(stranger.address)
        return self._guessed(stranger, sites) if seen else None

    def heard(self, actor: Actor, classes: Mapping[Mac, str], now: datetime) -> Heard:
        """What a DHCP server has heard: MAC -> vendor class, as `class_from` writes it. For the
        provider's own commands: nobody else can know that it is true."""
        actor.must_be(Role.ADMIN)
        registered = self._store.devices.registered_among(set(classes))
        new = {mac: text for mac, text in classes.items() if mac not in registered}
        self._store.discovered.note_classes(new, now)
        self._store.discovered.bound(MOST, before=now - MONTH)
        log.info("heard_by_dhcp", by=actor.name, macs=len(new))
        sites = Whereabouts(self._store.discovered.places(actor.scope))
        found = [self._store.discovered.of_mac(mac) for mac in new]
        noted = tuple(self._guessed(one, sites) for one in found if one)
        return Heard(noted, len(registered))

    def _forget_sweep(self, neighbourhood: str, now: datetime) -> None:
        near = self._store.discovered.near(neighbourhood, now - SPAN)
        if len(near) < SWEEP:
            return
        exempt = self._exempt_at(now)
        tried = [one.mac for one in near if ip_address(one.address) not in exempt]
        if len(tried) >= SWEEP:
            self._store.discovered.forget(tried)
            self._sweeping[neighbourhood] = now + SPAN
            if len(self._sweeping) > MOST_SWEEPING:
                self._sweeping.popitem(last=False)
            log.info("sweep_forgotten", network=neighbourhood, macs=len(tried))

    def _is_sweeping(self, one: Stranger) -> bool:
        """What follows from a neighbourhood that was found to sweep."""
        until = self._sweeping.get(one.neighbourhood)
        if until is None or one.last_at >= until:
            return False
        return ip_address(one.address) not in self._exempt_at(one.last_at)

    def _exempt_at(self, now: datetime) -> Networks:
        if self._loaded_at is None or now - self._loaded_at >= LOADED_FOR:
            self._loaded_at = now
            self._exempt = Networks([*self._bench, *self._store.sites.all_networks()])
        return self._exempt

    def _guessed(self, stranger: Stranger, sites: Whereabouts) -> Discovery:
        octets = class_octets(stranger.vendor_class)
        found = self._registry.identify(
            stranger.agent,
            stranger.path,
            vendor_class=octets.decode("latin-1"),
            proven=stranger.proven,
        )
        name = found.vendor if found else self._by_prefix(stranger.mac)
        vendor = self._registry.vendor(name) if name else None
        return Discovery(
            stranger,
            vendor=name,
            vendor_title=vendor.title if vendor else "",
            model=_known_model(vendor, found.model) if vendor and found else "",
            seen_as=found.model if found else "",
            place=sites.of(stranger.address),
            sources=found.sources if found else (),
            contradicted_by=found.contradicted_by if found else (),
        )

    def _by_prefix(self, mac: Mac) -> str:
        makers = [vendor.name for vendor in self._registry.vendors if mac.oui in vendor.ouis]
        return makers[0] if len(makers) == 1 else ""


def _known_model(vendor: Vendor, name: str) -> str:
    try:
        return vendor.model(name).name
    except NotFoundError:
        return ""


def _strangers(entries: Iterable[JournalEntry]) -> list[Stranger]:
    """Of one batch, by MAC."""
    by_mac: dict[Mac, list[JournalEntry]] = {}
    for entry in entries:
        if entry.mac is not None and entry.device_id is None:
            by_mac.setdefault(entry.mac, []).append(entry)
    return [_stranger(mac, asked) for mac, asked in by_mac.items()]


def _stranger(mac: Mac, asked: Sequence[JournalEntry]) -> Stranger:
    last = max(asked, key=lambda entry: entry.at)
    return Stranger(
        mac=mac,
        first_at=min(entry.at for entry in asked),
        last_at=last.at,
        times=len(asked),
        address=last.address,
        neighbourhood=str(network_of(block_of(ip_address(last.address)))),
        transport=last.transport,
        agent=next((entry.agent for entry in reversed(asked) if entry.agent), ""),
        path=last.path,
        proven=next((entry.proven for entry in reversed(asked) if entry.proven), ""),
    )
