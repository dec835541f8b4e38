"""Looking things up: lists of devices, a device's page, the numbers of a home page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from provd.billing.charge import Charge
from provd.billing.plan import Side
from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import MacError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.billing import Billing
from provd.operations.customers import Customers
from provd.operations.hands import events_seen, moments_seen
from provd.operations.views import (
    Boot,
    DevicePage,
    DeviceRow,
    Page,
    Summary,
)
from provd.provisioning.alerts import alerts_of
from provd.provisioning.journal import JournalEntry
from provd.store import Store
from provd.vendors.registry import Registry

log = structlog.get_logger()

SHOWN_ENTRIES = 400
"""Journal entries on a device's page; the newest."""

ALERTED = timedelta(days=7)
"""For so long a refusal that nobody put right stays on top of a device's page."""


class Directory(Customers):
    """Everything is read within the actor's scope: what lies outside does not exist."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        billing: Billing,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(store)
        self._registry = registry
        self._billing = billing
        self._clock = clock

    def devices(
        self,
        actor: Actor,
        *,
        search: str = "",
        state: State | None = None,
        site_id: int | None = None,
        page: int = 1,
        size: int = 50,
    ) -> Page[DeviceRow]:
        """`search` finds a MAC in any notation, or a part of a label, user, site or customer."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        rows, total = self._store.devices.search(
            actor.scope, text=_searched(search), state=state, site_id=site_id, page=page, size=size
        )
        found = tuple(DeviceRow(*row) for row in rows)
        return Page(moments_seen(self._store, actor, found), total, page, size)

    def device(self, actor: Actor, mac: str) -> DevicePage:
        """Raises NotFoundError."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        device = self._device(actor, mac)
        placement = self._store.devices.placement(device.mac)
        if placement is None:
            raise NotFoundError("there is no such device")
        vendor = self._registry.vendor(device.vendor)
        model = vendor.model(device.model)
        events = events_seen(self._store, actor, device)
        asked = [
            entry
            for entry in self._store.journal.of_mac(device.mac, limit=SHOWN_ENTRIES)
            if events.since is None or entry.at >= events.since
        ]
        return DevicePage(
            device=device,
            vendor_title=vendor.title,
            model_title=model.title,
            site=placement.site,
            customer=placement.customer,
            reseller=placement.reseller,
            boots=boots_of(asked),
            events=events.events,
            charges=self._charges(actor, device),
            enrolment_open_until=placement.enrolment.open_until,
            enrolment_address=placement.enrolment.first_address,
            boot_files=tuple(vendor.paths(model, device.mac).values()),
            alerts=alerts_of(asked, since=self._clock() - ALERTED),
            notices=vendor.notices(model),
        )

    def discovered(self, actor: Actor, mac: str) -> tuple[Boot, ...]:
        """What a MAC asked for that nobody has registered; empty when it never asked, or is
        registered. For the provider only: a stranger's phone is nobody's yet."""
        actor.must_be(Role.ADMIN)
        parsed = Mac.parse(mac)
        if self._store.devices.by_mac(parsed) is not None:
            return ()
        return boots_of(self._store.journal.of_mac(parsed, limit=SHOWN_ENTRIES))

    def reveal_password(self, actor: Actor, mac: str, line_number: int) -> str:
        """Raises NotFoundError. Who looked is logged."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        device = self._device(actor, mac)
        for line in device.lines:
            if line.number == line_number:
                log.info("password_revealed", by=actor.name, mac=str(device.mac), line=line_number)
                return line.password.reveal()
        raise NotFoundError("there is no such line")

    def open_enrolment_window(self, actor: Actor, mac: str, until: datetime) -> None:
        """Lets the next HTTPS address that asks have the configuration, once more."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        device = self._device(actor, mac)
        self._store.devices.open_window(device.id, until)
        log.info("enrolment_window_opened", by=actor.name, mac=str(device.mac))

    def summary(self, actor: Actor) -> Summary:
        actor.must_be(*Role)
        account = self._store.accounts.get(actor.account_id)
        local = self._clock().astimezone(ZoneInfo(account.time_zone))
        midnight = datetime.combine(local.date(), time.min, local.tzinfo).astimezone(UTC)
        boots, refusals = self._store.journal.counts(actor.scope, since=midnight)
        counts = self._store.devices.counts_by_state(actor.scope)
        if not actor.sees_prices:
            return Summary(counts, boots, refusals)
        month = self._billing.month(actor, local.year, local.month, most=0)
        return Summary(counts, boots, refusals, month.wholesale, month.retail)

    def _device(self, actor: Actor, text: str) -> Device:
        try:
            mac = Mac.parse(text)
        except MacError:
            raise NotFoundError("there is no such device") from None
        device = self._store.devices.by_mac(mac, scope=actor.scope)
        if device is None:
            raise NotFoundError("there is no such device")
        return device

    def _charges(self, actor: Actor, device: Device) -> tuple[Charge, ...]:
        side = None if actor.sees_wholesale else Side.RETAIL
        return tuple(self._store.books.charges(scope=actor.scope, side=side, device_id=device.id))


def boots_of(entries: Sequence[JournalEntry]) -> tuple[Boot, ...]:
    """Groups entries by boot: boots newest first, the files of each in the order asked for."""
    groups: dict[str, list[JournalEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.finished_at)):
        groups.setdefault(entry.boot_id, []).append(entry)
    return tuple(Boot(id_, tuple(group)) for id_, group in reversed(groups.items()))


def _searched(text: str) -> str:
    """A MAC in any notation becomes its digits; anything else is searched as it is."""
    try:
        return Mac.parse(text).digits
    except MacError:
        return text.strip()
