"""A registration form, checked in full before anything is written or promised."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from provd.billing.days import local_date, zone_named
from provd.billing.plan import Plan
from provd.billing.subscription import Parties
from provd.devices.account import Account, Site
from provd.devices.device import Device, Key, Order
from provd.devices.keys import keys_of
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment, Placement
from provd.devices.secret import Secret
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError, RenderError, SettingError
from provd.operations.actor import Actor
from provd.operations.faults import faults
from provd.operations.forms import DeviceForm
from provd.operations.lines import checked_keys, checked_lines, checked_settings, place_of
from provd.operations.referred import Referred
from provd.provisioning.files import Files
from provd.store import Store
from provd.vendors.notes import Note
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Model

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A form that holds, with everything that it refers to. `placement.device` is the device as it
    will be, without its id; `order` is None when `order_reference` is empty or new. `notes` tell
    what of a new phone's values is not in its files as it is."""

    placement: Placement
    parties: Parties
    plan: Plan | None
    order_reference: str
    order: Order | None
    notes: tuple[Note, ...] = ()


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
        """Raises InputError with the form's field as `key`, and with the errors of others as its
        `further` ones; ConflictError when the MAC is taken."""
        mac = _mac(form.mac)
        if standing := self._store.devices.placement(mac):
            raise taken(self._store, actor, standing)
        found = self.examine(form, now, Referred(self._store, actor.scope))
        if isinstance(found, CheckedForm):
            return found
        first, *further = found
        first.further = tuple(further)
        raise first

    def examine(
        self,
        form: DeviceForm,
        now: datetime,
        referred: Referred,
        *,
        registered: bool = False,
        blame: bool = True,
    ) -> CheckedForm | list[InputError]:
        """The form's values, or all that is wrong with it but that its MAC is taken. Of a phone
        that is `registered` already it is not asked whether its order is still open, and whether
        its files can be made. Where they can't, it is found out (`blame`) by which values, which
        takes as long as a dozen phones."""
        found = _Findings()
        mac = found.of(lambda: _mac(form.mac))
        model = found.of(lambda: self._model(form))
        site = found.of(lambda: referred.site(form.site_id))
        accounts = found.of(lambda: referred.accounts(site)) if site else None
        found.of(lambda: self._check_profile(form))
        seller = (accounts[1] or accounts[0]) if accounts else None
        on = local_date(now, zone_named(seller.time_zone)) if seller and not registered else None
        plan = found.of(lambda: _plan(form.plan_id, seller, referred, on)) if seller else None
        lines = found.each(checked_lines(form.lines, model)) if model else ()
        label = found.of(lambda: one_line(form.label, "label"))
        keys = found.of(lambda: self._keys(form, model, found)) if model else ()
        settings = found.each(checked_settings(form.settings))
        reference = found.of(lambda: one_line(form.order_reference, "order_reference"))
        order = None
        if reference and site and seller:
            order = found.of(lambda: _order(reference, site, seller, referred, registered))
        if found.problems or not (mac and model and site and accounts and seller):
            return found.problems
        provider, reseller, customer = accounts
        device = Device(
            id=0,
            mac=mac,
            vendor=form.vendor,
            model=model.name,
            site_id=site.id,
            state=State.REGISTERED,
            registered_at=now,
            lines=tuple(lines),
            keys=keys or (),
            profile=form.profile,
            label=label or "",
            settings=dict(settings),
        )
        enrolment = Enrolment(Secret(secrets.token_hex(16)), now + self._window)
        placement = Placement(device, site, customer, reseller, provider, enrolment)
        notes = None if registered else self._try_to_render(placement, found, blame=blame)
        parties = Parties(provider.id, seller.id, customer.id, provider.time_zone, seller.time_zone)
        return found.problems or CheckedForm(
            placement, parties, plan, reference or "", order, notes or ()
        )

    def _model(self, form: DeviceForm) -> Model:
        try:
            return self._registry.vendor(form.vendor).model(form.model)
        except NotFoundError as error:
            raise InputError(error.problem, key="model", remedy=error.remedy) from error

    def _keys(self, form: DeviceForm, model: Model, found: _Findings) -> tuple[Key, ...]:
        """Each statement is checked alone first, so that what is wrong in any is told."""
        place, ranges = place_of(self._registry.vendor(form.vendor), model), form.keys or ()
        known = len(found.problems)
        found.each(checked_keys(ranges, place))
        if len(found.problems) > known:
            return ()
        try:
            return keys_of(ranges, place)
        except SettingError as error:
            raise InputError(error.problem, key="keys", remedy=error.remedy) from error

    def _check_profile(self, form: DeviceForm) -> None:
        if form.profile and form.profile not in self._profiles.names:
            raise InputError(f"there is no profile “{form.profile}”", key="profile")

    def _try_to_render(
        self, placement: Placement, found: _Findings, *, blame: bool
    ) -> tuple[Note, ...]:
        """A value that a phone's file can't hold is refused here, not when the phone boots."""
        try:
            return self._files.try_all(placement)
        except RenderError as error:
            said = f"no configuration can be made from this: {error.problem}"
            own = self._faults(placement) if blame else []
            found.problems += own or [InputError(said, key="lines")]
            return ()

    def _faults(self, placement: Placement) -> list[InputError]:
        def make(device: Device) -> object:
            return self._files.try_all(replace(placement, device=device))

        return faults(placement.device, make)


class _Findings:
    """What is wrong, all of it: nobody likes to hear of the second mistake after mending the
    first."""

    def __init__(self) -> None:
        self.problems: list[InputError] = []

    def of(self, step: Callable[[], Found]) -> Found | None:
        """What the step gives, None when it finds something wrong."""
        try:
            return step()
        except InputError as error:
            self.problems.append(error)
            return None

    def each(self, steps: Iterable[Callable[[], Found]]) -> list[Found]:
        """What those give that find nothing wrong."""
        found = [self.of(step) for step in steps]
        return [one for one in found if one is not None]


def taken(store: Store, actor: Actor, placement: Placement) -> ConflictError:
    """What to tell of a MAC that somebody has: where, to those who may see it; a stranger learns no
    more than that it is taken."""
    try:
        store.devices.get(placement.device.id, scope=actor.scope)
        where = f"at {placement.customer.name}, {placement.site.name}"
    except NotFoundError:
        where = "with another account; ask your provider"
    return ConflictError(
        f"{placement.device.mac} is registered already {where}",
        key="mac",
        remedy="Compare it with the label; a phone can be registered once only",
    )


def _mac(text: str) -> Mac:
    try:
        return Mac.parse(text)
    except InputError as error:
        raise InputError(error.problem, key="mac", remedy=error.remedy) from error


def _plan(
    plan_id: int | None, seller: Account, referred: Referred, bought_on: date | None
) -> Plan | None:
    """`bought_on` None: it is not bought now, so it may have been withdrawn."""
    if plan_id is None:
        return None
    plan = referred.plans(seller.id).get(plan_id)
    if plan is None or (bought_on is not None and not plan.sold_on(bought_on)):
        raise InputError("this plan is not on offer", key="plan_id")
    return plan


def _order(
    reference: str, site: Site, seller: Account, referred: Referred, registered: bool
) -> Order | None:
    order = referred.order(reference, site, seller)
    ships_to = order.site_id if order else referred.promised_to(reference, site, seller).id
    if ships_to != site.id:
        raise ConflictError(
            f"order {reference} ships to another site",
            key="order_reference",
            remedy="Choose another reference, or that order's site",
        )
    if order is not None and order.shipped_at is not None and not registered:
        raise ConflictError(
            f"order {reference} has been shipped",
            key="order_reference",
            remedy="Choose another reference",
        )
    return order
