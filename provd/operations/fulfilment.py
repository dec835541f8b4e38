"""Staging and shipping: what the fulfilment house does with an order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from provd.billing.subscription import Cause
from provd.devices.account import Role
from provd.devices.device import Device, Order
from provd.devices.lifecycle import Evidence, LifecycleEvent, Place, State, check_arrow
from provd.devices.mac import Mac
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.bench import SimulatedBench
from provd.operations.charging import Charging
from provd.operations.views import OrderDevice, OrderRow
from provd.provisioning.journal import JournalEntry, new_id
from provd.store import Store
from provd.vendors.registry import Registry

WORKERS = (Role.ADMIN, Role.FULFILMENT)

BOOKING_LOOKS, BOOKING_PAUSE = 100, 0.05
"""How often, and after how many seconds, a delivery is looked for that a simulated phone has had:
the daemon books it a moment later."""


class Fulfilment:
    """Orders, their devices on the bench, and the two steps: staged, shipped.

    A device counts as fetched when its full configuration arrived whole at an address of the bench
    after it was ordered.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        charging: Charging,
        *,
        clock: Callable[[], datetime],
        bench: SimulatedBench | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`bench` None: phones on the bench boot by themselves, and none is simulated."""
        self._bench = bench
        self._pause = pause
        self._store = store
        self._registry = registry
        self._charging = charging
        self._clock = clock

    def orders(self, actor: Actor, *, open_only: bool = True) -> list[OrderRow]:
        actor.must_be(*WORKERS)
        orders = self._store.orders.in_scope(actor.scope, open_only=open_only)
        return [self._row(actor, order) for order in orders]

    def order(self, actor: Actor, reference: str) -> OrderRow:
        """Raises NotFoundError."""
        actor.must_be(*WORKERS)
        return self._row(actor, self._order(actor, reference))

    def scan(self, actor: Actor, reference: str, text: str) -> OrderDevice:
        """The device of this order that a label names. Raises InputError that tells what to do
        with a phone that does not belong here."""
        actor.must_be(*WORKERS)
        mac = Mac.parse(text)
        order = self._order(actor, reference)
        device = self._store.devices.by_mac(mac, scope=actor.scope)
        if device is None:
            raise NotFoundError(
                f"{mac} is not registered", key="mac", remedy="Put it aside and tell the reseller"
            )
        if device.order_id != order.id:
            raise InputError(
                f"{mac} does not belong to order {reference}",
                key="mac",
                remedy=self._where_it_belongs(device),
            )
        return self._order_device(device, order)

    @property
    def simulates(self) -> bool:
        """Whether `boot` may be called."""
        return self._bench is not None

    def boot(self, actor: Actor, reference: str, text: str) -> OrderDevice:
        """Boots a phone of the order with the phone simulator, and waits until what it fetched is
        booked. Raises InputError when it did not get its full configuration."""
        found = self.scan(actor, reference, text)
        if self._bench is None:
            raise InputError("phones are not simulated here", remedy="Plug it in and let it boot")
        report = self._bench.ready().boot(found.device)
        if not report.ok:
            missing = ", ".join(report.missing)
            raise InputError(
                f"{found.device.mac} did not get its full configuration",
                key="mac",
                remedy=report.problem or f"Missing: {missing}",
            )
        for _ in range(BOOKING_LOOKS):
            found = self.scan(actor, reference, text)
            if found.fetched_at is not None:
                break
            self._pause(BOOKING_PAUSE)
        return found

    def stage(self, actor: Actor, reference: str, text: str) -> OrderDevice:
        """Marks a device staged whose configuration arrived on the bench; staging it again changes
        nothing. Raises InputError when it has not arrived."""
        with self._store.transaction():
            found = self.scan(actor, reference, text)
            device = found.device
            if device.state is State.STAGED:
                return found
            fetch = self._fetch(device, self._order(actor, reference))
            if fetch is None:
                raise InputError(
                    f"{device.mac} has not fetched its configuration on the bench",
                    key="mac",
                    remedy="Plug it into a bench port, wait for it to boot, then scan it again",
                )
            evidence = Evidence(
                fetch.path, fetch.transport, fetch.bytes_sent, fetch.address, Place.BENCH
            )
            self._move(actor, device, State.STAGED, evidence)
        return self.scan(actor, reference, text)

    def ship(self, actor: Actor, reference: str) -> OrderRow:
        """All of an order at once; a device that came into service by another way stays there.
        Raises InputError that names the devices not staged yet."""
        with self._store.transaction():
            row = self.order(actor, reference)
            if row.order.shipped_at is not None:
                return row
            self._check_all_ready(row)
            staged = [found for found in row.devices if found.device.state is State.STAGED]
            for found in staged:
                event_id = self._move(actor, found.device, State.SHIPPED, None)
                cause = Cause(event_id, "shipped", self._clock(), "", "", 0, "")
                self._charging.shipped(found.device, cause)
            self._store.orders.mark_shipped(row.order.id, self._clock())
        return self.order(actor, reference)

    def _check_all_ready(self, row: OrderRow) -> None:
        where = f"order {row.order.reference}"
        if not row.devices:
            raise InputError("it is empty", where=where, remedy="Register its phones first")
        missing = ", ".join(str(found.device.mac) for found in row.devices if not found.ready)
        if missing:
            raise InputError(
                f"not staged yet: {missing}", where=where, remedy="Stage them, then ship again"
            )

    def _move(self, actor: Actor, device: Device, to: State, evidence: Evidence | None) -> str:
        check_arrow(device.state, to)
        if not self._store.devices.change_state(device.id, device.state, to):
            raise InputError(
                f"{device.mac} was changed by somebody else just now", key="mac", remedy="Try again"
            )
        event = LifecycleEvent(
            new_id(), device.id, device.state, to, self._clock(), actor.name, evidence
        )
        self._store.events.record(event)
        return event.id

    def _order(self, actor: Actor, reference: str) -> Order:
        """By its reference, or by its number as in #12 where two resellers use the same one."""
        text = reference.strip()
        if text.startswith("#") and text[1:].isdecimal():
            return self._store.orders.get(int(text[1:]), scope=actor.scope)
        return self._store.orders.by_reference(text, scope=actor.scope)

    def _handle(self, actor: Actor, order: Order) -> str:
        """The reference, where that leads back to this order; else its number."""
        try:
            found = self._store.orders.by_reference(order.reference, scope=actor.scope)
        except InputError:
            return f"#{order.id}"
        return order.reference if found.id == order.id else f"#{order.id}"

    def _row(self, actor: Actor, order: Order) -> OrderRow:
        site = self._store.sites.get(order.site_id)
        customer = self._store.accounts.get(site.account_id)
        devices = self._store.devices.of_order(order.id)
        return OrderRow(
            order,
            self._handle(actor, order),
            customer.name,
            site.name,
            tuple(self._order_device(d, order) for d in devices),
        )

    def _order_device(self, device: Device, order: Order) -> OrderDevice:
        fetch = self._fetch(device, order)
        vendor = self._registry.vendor(device.vendor)
        return OrderDevice(
            device=replace(device, lines=()),  # the bench has no business with SIP passwords
            model_title=vendor.model(device.model).title,
            fetched_at=fetch.finished_at if fetch else None,
            fetched_file=fetch.path if fetch else "",
            fetched_from=fetch.address if fetch else "",
        )

    def _fetch(self, device: Device, order: Order) -> JournalEntry | None:
        """The delivery that completed the configuration on the bench."""
        return self._store.journal.completed_on_bench(device.id, since=order.created_at)

    def _where_it_belongs(self, device: Device) -> str:
        if device.order_id is None:
            return "It is in no order: put it aside and tell the reseller"
        return f"It belongs to order {self._store.orders.get(device.order_id).reference}"
