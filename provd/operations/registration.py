"""Registering a phone: what may be chosen, what it will cost, and then all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from provd.billing.days import local_date, zone_named
from provd.billing.plan import Plan, Side, StartsOn
from provd.billing.quote import Quote, quote
from provd.billing.subscription import Cause, Parties
from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.lifecycle import LifecycleEvent, State
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.checking import CheckedForm, FormCheck
from provd.operations.choosing import open_sites, plan_choices, plans_on_sale
from provd.operations.forms import Choices, DeviceForm, ModelChoice, ProfileChoice, VendorChoice
from provd.operations.subjects import slot_for
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

MANAGERS = (Role.ADMIN, Role.RESELLER)


class Registration:
    """What the web form and `provd device` share; imports have the same rules."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        form_check: FormCheck,
        charging: Charging,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._form = form_check
        self._charging = charging
        self._clock = clock

    def choices(self, actor: Actor) -> Choices:
        actor.must_be(*MANAGERS)
        plans = plans_on_sale(self._store, actor, actor.account_id, self._today(actor))
        return Choices(
            vendors=tuple(
                VendorChoice(
                    vendor.name,
                    vendor.title,
                    tuple(ModelChoice(m.name, m.title, m.lines) for m in vendor.models),
                )
                for vendor in self._registry.vendors
            ),
            sites=open_sites(self._store, actor),
            plans=plan_choices(plans),
            profiles=tuple(
                ProfileChoice(name, title)
                for name, title in self._profiles.titles.items()
                if name in self._profiles.names
            ),
        )

    def _today(self, actor: Actor) -> date:
        account = self._store.accounts.get(actor.account_id)
        return local_date(self._clock(), zone_named(account.time_zone))

    def quote(self, actor: Actor, form: DeviceForm) -> Quote | None:
        """What confirming this form will cost, were the phone to boot now; None without a plan.
        Raises InputError for whatever `register` would refuse."""
        actor.must_be(*MANAGERS)
        now = self._clock()
        checked = self._form.check(actor, form, now)
        if checked.plan is None:
            return None
        prices = self._store.books.price_list(checked.plan.id)
        sides = set(Side) if actor.sees_wholesale else {Side.RETAIL}
        return quote(checked.plan, prices, checked.parties, now, sides=sides)

    def register(self, actor: Actor, form: DeviceForm) -> Device:
        """Device, lines, slot, subscription, order and enrolment window, or nothing at all.

        Raises InputError with the form's field as `key`, ConflictError when the MAC is taken.
        """
        actor.must_be(*MANAGERS)
        now = self._clock()
        with self._store.transaction():
            checked = self._form.check(actor, form, now)
            self._store.accounts.hold_open([checked.placement.customer.id])
            device = self._device(checked, now)
            event_id = new_id()
            self._store.events.record(
                LifecycleEvent(
                    event_id, device.id, State.DISCOVERED, State.REGISTERED, now, actor.name
                )
            )
            if checked.plan is not None:
                self._subscribe(checked.plan, checked.parties, device, event_id, now)
        return device

    def _device(self, checked: CheckedForm, now: datetime) -> Device:
        device, enrolment = checked.placement.device, checked.placement.enrolment
        return self._store.devices.register(
            mac=device.mac,
            vendor=device.vendor,
            model=device.model,
            site_id=device.site_id,
            registered_at=now,
            lines=device.lines,
            label=device.label,
            profile=device.profile,
            settings=device.settings,
            order_id=self._order_id(checked, now),
            token=enrolment.token,
            open_until=enrolment.open_until,
        )

    def _order_id(self, checked: CheckedForm, now: datetime) -> int | None:
        if not checked.order_reference:
            return None
        order = checked.order or self._store.orders.create(
            site_id=checked.placement.site.id, reference=checked.order_reference, created_at=now
        )
        return order.id

    def _subscribe(
        self, plan: Plan, parties: Parties, device: Device, event_id: str, now: datetime
    ) -> None:
        subject = slot_for(self._store, device, now)
        self._store.books.create_subscription(plan_id=plan.id, subject=subject, parties=parties)
        if plan.starts_on is StartsOn.REGISTERED:
            self._charging.registered(
                {device.id: Cause(event_id, "registered", now, "", "", 0, "")}
            )
