"""Looking things up: lists, a device's page, the numbers of a home page; customers and sites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from provd.billing.charge import Charge
from provd.billing.plan import Side
from provd.devices.account import Account, AccountKind, Role, Site
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.settings import setting
from provd.errors import InputError, MacError, NotFoundError, SettingError
from provd.operations.actor import Actor
from provd.operations.billing import Billing
from provd.operations.hands import events_seen, moments_seen
from provd.operations.naming import named
from provd.operations.networks import networks_from
from provd.operations.views import (
    Boot,
    CustomerRow,
    DevicePage,
    DeviceRow,
    Page,
    SiteRow,
    Summary,
)
from provd.operations.zones import zone_from
from provd.provisioning.alerts import alerts_of
from provd.provisioning.journal import JournalEntry
from provd.store import Store
from provd.vendors.registry import Registry

log = structlog.get_logger()

SHOWN_ENTRIES = 400
"""Journal entries on a device's page; the newest."""

TRUST_WAYS = "trust.ways"

ALERTED = timedelta(days=7)
"""For so long a refusal that nobody put right stays on top of a device's page."""


class Directory:
    """Everything is read within the actor's scope: what lies outside does not exist."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        billing: Billing,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
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

    def customers(self, actor: Actor) -> list[CustomerRow]:
        """By name, those whose accounts are open."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        sites = self.sites(actor)
        rows = []
        for account in self._listed(actor, AccountKind.CUSTOMER):
            _, reseller, _ = self._store.accounts.chain(account.id)
            own = [row for row in sites if row.site.account_id == account.id]
            devices = sum(row.devices for row in own)
            rows.append(CustomerRow(account, reseller.name if reseller else "", len(own), devices))
        return rows

    def resellers(self, actor: Actor) -> list[Account]:
        """As `customers`."""
        actor.must_be(Role.ADMIN)
        return self._listed(actor, AccountKind.RESELLER)

    def sites(self, actor: Actor) -> list[SiteRow]:
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        names = {account.id: account.name for account in self._store.accounts.below(actor.scope)}
        counts = self._store.devices.counts_by_site(actor.scope)
        return [
            SiteRow(site, names.get(site.account_id, ""), counts.get(site.id, 0))
            for site in self._store.sites.in_scope(actor.scope)
        ]

    def create_customer(self, actor: Actor, name: str) -> Account:
        """Below the actor's account, with its currency and time zone."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        name = named(name)
        with self._store.transaction():
            parent = self._store.accounts.held(actor.account_id)
            parent.must_be_open()
            others = self._store.accounts.children([parent.id])
            if name.casefold() in {other.name.casefold() for other in others}:
                raise InputError(f"you have a customer “{name}” already", key="name")
            return self._store.accounts.create(
                kind=AccountKind.CUSTOMER,
                name=name,
                parent_id=parent.id,
                currency=parent.currency,
                time_zone=parent.time_zone,
            )

    def create_site(
        self, actor: Actor, customer_id: int, name: str, networks: str, time_zone: str
    ) -> Site:
        """`networks` as `networks_from` reads them; the provider's may be of any size."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        name = named(name)
        customer = self._store.accounts.get(customer_id, scope=actor.scope)
        if customer.kind is not AccountKind.CUSTOMER:
            raise InputError("a site belongs to a customer", key="customer_id")
        with self._store.transaction():
            self._store.accounts.hold_open([customer.id])
            return self._store.sites.create(
                account_id=customer.id,
                name=name,
                networks=networks_from(networks, of_any_size=actor.role is Role.ADMIN),
                time_zone=zone_from(time_zone or customer.time_zone),
            )

    def set_trust_ways(self, actor: Actor, site_id: int, ways: Sequence[str] | None) -> None:
        """How phones of a site may prove themselves; None: as everywhere. Raises SettingError for
        what is no way, and for none at all: that would shut out every phone."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        with self._store.transaction():
            site = self._store.sites.held(site_id, scope=actor.scope)
            settings = {key: value for key, value in site.settings.items() if key != TRUST_WAYS}
            if ways is not None:
                settings[TRUST_WAYS] = _checked_ways(ways)
            self._store.sites.update(site.id, settings=settings)
        log.info("trust_ways_set", by=actor.name, site=site.name, ways=ways)

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

    def _listed(self, actor: Actor, kind: AccountKind) -> list[Account]:
        found = self._store.accounts.below(actor.scope, kind=kind)
        return [one for one in found if one.closed_at is None]

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


def _checked_ways(ways: Sequence[str]) -> object:
    if not ways:
        raise SettingError("no phone could prove itself", remedy="Name one way at least")
    return setting(TRUST_WAYS).check(list(ways))


def _searched(text: str) -> str:
    """A MAC in any notation becomes its digits; anything else is searched as it is."""
    try:
        return Mac.parse(text).digits
    except MacError:
        return text.strip()
