"""Registering a phone: what may be chosen, what it will cost, and then all of it at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from provd.billing.plan import Plan, Side, StartsOn
from provd.billing.quote import Quote, quote
from provd.billing.subscription import Cause, Parties
from provd.devices.account import Account, Role, Site
from provd.devices.device import Device, Line
from provd.devices.lifecycle import LifecycleEvent, State
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.secret import Secret
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.forms import (
    Choices,
    DeviceForm,
    ModelChoice,
    PlanChoice,
    ProfileChoice,
    SiteChoice,
    VendorChoice,
)
from provd.operations.lines import checked_lines
from provd.provisioning.files import Files
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Model

MANAGERS = (Role.ADMIN, Role.RESELLER)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A form that holds, with everything that it refers to."""

    mac: Mac
    model: Model
    site: Site
    parties: Parties
    plan: Plan | None
    lines: tuple[Line, ...]


class Registration:
    """What the web form, the command line and imports share. `window` is how long the enrolment
    window stays open after registration."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        files: Files,
        charging: Charging,
        *,
        clock: Callable[[], datetime],
        window: timedelta,
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._files = files
        self._charging = charging
        self._clock = clock
        self._window = window

    def choices(self, actor: Actor) -> Choices:
        actor.must_be(*MANAGERS)
        customers = {
            account.id: account.name for account in self._store.accounts.below(actor.scope)
        }
        return Choices(
            vendors=tuple(
                VendorChoice(
                    vendor.name,
                    vendor.title,
                    tuple(ModelChoice(m.name, m.title, m.lines) for m in vendor.models),
                )
                for vendor in self._registry.vendors
            ),
            sites=tuple(
                SiteChoice(site.id, site.name, customers.get(site.account_id, ""))
                for site in self._store.sites.in_scope(actor.scope)
            ),
            plans=tuple(
                PlanChoice(plan.id, plan.name) for plan in self._plans_for(actor.account_id)
            ),
            profiles=tuple(
                ProfileChoice(name, title)
                for name, title in self._profiles.titles.items()
                if name in self._profiles.names
            ),
        )

    def quote(self, actor: Actor, form: DeviceForm) -> Quote | None:
        """What confirming this form will cost, were the phone to boot today; None without a plan.
        Raises InputError for whatever `register` would refuse."""
        checked = self._checked(actor, form)
        if checked.plan is None:
            return None
        prices = self._store.books.price_list(checked.plan.id)
        on = self._today(checked.parties.reseller_zone)
        sides = set(Side) if actor.sees_wholesale else {Side.RETAIL}
        return quote(checked.plan, prices, checked.parties, on, sides=sides)

    def register(self, actor: Actor, form: DeviceForm) -> Device:
        """Device, lines, slot, subscription, order and enrolment window, or nothing at all.

        Raises InputError with the form's field as `key`, ConflictError when the MAC is taken.
        """
        now = self._clock()
        with self._store.transaction():
            checked = self._checked(actor, form)
            device = self._store.devices.register(
                mac=checked.mac,
                vendor=form.vendor,
                model=checked.model.name,
                site_id=checked.site.id,
                registered_at=now,
                lines=checked.lines,
                label=one_line(form.label, "label"),
                profile=form.profile,
                order_id=self._order(checked.site, form.order_reference, now),
                token=Secret(secrets.token_hex(16)),
                open_until=now + self._window,
            )
            self._try_to_render(device)
            event_id = new_id()
            self._store.events.record(
                LifecycleEvent(
                    event_id, device.id, State.DISCOVERED, State.REGISTERED, now, actor.name
                )
            )
            if checked.plan is not None:
                self._subscribe(checked.plan, checked.parties, device, event_id, now)
        return device

    def _subscribe(
        self, plan: Plan, parties: Parties, device: Device, event_id: str, now: datetime
    ) -> None:
        books = self._store.books
        name = device.label or f"{device.model} {device.mac}"
        slot = books.create_slot(site_id=device.site_id, name=name)
        books.assign(slot.id, device.id, now)
        books.create_subscription(plan_id=plan.id, slot_id=slot.id, parties=parties)
        if plan.starts_on is StartsOn.REGISTERED:
            self._charging.registered(device, Cause(event_id, "registered", now, "", "", 0, ""))

    def _try_to_render(self, device: Device) -> None:
        """A value that a phone's file can't hold is refused here, not when the phone boots."""
        placement = self._store.devices.placement(device.mac)
        if placement is None:
            raise NotFoundError("the device vanished while it was being registered")
        try:
            self._files.try_all(placement)
        except RenderError as error:
            raise InputError(
                f"no configuration can be made from this: {error.problem}", key="lines"
            ) from error

    def _order(self, site: Site, reference: str, now: datetime) -> int | None:
        reference = one_line(reference, "order_reference")
        if not reference:
            return None
        order = self._store.orders.find(reference, site_id=site.id)
        if order is None:
            order = self._store.orders.create(site_id=site.id, reference=reference, created_at=now)
        if order.site_id != site.id:
            raise ConflictError(
                f"order {reference} ships to another site",
                key="order_reference",
                remedy="Choose another reference, or that order's site",
            )
        if order.shipped_at is not None:
            raise ConflictError(
                f"order {reference} has been shipped",
                key="order_reference",
                remedy="Choose another reference",
            )
        return order.id

    def _checked(self, actor: Actor, form: DeviceForm) -> _Checked:
        actor.must_be(*MANAGERS)
        mac = self._free_mac(actor, form.mac)
        model = self._model(form)
        site = self._site(actor, form.site_id)
        parties = self._parties(site)
        if form.profile and form.profile not in self._profiles.names:
            raise InputError(f"there is no profile “{form.profile}”", key="profile")
        plan = self._plan(form.plan_id, parties)
        return _Checked(mac, model, site, parties, plan, checked_lines(form.lines, model))

    def _free_mac(self, actor: Actor, text: str) -> Mac:
        try:
            mac = Mac.parse(text)
        except InputError as error:
            raise InputError(error.problem, key="mac", remedy=error.remedy) from error
        placement = self._store.devices.placement(mac)
        if placement is None:
            return mac
        raise ConflictError(
            f"{mac} is registered already {self._where(actor, placement)}",
            key="mac",
            remedy="Compare it with the label; a phone can be registered once only",
        )

    def _where(self, actor: Actor, placement: Placement) -> str:
        """Where it is, to those who may see it; a stranger learns no more than that it is taken."""
        try:
            self._store.devices.get(placement.device.id, scope=actor.scope)
        except NotFoundError:
            return "with another account; ask your provider"
        return f"at {placement.customer.name}, {placement.site.name}"

    def _model(self, form: DeviceForm) -> Model:
        try:
            return self._registry.vendor(form.vendor).model(form.model)
        except NotFoundError as error:
            raise InputError(error.problem, key="model", remedy=error.remedy) from error

    def _site(self, actor: Actor, site_id: int) -> Site:
        try:
            return self._store.sites.get(site_id, scope=actor.scope)
        except NotFoundError as error:
            raise InputError("choose a site of yours", key="site_id") from error

    def _plan(self, plan_id: int | None, parties: Parties) -> Plan | None:
        if plan_id is None:
            return None
        offered = {plan.id: plan for plan in self._plans_for(parties.reseller_id)}
        if plan_id not in offered:
            raise InputError("this plan is not on offer", key="plan_id")
        return offered[plan_id]

    def _plans_for(self, account_id: int) -> Sequence[Plan]:
        chain = self._store.accounts.chain(account_id)
        return self._store.books.plans(owner_ids=[account.id for account in chain if account])

    def _parties(self, site: Site) -> Parties:
        provider, reseller, customer = self._store.accounts.chain(site.account_id)
        if customer is None:
            raise InputError("a site belongs to a customer", key="site_id")
        seller: Account = reseller or provider
        return Parties(provider.id, seller.id, customer.id, provider.time_zone, seller.time_zone)

    def _today(self, zone: str) -> date:
        return self._clock().astimezone(ZoneInfo(zone)).date()
