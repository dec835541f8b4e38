"""A registration form, checked in full before anything is written or promised."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from provd.billing.plan import Plan
from provd.billing.subscription import Parties
from provd.devices.account import Account, Site
from provd.devices.device import Device, Order
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment, Placement
from provd.devices.secret import Secret
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.operations.forms import DeviceForm
from provd.operations.lines import checked_lines
from provd.provisioning.files import Files
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Model


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A form that holds, with everything that it refers to. `placement.device` is the device as it
    will be, without its id; `order` is None when `order_reference` is empty or new."""

    placement: Placement
    parties: Parties
    plan: Plan | None
    order_reference: str
    order: Order | None


class FormCheck:
    """Says what is wrong with a form; writes nothing. A quote and a registration check the same,
    so that nobody is refused what was just quoted."""

    def __init__(
        self, store: Store, registry: Registry, profiles: Profiles, files: Files, window: timedelta
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._files = files
        self._window = window

    def check(self, actor: Actor, form: DeviceForm, now: datetime) -> CheckedForm:
        """Raises InputError with the form's field as `key`, ConflictError when the MAC is taken."""
        mac = self._free_mac(actor, form.mac)
        model = self._model(form)
        site = self._site(actor, form.site_id)
        provider, reseller, customer = self._accounts(site)
        if form.profile and form.profile not in self._profiles.names:
            raise InputError(f"there is no profile “{form.profile}”", key="profile")
        seller = reseller or provider
        plan = self._plan(form.plan_id, seller)
        device = Device(
            id=0,
            mac=mac,
            vendor=form.vendor,
            model=model.name,
            site_id=site.id,
            state=State.REGISTERED,
            registered_at=now,
            lines=checked_lines(form.lines, model),
            profile=form.profile,
            label=one_line(form.label, "label"),
        )
        reference = one_line(form.order_reference, "order_reference")
        order = self._order(reference, site) if reference else None
        enrolment = Enrolment(Secret(secrets.token_hex(16)), now + self._window)
        placement = Placement(device, site, customer, reseller, provider, enrolment)
        self._try_to_render(placement)
        parties = Parties(provider.id, seller.id, customer.id, provider.time_zone, seller.time_zone)
        return CheckedForm(placement, parties, plan, reference, order)

    def plans_for(self, account_id: int) -> Sequence[Plan]:
        """The account's own and those of the accounts above it."""
        chain = self._store.accounts.chain(account_id)
        return self._store.books.plans(owner_ids=[account.id for account in chain if account])

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

    def _accounts(self, site: Site) -> tuple[Account, Account | None, Account]:
        provider, reseller, customer = self._store.accounts.chain(site.account_id)
        if customer is None:
            raise InputError("a site belongs to a customer", key="site_id")
        return provider, reseller, customer

    def _plan(self, plan_id: int | None, seller: Account) -> Plan | None:
        if plan_id is None:
            return None
        offered = {plan.id: plan for plan in self.plans_for(seller.id)}
        if plan_id not in offered:
            raise InputError("this plan is not on offer", key="plan_id")
        return offered[plan_id]

    def _order(self, reference: str, site: Site) -> Order | None:
        order = self._store.orders.find(reference, site_id=site.id)
        if order is not None and order.site_id != site.id:
            raise ConflictError(
                f"order {reference} ships to another site",
                key="order_reference",
                remedy="Choose another reference, or that order's site",
            )
        if order is not None and order.shipped_at is not None:
            raise ConflictError(
                f"order {reference} has been shipped",
                key="order_reference",
                remedy="Choose another reference",
            )
        return order

    def _try_to_render(self, placement: Placement) -> None:
        """A value that a phone's file can't hold is refused here, not when the phone boots."""
        try:
            self._files.try_all(placement)
        except RenderError as error:
            raise InputError(
                f"no configuration can be made from this: {error.problem}", key="lines"
            ) from error
