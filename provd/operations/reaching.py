"""Reaching a phone that does not ask by itself: by a NOTIFY through its SIP server that makes it
fetch its configuration, or reboot; by its power. Who reached which phone, and what came of it, is
logged."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from provd.devices.account import Account, IPNetwork, Role, Scope
from provd.devices.device import Device, Line
from provd.devices.layers import Settings, merge
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.errors import InputError, MacError, NotFoundError, PowerError
from provd.operations.actor import Actor
from provd.operations.outside import all_addresses, outside
from provd.operations.pace import Pace
from provd.poe.cycling import Cycled, Switch, Wait, power_cycle
from provd.poe.port import PowerPort, power_port
from provd.provisioning.files import layers_of
from provd.resync.route import Route, direct, route
from provd.resync.telling import Connect, Phone, Told, tell, tell_directly
from provd.sip.carrying import Admits, Connection, Peer
from provd.sip.locating import Lookup, reach
from provd.sip.resolving import services
from provd.sip.transaction import Timers
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.resync import Notice

log = structlog.get_logger()

MANAGERS = (Role.ADMIN, Role.RESELLER)
_LATEST = 20
"""Journal entries in which the phone's address is looked for."""


Opens = Callable[[Peer, Path | None, Timers, float, Admits], Connection]
"""Connects, as provd.sip.carrying.Connection does."""


@dataclass(frozen=True, slots=True)
class Cycling:
    """Which port was switched off and on, and what came of it."""

    port: PowerPort
    done: Cycled


class Reaching:
    """`ca_file` holds the authorities that vouch for SIP servers, None: the system's. Servers that
    others than the operator named may not be in the networks of `management`, nor on this host."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        *,
        ca_file: Path | None = None,
        pace: Pace | None = None,
        connect: Opens | None = None,
        lookup: Lookup = services,
        management: Sequence[IPNetwork] = (),
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._ca_file = ca_file
        self._pace = pace or Pace()
        self._connect = connect or _connect
        self._admits = outside(management)
        self._lookup = lookup

    def resync(
        self,
        actor: Actor,
        mac: str,
        *,
        reboot: bool = False,
        line: int | None = None,
        address: Peer | None = None,
        patience: float = math.inf,
    ) -> Told:
        """Tells exactly this phone to fetch its configuration, or to reboot, as its line `line`
        (None: its first), through its SIP server or straight to its `address`. Blocks until an
        answer came or none is to be expected: half a minute, or `patience` seconds where that is
        less.

        Raises NotFoundError outside of the actor's scope, InputError for a phone that takes no
        such thing, that has no line, or that was told a moment ago.
        """
        placement = self._placement(actor, mac)
        device = placement.device
        notice, hint = self._notice(device, reboot=reboot)
        chosen, settings = _line(device, line), self.settings(placement)
        way = direct(settings, chosen, address) if address else self._route(placement, chosen)
        connect = self._connecting(patience, anywhere=way.trusted)
        with self._pace.room(actor.account_id):
            self._pace.step(device.mac)
            if address:
                told = tell_directly(way, notice, connect)
            else:
                told = tell(way, notice, self._phone(placement, chosen), connect)
        log.info(
            "phone_told",
            by=actor.name,
            mac=str(device.mac),
            notice=notice.event,
            through=str(way.peer),
            accepted=told.accepted,
            status=told.status,
        )
        return told if told.accepted or told.note else replace(told, note=hint)

    def _route(self, placement: Placement, line: Line) -> Route:
        settings = self.settings(placement)
        below = [one for one in (placement.reseller, placement.customer) if one]
        # The layers end with the provider, the accounts below it, site and device.
        return route(settings, line, operators=len(settings.layers) - len(below) - 3)

    def _connecting(self, patience: float, *, anywhere: bool) -> Connect:
        """One deadline for all that is tried."""
        until = time.monotonic() + patience
        timers = Timers(most=patience)
        admits = all_addresses if anywhere else self._admits
        return lambda peer: reach(
            peer, lambda one: self._connect(one, self._ca_file, timers, until, admits), self._lookup
        )

    def power_cycle(
        self,
        actor: Actor,
        mac: str,
        off_for: float,
        wait: Wait,
        switch: Callable[[PowerPort], AbstractContextManager[Switch]] | None = None,
    ) -> Cycling:
        """Takes the phone's power away for `off_for` seconds, by `poe.switch`. Blocks, and ends
        only when the port is on again or when it could not be switched on.

        Raises NotFoundError outside of the actor's scope, InputError where nobody says what feeds
        the phone, PowerError as provd.poe.cycling does.
        """
        placement = self._placement(actor, mac)
        device = placement.device
        port = power_port(self.settings(placement))
        with self._pace.room(actor.account_id):
            self._pace.step(device.mac)
            said = {"by": actor.name, "mac": str(device.mac), "port": str(port)}
            log.info("phone_power_cycle", **said, off_for=off_for)
            try:
                with (switch or _snmp)(port) as opened:
                    done = power_cycle(opened, off_for, wait)
            except PowerError as error:
                log.error("phone_power_cycle_failed", **said, error=str(error))
                raise
            log.info("phone_power_cycled", **said)
        return Cycling(port, done)

    def settings(self, placement: Placement) -> Settings:
        """All layers of a device, merged."""
        vendor = self._registry.vendor(placement.device.vendor)
        model = vendor.model(placement.device.model)
        return merge(layers_of(placement, vendor, model, self._profiles))

    def _placement(self, actor: Actor, text: str) -> Placement:
        actor.must_be(*MANAGERS)
        try:
            mac = Mac.parse(text)
        except MacError:
            raise NotFoundError("there is no such device") from None
        if self._store.devices.by_mac(mac, scope=actor.scope) is None:
            raise NotFoundError("there is no such device")
        placement = self._store.devices.placement(mac)
        if placement is None:
            raise NotFoundError("there is no such device")
        return placement

    def _notice(self, device: Device, *, reboot: bool) -> tuple[Notice, str]:
        """With what the vendor's folder says about it, for somebody who waits in vain."""
        vendor = self._registry.vendor(device.vendor)
        model = vendor.model(device.model)
        known = vendor.notices(model)
        wanted, other = (known.reboot, known.resync) if reboot else (known.resync, known.reboot)
        if wanted:
            return wanted, known.note
        if other is None:
            raise InputError(f"{model.title} takes no SIP NOTIFY", remedy="Power-cycle it")
        what, instead = ("reboot", "resync") if reboot else ("resync", "reboot")
        raise InputError(
            f"{model.title} knows no NOTIFY to {what}", remedy=f"It knows one to {instead}"
        )

    def _phone(self, placement: Placement, line: Line) -> Phone:
        """With what tells it from others of the same extension."""
        device = placement.device
        asked = self._store.journal.of_mac(device.mac, limit=_LATEST)
        return Phone(
            device.mac,
            frozenset(entry.address for entry in asked if not entry.reason),
            alone=self._is_alone(placement.customer, placement.device, line),
            unique=self._is_alone(self._store.accounts.root(), placement.device, line),
        )

    def _is_alone(self, account: Account | None, device: Device, line: Line) -> bool:
        """No other phone of the account and of those below it has the same SIP user."""
        if account is None:
            return False
        return self._store.devices.with_user(Scope(account.id), line.user) == [device.id]


def _snmp(port: PowerPort) -> AbstractContextManager[Switch]:
    # Imported here: it takes ten megabytes, and no daemon needs it before somebody asks.
    from provd.poe.snmp import SnmpSwitch

    return SnmpSwitch(port)


def _connect(
    peer: Peer, ca_file: Path | None, timers: Timers, until: float, admits: Admits
) -> Connection:
    return Connection(peer, ca_file=ca_file, timers=timers, until=until, admits=admits)


def _line(device: Device, number: int | None) -> Line:
    lines = sorted(device.lines, key=lambda line: line.number)
    if not lines:
        raise InputError("the device has no line, so no SIP server knows it")
    if number is None:
        return lines[0]
    for line in lines:
        if line.number == number:
            return line
    raise NotFoundError(f"the device has no line {number}", key="line")
